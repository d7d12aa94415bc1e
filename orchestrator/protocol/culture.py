"""The procedure of one vessel: how it starts, what is held, its phases, feeds and samples.

All floats are in the canonical unit of their type: durations s, volumes mL, temperatures degC,
speeds rpm, feed rates g/L/h, flows mL/h, gas flows mL/min, growth rates 1/h, percentages %.
"""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.protocol.conditions import Condition
from orchestrator.protocol.control import Control
from orchestrator.protocol.faults import OnFault
from orchestrator.protocol.feeds import Feed
from orchestrator.protocol.outages import Resume
from orchestrator.protocol.vocabulary import (
    Concentration,
    GramsPerLitre,
    Interval,
    MillimolesPerLitre,
    Model,
    Name,
    PositiveVolume,
)
from orchestrator.protocol.windows import Following, Within
from quantities import Duration, GasFlow, Percent, Ph, Speed, Temperature

OxygenInGas: TypeAlias = Annotated[Percent, Field(ge=0, le=100)]


class Start(Model):
    """The culture at time zero: what is set, and what the inoculated medium holds."""

    temperature: Temperature
    """Set-point at the start."""
    ph: Ph
    """Set-point at the start."""
    stirring: Speed
    """Stirrer speed at the start."""
    biomass: Concentration
    """Inoculated biomass: g/L for e-coli, 1/mL for cho."""
    glucose: GramsPerLitre | None = None
    """Glucose in the medium; both organisms need it."""
    glutamine: MillimolesPerLitre | None = None
    """Glutamine in the medium; cho needs it."""
    gas_flow: GasFlow | None = None
    """Gas flow into the vessel; without it the station's own."""
    oxygen: OxygenInGas | None = None
    """Oxygen in the gas; without it that of air."""


class SetPoints(Model):
    """Set-points that a phase changes; what is not named keeps its value."""

    temperature: Temperature | None = None
    """New temperature set-point."""
    ph: Ph | None = None
    """New pH set-point."""
    stirring: Speed | None = None
    """New stirrer speed."""
    gas_flow: GasFlow | None = None
    """New gas flow."""
    oxygen: OxygenInGas | None = None
    """New share of oxygen in the gas."""


class Arm(Model):
    """What must have been before a trigger counts, so that an early reading does not fire it."""

    after: Duration = 0.0
    """Time from the start of the phase before which the trigger is deaf."""
    when: Condition | None = None
    """Condition that must have held once, after that time."""


class Until(Model):
    """The end of a phase: after a time, or when a condition holds."""

    after: Interval | None = None
    """The phase lasts this long."""
    when: Condition | None = None
    """The phase ends when this holds."""
    for_: Duration = Field(default=0.0, alias="for")
    """How long the condition must hold without a break."""
    arm: Arm | None = None
    """What must have been before the condition counts."""
    give_up_after: Interval | None = None
    """Go on to the next phase after this time even if the condition never held, and say so."""

    @model_validator(mode="after")
    def _one_way_to_end(self) -> Until:
        if self.after is None and self.when is None:
            raise PydanticCustomError(
                "never", "this phase never ends; give `after: 12 h` or `when: do > 75 %`"
            )
        if self.after is not None and self.when is not None:
            raise PydanticCustomError(
                "both",
                "give either `after` or `when`, not both; `arm: {after: ...}` delays a condition "
                "and `give_up_after` bounds it",
            )
        if self.when is None and (self.arm or self.for_ or self.give_up_after):
            raise PydanticCustomError(
                "no_condition", "`arm`, `for` and `give_up_after` belong to a `when`; there is none"
            )
        return self


class Addition(Model):
    """A single addition of a reagent, by final concentration or by volume."""

    source: Name
    """Reagent that is added."""
    to: Concentration | None = None
    """Final concentration of what the reagent holds, on top of what the culture held before."""
    volume: PositiveVolume | None = None
    """Volume added."""

    @model_validator(mode="after")
    def _one_amount(self) -> Addition:
        if (self.to is None) == (self.volume is None):
            raise PydanticCustomError(
                "amount", "give either `to` (a final concentration) or `volume`"
            )
        return self


class Event(Following):
    """Something done once in a phase."""

    at: Duration
    """Time from the start of the phase."""
    add: Addition
    """What is added."""


class Phase(Model):
    """One stretch of the culture, in the order of the file."""

    name: Name
    """Name by which samples and responses refer to the phase."""
    set_points: SetPoints = Field(default=SetPoints(), alias="set")
    """Set-points changed when the phase begins."""
    feed: Feed | None = None
    """How the culture is fed during the phase; a phase without it is not fed."""
    events: tuple[Event, ...] = ()
    """Single additions during the phase."""
    until: Until | None = None
    """End of the phase; the last phase may go without and ends when its samples are taken."""


class Sample(Model):
    """A sample drawn into a plate."""

    name: Name
    """Name by which responses refer to the sample."""
    volume: PositiveVolume
    """Volume drawn from the vessel each time."""
    from_phase: Name | None = Field(default=None, alias="from")
    """Phase at whose start sampling begins; without it the first phase."""
    every: Interval | None = None
    """Repeat from then to the end, where a last phase without `until` takes one more."""
    within: Within = Field(default="10 min", validate_default=True)
    """How late a sample may be taken, or with `±` how early too; later it is told as late."""
    analysis: Interval | None = None
    """How long the analyser beside the station takes for a sample; it takes one at a time."""
    hold: Interval | None = None
    """How long a sample may wait for the analyser; no more are drawn than it can take in time."""

    @model_validator(mode="after")
    def _hold_for_analysis(self) -> Sample:
        if self.hold is not None and self.analysis is None:
            raise PydanticCustomError(
                "hold",
                "`hold` counts until the analysis; say how long one takes: `analysis: 2 min`",
            )
        return self


class Culture(Model):
    """The procedure that every vessel follows; factors stand in it by name (`$feed_rate`)."""

    volume: PositiveVolume
    """Culture volume at the start; feed rates in g/L/h refer to it."""
    scan: Interval = 60.0
    """How often every vessel is read."""
    stagger: Duration = 0.0
    """Time between the starts of two vessels, in the station's order; the first starts at once."""
    start: Start
    """The culture at time zero."""
    control: Control = Control()
    """What is held by closed loops."""
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    """Phases in the order in which they follow each other."""
    samples: tuple[Sample, ...] = ()
    """Samples drawn from each vessel."""
    on_fault: OnFault = OnFault()
    """What happens when a sample, a dose or a set-point fails."""
    resume: Resume = Resume()
    """How a culture goes on after the program or the computer stopped."""

    def phase(self, name: str) -> Phase:
        """The phase called ``name``.

        Raises:
            KeyError: No phase has that name.
        """
        for phase in self.phases:
            if phase.name == name:
                return phase
        raise KeyError(name)

    def known_length_s(self, phase: str) -> float:
        """Time from a phase's start to the last one's, or to the end; infinite if readings decide.

        Raises:
            KeyError: No phase has that name.
        """
        first = self.phases.index(self.phase(phase))
        length_s = 0.0
        for later in self.phases[first:]:
            if later.until is None:
                break
            length_s += later.until.after or math.inf
        return length_s
