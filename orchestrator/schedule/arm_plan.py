"""What one arm does in a night, and what it uses up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.specs import HandlerSpec, PyLabRobotSpec
from orchestrator.schedule.simulation import Done

HOUR_S = 3600.0


@dataclass(frozen=True)
class ArmPlan:
    """What one arm makes of a night.

    Attributes:
        name: Of the arm.
        spec: Its part of the station file.
        done: What it does, in the order of time.
        drawn_ml: What is taken out of each of its bottles.
        waste_ml: What is brought to its waste.
        tips: How many are used.
        base_s: Seconds that doses of base may take in an hour at the most; 0 where they are among
            what is done.
        end_s: Campaign time at which the night is done.
    """

    name: str
    spec: HandlerSpec
    done: tuple[Done, ...]
    drawn_ml: Mapping[str, float]
    waste_ml: float
    tips: int
    base_s: float
    end_s: float

    @property
    def of(self) -> str:
        """What messages put behind a thing of its deck; empty for the only arm."""
        return f" of the liquid handler {self.name}" if self.name else ""

    @property
    def utilisation(self) -> float:
        """Share of the time that it is busy, base not counted."""
        busy_s = sum(one.end_s - one.start_s for one in self.done)
        return busy_s / self.end_s if self.end_s else 0.0

    @property
    def busiest_hour(self) -> tuple[float, float]:
        """The clock hour in which it is busiest: its begin, s, and the share, without base."""
        busy: dict[int, float] = {}
        for one in self.done:
            hour = int(one.start_s // HOUR_S)
            first_s = min(one.end_s, (hour + 1) * HOUR_S) - one.start_s
            busy[hour] = busy.get(hour, 0.0) + first_s
            busy[hour + 1] = busy.get(hour + 1, 0.0) + one.end_s - one.start_s - first_s
        hour, busy_s = max(busy.items(), key=lambda item: item[1], default=(0, 0.0))
        return hour * HOUR_S, min(busy_s / HOUR_S, 1.0)

    @property
    def bottles_ml(self) -> dict[str, float]:
        """What is in each bottle on its deck at the start."""
        return {name: place.volume for name, place in self.spec.deck.sources.items()}

    @property
    def waste_room_ml(self) -> float | None:
        """What its waste bottle holds; None when the station file does not say."""
        return getattr(getattr(self.spec.deck, "waste", None), "volume", None)

    @property
    def tips_held(self) -> int | None:
        """Tips in its racks at the start; None where it has a needle."""
        if isinstance(self.spec, PyLabRobotSpec):
            return sum(rack.tips for rack in self.spec.deck.racks)
        return None

    @property
    def washed_out_ml(self) -> float:
        """What is lost at the most when another liquid comes between; 0 where tips are used."""
        if isinstance(self.spec, PyLabRobotSpec):
            return 0.0
        return self.spec.pump.syringe - self.spec.pump.air_gap

    @property
    def without_base(self) -> str:
        """What messages put behind numbers to which base would add."""
        return ", base not counted" if self.base_s else ""

    @property
    def wells(self) -> int:
        """Wells that it fills."""
        return sum(one.operation.sample is not None for one in self.done)

    @property
    def wells_held(self) -> int:
        """Wells of the plates on its deck."""
        return sum(plate.count for plate in self.spec.deck.plates.values())
