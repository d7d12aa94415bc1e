"""What the trials of one cell came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hardware.errors import HardwareError
from hardware.outcome import Outcome

_EXAMPLES = 5


@dataclass
class Tally:
    """Counts of one cell, or of several together.

    Attributes:
        trials: Fresh stations made.
        values: Readings and acts that ended in a value.
        errors: Those that ended in a typed error, a gap, or an outcome that was not ``done``.
        wrong_values: Values and outcomes that were not the truth.
        double_doses: More was given than the outcome admits.
        hangs: Operations beyond their time.
        untyped: Exceptions that are no `HardwareError`.
        doubted: Readings asked a second time and not confirmed.
        small_flips: Unseen flips that changed a reading by less than a plausible step.
        flips_acted: Unseen flips beyond that step which were passed on, or settings made wrong.
        messages: What the errors said.
        examples: Sentences on what must not be.
    """

    trials: int = 0
    values: int = 0
    errors: int = 0
    wrong_values: int = 0
    double_doses: int = 0
    hangs: int = 0
    untyped: int = 0
    doubted: int = 0
    small_flips: int = 0
    flips_acted: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing happened that must not."""
        return not self.bad

    @property
    def bad(self) -> list[str]:
        """What happened that must not, with its count."""
        return [f"{name} {count}" for name in _BAD if (count := getattr(self, name))]

    def error(self, error: HardwareError) -> None:
        """An operation ended in a typed error."""
        self.errors += 1
        self.messages[type(error).__name__] += 1

    def outcome(self, outcome: Outcome) -> None:
        """An act or setting ended."""
        if outcome.status == "done":
            self.values += 1
        else:
            self.errors += 1
            self.messages[outcome.status] += 1

    def wrong_value(self, text: str) -> None:
        """A value was not the truth."""
        self.wrong_values += 1
        self._keep(f"wrong: {text}")

    def flip_acted(self, text: str) -> None:
        """A flipped bit went all the way."""
        self.flips_acted += 1
        self._keep(f"flip acted: {text}")

    def double_dose(self, text: str) -> None:
        """More was given than the outcome admits."""
        self.double_doses += 1
        self._keep(f"double: {text}")

    def hang(self, text: str) -> None:
        """An operation did not end in time."""
        self.hangs += 1
        self._keep(f"hang: {text}")

    def untyped_error(self, text: str) -> None:
        """An exception came that no user should see."""
        self.untyped += 1
        self._keep(f"untyped: {text}")

    def __iadd__(self, other: Tally) -> Tally:
        for name in ("trials", "values", "errors", *_BAD, "doubted", "small_flips"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.messages += other.messages
        self.examples = (self.examples + other.examples)[:_EXAMPLES]
        return self

    def _keep(self, text: str) -> None:
        if len(self.examples) < _EXAMPLES:
            self.examples.append(text)


_BAD = ("wrong_values", "double_doses", "hangs", "untyped", "flips_acted")
