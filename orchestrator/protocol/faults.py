"""What happens when something cannot be done: a rule for each kind of step."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from orchestrator.protocol.vocabulary import Model

Retries: TypeAlias = Annotated[int, Field(ge=0, le=10)]
Then: TypeAlias = Literal["skip", "hold", "quarantine", "pause-all"]


class SampleFault(Model):
    """What happens when a sample fails."""

    retry: Retries = 2
    """How often a sample that certainly was not taken is tried again."""
    then: Then = "skip"
    """`skip` goes on without it, `hold` waits for a person, `quarantine` gives the vessel up,
    `pause-all` holds every vessel."""


class DoseFault(Model):
    """What happens when a feed, an addition or a base dose fails."""

    retry: Retries = 0
    """How often a dose that certainly was not given is tried again; one in doubt never is."""
    then: Then = "quarantine"
    """`skip` goes on without it, `hold` waits for a person, `quarantine` gives the vessel up,
    `pause-all` holds every vessel."""


class SetFault(Model):
    """What happens when a set-point does not reach its device."""

    retry: Retries = 2
    """How often it is sent again, a scan apart."""
    then: Then = "skip"
    """`skip` says so and goes on, `hold` waits for a person, `quarantine` gives the vessel up,
    `pause-all` holds every vessel."""


class OnFault(Model):
    """What happens when a device fails at a vessel; nobody else suffers but by `pause-all`."""

    sample: SampleFault = SampleFault()
    """For samples."""
    feed: DoseFault = DoseFault()
    """For feeds, and for whatever else is dosed and not named here."""
    inducer: DoseFault | None = None
    """For the additions of `events`; without it as for feeds."""
    ph: DoseFault | None = None
    """For doses of base; without it as for feeds."""
    set_points: SetFault = Field(default=SetFault(), alias="set")
    """For set-points."""

    def rule(self, kind: str) -> SampleFault | DoseFault:
        """What holds for an operation of a kind."""
        if kind == "sample":
            return self.sample
        own = {"inducer": self.inducer, "ph": self.ph}.get(kind)
        return own if own is not None else self.feed
