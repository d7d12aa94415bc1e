"""How far an act has come: told by whoever does it, kept by whoever may have to ask about it later.

A mark is told just before the first byte that can move liquid into a vessel or out of it, and again
whenever what it says would no longer be true. It holds what the device itself can be asked for
(where the plunger stands, what the pump has counted), so that after the program has ended in the
middle the device's memory, not a guess, says what became of the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from hardware.outcome import Outcome

Marked: TypeAlias = Mapping[str, float | str]
"""What a mark says."""
Mark: TypeAlias = Callable[[Marked], None]
"""Takes a mark; when it returns, the mark is kept for good."""


def unmarked(marked: Marked) -> None:
    """For acts that nobody will ask about later."""


def judge_stroke(marked: Marked, stands: int, step_ml: float) -> Outcome:
    """What became of a dose or sample of which a stroke of the plunger was under way.

    Args:
        marked: ``move`` (``give``, ``draw``, ``deliver``), ``from`` and ``to`` in steps; ``steps``
            ordered and ``before`` this stroke.
        stands: Where the plunger stands now.
        step_ml: Volume of a step, mL.

    Returns:
        The outcome; its value is what the vessel got or lost, mL.
    """
    start, target = int(marked["from"]), int(marked["to"])
    if not min(start, target) <= stands <= max(start, target):
        return Outcome("unknown", f"the plunger stands at {stands}, not on its way to {target}")
    moved = int(marked["before"])
    if marked["move"] != "deliver":
        moved += abs(stands - start)
    value = round(moved * step_ml, 9)
    if marked["move"] == "draw":
        return Outcome("not done", "drawn, but not delivered" if moved else "", value)
    if marked["move"] == "deliver" and stands != target:
        return Outcome("not done", "drawn, but not wholly delivered", value)
    if marked["move"] == "give" and moved < int(marked["steps"]):
        return Outcome("not done", "interrupted", value)
    return Outcome("done", value=value)
