"""Every family under every fault: nothing wrong, nothing twice, nothing that hangs.

A few trials a cell here, more in a soak, a thousand in ``python -m benchmarks faults``.
"""

import os

import pytest

from hardware.emulators.faults import KINDS
from hardware.errors import NoReply
from hardware.outcome import Outcome
from tests.hardware.faults.families import CASES
from tests.hardware.faults.matrix import applies, cell, healthy
from tests.hardware.faults.page import page
from tests.hardware.faults.tally import Tally

SOAK = bool(os.environ.get("INOCULUM_SOAK"))
TRIALS = 200 if SOAK else 4


@pytest.mark.parametrize("name", CASES)
def test_a_healthy_line_gives_only_values(name):
    writes, tally = healthy(name)
    assert writes > 5
    assert tally.values > 0
    assert (tally.errors, tally.bad, tally.doubted) == (0, [], 0)


@pytest.mark.timeout(3600 if SOAK else 120)
@pytest.mark.parametrize("name", CASES)
def test_no_fault_makes_a_wrong_value_or_a_double_dose(name):
    for kind in KINDS:
        if applies(CASES[name], kind):
            tally = cell(name, kind, TRIALS)
            assert tally.trials == TRIALS
            assert tally.clean, f"{name}, {kind}: {tally.bad} {tally.examples}"


def test_a_trial_is_the_same_each_time():
    first, second = (cell("alicat", "flipped bit", 20) for _ in range(2))
    assert first == second


def test_the_tally_tells_good_from_bad():
    tally = Tally(trials=1)
    tally.outcome(Outcome("done", value=1.0))
    tally.outcome(Outcome("unknown"))
    tally.error(NoReply("silent"))
    assert tally.clean
    assert (tally.values, tally.errors) == (1, 2)
    tally.wrong_value("x")
    tally.double_dose("y")
    tally.hang("z")
    tally.untyped_error("u")
    tally.flip_acted("f")
    assert tally.bad == [
        "wrong_values 1",
        "double_doses 1",
        "hangs 1",
        "untyped 1",
        "flips_acted 1",
    ]


def test_the_page_names_every_family_and_fault():
    cells = {
        (name, kind): Tally(trials=1000, values=7, errors=3)
        for name, case in CASES.items()
        for kind in KINDS
        if applies(case, kind)
    }
    cells["alicat", "drop"].wrong_value("x")
    text = page(cells)
    assert "1000 seeded trials a cell" in text
    assert "7 / 3 **wrong_values 1**" in text
    assert "| gcode | 7 / 3 | 7 / 3 | 7 / 3 | 7 / 3 | 7 / 3 | 7 / 3 | – |" in text
    for name in CASES:
        assert f"- **{name}**: " in text
