"""One thing the doctor looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["ok", "look", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, why it is so, and what helps.

    Attributes:
        status: ``ok``; ``look``: it may cause trouble; ``wrong``: it does.
        check: What was looked at, in a word or two.
        what: What was seen.
        cause: Why, as far as it can be told; empty when all is well.
        cure: What to do; empty when nothing is to be done.
    """

    status: Status
    check: str
    what: str
    cause: str = ""
    cure: str = ""

    def text(self) -> str:
        """For a person, in one to three lines."""
        lines = [f"{self.status:5}  {self.check}: {self.what}"]
        lines += [f"       {word}: {said}" for word, said in self._reasons() if said]
        return "\n".join(lines)

    def to_json(self) -> dict[str, str]:
        """As a mapping of texts."""
        return asdict(self)

    def _reasons(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("Cause", self.cause), ("Cure", self.cure)
