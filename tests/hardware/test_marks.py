"""What a mark and the plunger's place say of a stroke that was cut off."""

from __future__ import annotations

import pytest

from hardware.marks import judge_stroke

STEP_ML = 0.001


def marked(move: str, start: int, to: int, steps: int, before: int = 0) -> dict[str, float | str]:
    return {"move": move, "from": start, "to": to, "steps": steps, "before": before}


@pytest.mark.parametrize(
    ("mark", "stands", "status", "value"),
    [
        (marked("give", 100, 60, 40), 60, "done", 0.040),
        (marked("give", 100, 60, 40), 100, "not done", 0.0),
        (marked("give", 100, 60, 40), 75, "not done", 0.025),
        (marked("give", 100, 60, 40), 0, "unknown", None),
        (marked("give", 30, 0, 50, before=20), 0, "done", 0.050),
        (marked("give", 20, 0, 50, before=20), 0, "not done", 0.040),
        (marked("draw", 10, 60, 50), 10, "not done", 0.0),
        (marked("draw", 10, 60, 50), 60, "not done", 0.050),
        (marked("deliver", 60, 10, 50, before=50), 10, "done", 0.050),
        (marked("deliver", 60, 10, 50, before=50), 40, "not done", 0.050),
        (marked("deliver", 60, 10, 50, before=50), 90, "unknown", None),
    ],
)
def test_the_plunger_tells_what_a_stroke_has_done(
    mark: dict[str, float | str], stands: int, status: str, value: float | None
) -> None:
    outcome = judge_stroke(mark, stands, STEP_ML)
    assert (outcome.status, outcome.value) == (status, value)
