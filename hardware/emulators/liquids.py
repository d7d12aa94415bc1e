"""Which liquid is where on a deck: bottles, vessels, wells, waste; what is drawn and given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hardware.emulators.mt_sics import Load
from hardware.emulators.plant import Plant, Well

AIR, WASH_LIQUID = "air", "wash liquid"
_G_ML = 0.9982
"""Density of every liquid on the balance: that of water at 20 degC."""
_OUT_OF_REACH_ML = 0.1
"""What no needle gets off the bottom of a vessel."""


class Spot(NamedTuple):
    """A thing on the deck that a needle or tip can be in; its place matters to a needle only."""

    kind: Literal["vessel", "source", "well", "waste", "wash", "balance"]
    name: str
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


class Broth(NamedTuple):
    """Broth that was drawn from a vessel."""

    vessel: str
    composition: dict[str, float]


@dataclass
class Portion:
    """Liquid of one kind in needle and tubing; a text names a reagent, air or wash liquid."""

    volume_ml: float
    content: str | Broth


class Liquids:
    """Everything on a deck that holds liquid.

    Args:
        plant: Whose vessels and wells these are.
        sources: What is in each bottle at the start, mL.

    Attributes:
        sources: What is left in each bottle, mL.
        waste_ml: Liquid given to waste and wash.
        lost_ml: Liquid that went beside everything.
        wash_used_ml: Wash liquid drawn, from the pump's input or the wash place.
        weighed: What was given onto the balance.
    """

    def __init__(self, plant: Plant, sources: Mapping[str, float]) -> None:
        self.sources = dict(sources)
        self.waste_ml = self.lost_ml = self.wash_used_ml = 0.0
        self.weighed = Load(0.0, float("-inf"))
        self._plant = plant

    def take(self, spot: Spot | None, volume_ml: float, now_s: float) -> tuple[float, str | Broth]:
        """How much of which liquid comes out of a spot; air where there is nothing."""
        if spot is None or spot.kind == "waste":
            return 0.0, AIR
        if spot.kind == "wash":
            self.wash_used_ml += volume_ml
            return volume_ml, WASH_LIQUID
        if spot.kind == "source":
            drawn_ml = min(volume_ml, self.sources[spot.name])
            self.sources[spot.name] -= drawn_ml
            return drawn_ml, spot.name
        if spot.kind == "vessel":
            reachable_ml = self._plant.read(spot.name, "volume", now_s) - _OUT_OF_REACH_ML
            drawn_ml = min(volume_ml, max(0.0, reachable_ml))
            return drawn_ml, Broth(spot.name, self._plant.withdraw(spot.name, drawn_ml, now_s))
        well = self._plant.wells.get(spot.name)
        if well is None:
            return 0.0, AIR
        drawn_ml = min(volume_ml, well.volume_ml)
        well.volume_ml -= drawn_ml
        return drawn_ml, Broth(well.vessel, well.composition)

    def put(self, spot: Spot | None, portion: Portion, now_s: float) -> None:
        """Give a portion to a spot, or beside everything."""
        volume_ml, content = portion.volume_ml, portion.content
        if content == AIR:
            return
        name = content if isinstance(content, str) else f"broth of {content.vessel}"
        if spot is None:
            self.lost_ml += volume_ml
            self._plant.lost.append(
                f"{volume_ml * 1000:.1f} µL of {name} went beside everything at {now_s:.1f} s"
            )
        elif spot.kind == "vessel":
            self._plant.add(spot.name, volume_ml, name, now_s)
        elif spot.kind == "well":
            self._fill(spot.name, portion, now_s)
        elif spot.kind == "balance":
            self.weighed = Load(self.weighed.grams + volume_ml * _G_ML, now_s)
        elif spot.kind == "source":
            self.sources[spot.name] += volume_ml
            if name != spot.name:
                self._plant.lost.append(f"{name} was pushed into source {spot.name}")
        else:
            self.waste_ml += volume_ml

    def _fill(self, name: str, portion: Portion, now_s: float) -> None:
        """Mix a portion into a well; a reagent only dilutes what is there."""
        content = portion.content
        vessel, composition = content if isinstance(content, Broth) else ("", {})
        well = self._plant.wells.setdefault(name, Well(0.0, "", {}, now_s))
        well.composition = mixed(well.composition, well.volume_ml, composition, portion.volume_ml)
        well.volume_ml += portion.volume_ml
        if vessel and vessel not in well.vessel.split("+"):
            well.vessel = f"{well.vessel}+{vessel}".strip("+")
        well.filled_s = now_s


def mixed(
    first: dict[str, float], first_ml: float, second: dict[str, float], second_ml: float
) -> dict[str, float]:
    """Volume-weighted mean of two compositions; what one of them lacks is 0 there."""
    total_ml = first_ml + second_ml
    return {
        key: (first.get(key, 0.0) * first_ml + second.get(key, 0.0) * second_ml) / total_ml
        for key in first | second
    }
