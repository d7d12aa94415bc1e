"""A culture is left alone while nothing is due in it; that changes nothing in what it decides."""

import math
from typing import Any

import pytest

from hardware.outcome import Outcome
from tests.orchestrator.test_vessel_run import CULTURE, run_of


@pytest.mark.parametrize("trigger", [{"after": "40 min"}, {"when": "od > 1.5"}])
def test_a_culture_left_alone_while_nothing_is_due_decides_as_one_that_is_not(
    trigger: dict[str, Any],
) -> None:
    phases = [{**CULTURE["phases"][0], "until": trigger}, *CULTURE["phases"][1:]]
    control = CULTURE["control"] | {
        "do": {"with": "stirring", "at": "40 %", "low": "240 rpm", "high": "4000 rpm"}
    }
    limits = {"temperature": {"low": "30 degC", "for": "3 min", "then": "warn"}}
    left, watched = (run_of(limits, phases=phases, control=control) for _ in range(2))
    for scan in range(180):
        time_s = 60.0 * scan
        readings = {
            "temperature": 29.0 if 70 < scan < 80 else 37.0,
            "ph": 6.9 - 0.002 * (scan % 60),
            "do": 90.0 - 0.5 * scan,
            "od": 1.0 + 0.01 * scan,
            "volume": left.volume_ml,
        }
        watched._quiet_until_s = -math.inf
        wishes = left.step(time_s, readings), watched.step(time_s, readings)
        assert wishes[0] == wishes[1]
        for run, wish in zip((left, watched), wishes, strict=True):
            for operation in wish.operations:
                run.settle(operation, Outcome("done", value=operation.volume_ml))
    assert left.life.phase == "harvest" or left.life.ended
