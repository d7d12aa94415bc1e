"""What became of something that should change the physical world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truth about one act or setting, as far as it can be known.

    Attributes:
        status: ``done`` as asked; ``not done`` (perhaps in part, see ``value``); ``unknown`` when
            the device could not be asked afterwards.
        detail: A sentence when there is something to say.
        value: What is now true: the volume that really moved (mL), or the value really set (in
            the channel's unit). None when unknown.
        at_most_ml: Of an unknown dose, what a device that rounds can have given; None where that
            is what was asked for.
    """

    status: Literal["done", "not done", "unknown"]
    detail: str = ""
    value: float | None = None
    at_most_ml: float | None = None
