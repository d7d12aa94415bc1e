"""How a culture goes on after an outage: the program or the computer stopped, or slept."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchestrator.protocol.vocabulary import Interval, Model

UnknownRule = Literal["skip", "repeat if safe", "quarantine"]


class Resume(Model):
    """What happens when nobody looked after the culture for a while."""

    within: Interval = 900.0
    """After an outage up to this long the culture goes on as if nothing had been; its phase's
    time went on too."""
    else_: Literal["hold", "abort"] = Field(default="hold", alias="else")
    """After a longer one: `hold` waits for a person, `abort` gives the culture up."""
    feeds: Literal["catch up", "skip"] = "catch up"
    """What the feed owed during the outage is given in one dose, or not at all. Single additions
    (`events`) are always given late, and of samples missed one is taken."""
    unknown: UnknownRule | None = None
    """For a dose of which no device can say whether it was given: `skip` goes on without it,
    `repeat if safe` gives it again where the vessel holds both and it is no single addition,
    `quarantine` gives the vessel up. Without this, `on_fault` decides."""
