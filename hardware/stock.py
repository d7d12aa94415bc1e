"""What a liquid handler has at hand and uses up, book-kept: bottles, tips, room for waste.

Everything is booked before it is used, and as much as it can be at the most, so that the books of
a campaign that was cut off never promise more than there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Source:
    """A bottle on the deck.

    Attributes:
        remaining_ml: What is left in it.
    """

    remaining_ml: float


@dataclass(frozen=True, slots=True)
class Use:
    """What one move uses up.

    Attributes:
        source: Bottle that is drawn from; empty for none.
        drawn_ml: How much; negative where less came than was booked.
        waste_ml: Brought to the waste.
        tips: Taken.
        arm: Whose it was, where there are several.
    """

    source: str = ""
    drawn_ml: float = 0.0
    waste_ml: float = 0.0
    tips: int = 0
    arm: str = ""

    def described(self) -> dict[str, Any]:
        """What the journal says of it; ``Use(**described)`` gives it back."""
        return {key: value for key, value in asdict(self).items() if value}


class Stock:
    """The books of one liquid handler.

    Args:
        bottles: What is in each at the start, mL.
        waste_room_ml: What the waste bottle holds; None when nobody said.

    Attributes:
        sources: The bottles and what is left in them.
        waste_ml: Brought to the waste so far.
        waste_room_ml: As given.
        tips: Taken so far.
        tell: Told of each use before it happens.
    """

    def __init__(self, bottles: Mapping[str, float], waste_room_ml: float | None = None) -> None:
        self.sources = {name: Source(volume_ml) for name, volume_ml in bottles.items()}
        self.waste_ml = 0.0
        self.waste_room_ml = waste_room_ml
        self.tips = 0
        self.tell: Callable[[Use], None] = lambda _: None

    def use(self, use: Use) -> None:
        """Tell of something that is about to be used, and book it."""
        self.tell(use)
        self.book(use)

    def book(self, use: Use) -> None:
        """Take something as used."""
        if use.source in self.sources:
            bottle = self.sources[use.source]
            bottle.remaining_ml = max(0.0, bottle.remaining_ml - use.drawn_ml)
        self.waste_ml += use.waste_ml
        self.tips += use.tips
