"""What a culture asks of the world: operations for the arm, and set-points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from hardware.outcome import Outcome

PRIORITY = {"feed": 0, "inducer": 1, "sample": 2, "ph": 3}
"""Order of the kinds when not all can be in time; a starving culture cannot wait for a sample."""

Effect: TypeAlias = Literal["at most once", "repeatable with loss"]
"""What may be done twice: a dose never, a sample at the cost of broth (a set-point always)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the liquid handler (or a vessel's own pump) is to do to one vessel.

    Attributes:
        vessel: Vessel name.
        kind: ``feed``, ``inducer``, ``sample`` or ``ph``.
        due_s: Campaign time at which it should happen.
        within_s: Window after ``due_s`` in which it still serves its purpose.
        volume_ml: Volume to add or take.
        source: Reagent to add; None for a sample.
        sample: Name of the sample; None for a dose.
        well: Plate well that receives the sample.
        attempt: 0 for the first try.
        name: Unlike that of any other operation of the campaign, and the same whenever the
            campaign is replayed.
        early_s: How long before ``due_s`` it may begin already.
        period_s: Time between two of a series; None when it happens once.
        follows: Whether it waited for a sample and is due the moment it is asked for.
        analysis_s: How long the at-line analyser is busy with the sample.
        hold_s: How long the sample may wait for the analyser, from its start; None: for ever.
    """

    vessel: str
    kind: str
    due_s: float
    within_s: float
    volume_ml: float
    source: str | None = None
    sample: str | None = None
    well: str | None = None
    attempt: int = 0
    name: str = ""
    early_s: float = 0.0
    period_s: float | None = None
    follows: bool = False
    analysis_s: float = 0.0
    hold_s: float | None = None

    @property
    def priority(self) -> int:
        """Smaller matters more."""
        return PRIORITY[self.kind]

    @property
    def release_s(self) -> float:
        """Campaign time from which it may begin."""
        return self.due_s - self.early_s

    @property
    def latest_s(self) -> float:
        """Campaign time after which its beginning is late."""
        return self.due_s + self.within_s

    @property
    def effect(self) -> Effect:
        """Whether it may be repeated when it is not known to have happened."""
        return "repeatable with loss" if self.kind == "sample" else "at most once"

    @property
    def change_ml(self) -> float:
        """What the operation does to the culture's volume."""
        return -self.volume_ml if self.kind == "sample" else self.volume_ml

    def described(self) -> dict[str, object]:
        """What the journal's intent says: everything but times, which facts decide."""
        about: dict[str, object] = {
            "do": self.kind,
            "op": self.name,
            "volume_ml": self.volume_ml,
        }
        for name in ("source", "sample", "well"):
            if (value := getattr(self, name)) is not None:
                about[name] = value
        if self.attempt:
            about["attempt"] = self.attempt
        return about


@dataclass(frozen=True, slots=True)
class Note:
    """Something a culture wants told: a phase change, an alarm, a skipped operation."""

    kind: str
    vessel: str | None
    body: dict[str, object]


@dataclass(slots=True)
class Wishes:
    """What one culture wants after one scan.

    Attributes:
        settings: Channel to set-point, to be sent to the vessel.
        operations: For the arm or the vessel's pump.
        notes: For the journal.
        pause_all: Why every culture is to be held; None while none asks for it.
    """

    settings: dict[str, float] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    pause_all: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is wanted."""
        return bool(self.settings or self.operations or self.notes or self.pause_all)

    def told(
        self, vessel: str, settable: Callable[[str, str], bool]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the journal is told at once, in its order: kinds and bodies.

        Args:
            vessel: Whose wishes these are.
            settable: Whether a vessel's channel can be set; the others need no intent.
        """
        for note in self.notes:
            yield note.kind, note.body
        for channel, value in self.settings.items():
            if settable(vessel, channel):
                yield "intent", {"do": "set", "channel": channel, "value": value}


def moved_ml(operation: Operation, outcome: Outcome) -> float:
    """What really moved, as far as it is known, mL.

    In doubt a vessel counts as the fuller: a dose as given, as the device rounds it, a sample as
    not taken.
    """
    if outcome.status == "unknown":
        most_ml = operation.volume_ml if outcome.at_most_ml is None else outcome.at_most_ml
        return 0.0 if operation.kind == "sample" else most_ml
    if outcome.value is not None:
        return outcome.value
    return operation.volume_ml if outcome.status == "done" else 0.0


def left_of(operation: Operation, outcome: Outcome) -> Operation:
    """What is to be done again: the rest of a dose, the whole of a sample."""
    if operation.kind == "sample":
        return operation
    return replace(operation, volume_ml=operation.volume_ml - moved_ml(operation, outcome))
