"""Phases end by their triggers, and limits are told once."""

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.engine.guard import Bounds, Guard
from orchestrator.engine.watch import Watch
from orchestrator.protocol.culture import Until
from orchestrator.protocol.limits import Limits

NAN = float("nan")


def first_end(until: dict[str, object], do: Sequence[float]) -> tuple[int, str] | None:
    """Minute at which the phase ends when DO is read once a minute."""
    watch = Watch(Until.model_validate(until))
    for minute, value in enumerate(do):
        if reason := watch.ended(minute * 60.0, {"do": value}):
            return minute, reason
    return None


SPIKE = {
    "arm": {"after": "3 min", "when": "do < 60 %"},
    "when": "do > 75 %",
    "for": "2 min",
    "give_up_after": "20 min",
}


def test_the_feed_begins_at_the_spike_and_not_at_the_start() -> None:
    do = [95, 95, 95, 95, 80, 70, 59, 50, 40, 76, 80, 85, 90]
    assert first_end(SPIKE, do) == (11, "do > 75 %")


def test_a_spike_must_hold() -> None:
    do = [50] * 5 + [80, 60, 80, 81, 82]
    assert first_end(SPIKE, do) == (9, "do > 75 %")


def test_it_gives_up_after_a_time_and_says_so() -> None:
    assert first_end(SPIKE, [95.0] * 30) == (20, "gave up")


def test_a_missing_reading_neither_arms_nor_holds() -> None:
    assert first_end(SPIKE, [50] * 5 + [80, NAN, 80, 80, 80]) == (9, "do > 75 %")
    assert first_end(SPIKE, [NAN] * 30) == (20, "gave up")


def test_a_time_is_a_time() -> None:
    assert first_end({"after": "15 min"}, [95.0] * 30) == (15, "time")


def test_a_limit_is_told_once_and_again_after_it_was_kept() -> None:
    guard = Guard(
        Limits.model_validate({"temperature": {"high": "40 degC", "for": "2 min", "then": "hold"}})
    )
    told = [
        [one.then for one in guard.excursions(minute * 60.0, {"temperature": value})]
        for minute, value in enumerate([41, 41, NAN, 41, 41, 37, 41, 41, 41])
    ]
    assert told == [[], [], [], ["hold"], [], [""], [], [], ["hold"]]


LIMITS = ({}, {"ph": {"low": "6.5", "then": "warn"}}, {"do": {"low": "10 %", "high": "90 %"}})
READING = st.one_of(st.just(math.nan), st.sampled_from([6.5, 6.4999, 10.0, 90.0, 91.0, 5.0]))


@given(st.lists(st.tuples(READING, READING), min_size=3, max_size=3))
def test_bounds_of_all_cultures_say_what_each_guard_says(rows: list[tuple[float, float]]) -> None:
    guards = [Guard(Limits.model_validate(limits)) for limits in LIMITS]
    readings = [{"ph": ph, "do": do} for ph, do in rows]
    each = [guard.within(one) for guard, one in zip(guards, readings, strict=True)]
    assert Bounds(guards, ("ph", "do")).within(np.array(rows)) == each


def test_a_limit_on_what_is_not_read_is_never_kept() -> None:
    guards = [Guard(Limits.model_validate(limits)) for limits in LIMITS]
    assert Bounds(guards, ("do",)).within(np.full((3, 1), 50.0)) == [True, False, True]


def test_a_dose_that_would_overfill_is_refused() -> None:
    guard = Guard(Limits.model_validate({"volume": {"high": "12 mL", "then": "hold"}}))
    assert guard.refuses_volume(12.0) is None
    refusal = guard.refuses_volume(12.3)
    assert refusal is not None
    assert refusal[0] == "hold"
    assert "12.30 mL" in refusal[1]
