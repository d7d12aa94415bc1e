"""The emulated deck: which liquid is where, and what a stroke of the plunger does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from hardware.emulators.mt_sics import Load
from hardware.emulators.plant import Plant, Well
from hardware.specs.liquid_handler import DeckSpec, Place, VesselPlaces
from hardware.station_spec import VesselArray
from hardware.vessel_names import array_names, row_and_column

AIR, WASH_LIQUID = "air", "wash liquid"
_REACH_MM = 2.0
_DEPTH_MM = 1.0
_TRACE_ML = 1e-12
_G_ML = 0.9982
"""Density of every liquid on the balance: that of water at 20 degC."""
_OUT_OF_REACH_ML = 0.1
"""What no needle gets off the bottom of a vessel."""

Point: TypeAlias = tuple[float, float, float]


class Spot(NamedTuple):
    """A thing on the deck that a needle can be in."""

    kind: Literal["vessel", "source", "well", "waste", "wash", "balance"]
    name: str
    x: float
    y: float
    z: float


class Broth(NamedTuple):
    """Broth that was drawn from a vessel."""

    vessel: str
    composition: dict[str, float]


@dataclass
class Portion:
    """Liquid of one kind in needle and tubing; a text names a reagent, air or wash liquid."""

    volume_ml: float
    content: str | Broth


class Deck:
    """Sources, vessels, plates, waste and wash, and one needle over them.

    A stroke acts on what the needle is in at that moment: within 2 mm of its middle, and as deep
    as its stated height. Elsewhere it draws air or loses liquid, and says so in `Plant.lost`.

    Args:
        spec: The deck of the station file.
        array: The vessels of the station file.
        plant: Whose vessels and wells these are.
        balance: Where the balance stands, if there is one.

    Attributes:
        needle: Where the needle is at a time (s); the gantry sets it.
        sources: What is left in each bottle, mL.
        tip: What is in the needle's tubing; the last portion is at the opening.
        waste_ml: Liquid given to waste and wash.
        lost_ml: Liquid that went beside everything.
        wash_used_ml: Wash liquid drawn, from the pump's input or the wash place.
        weighed: What was given onto the balance.
    """

    def __init__(
        self, spec: DeckSpec, array: VesselArray, plant: Plant, balance: Place | None = None
    ) -> None:
        self.needle: Callable[[float], Point] = lambda now_s: (0.0, 0.0, 1e6)
        self.sources = {name: place.volume for name, place in spec.sources.items()}
        self.tip: list[Portion] = []
        self.waste_ml = self.lost_ml = self.wash_used_ml = 0.0
        self._plant = plant
        self.weighed = Load(0.0, float("-inf"))
        self._spots = tuple(_spots(spec, array))
        if balance is not None:
            self._spots += (Spot("balance", "balance", *_middle(balance)),)
        self._cells: dict[tuple[int, int], dict[Spot, None]] = {}
        for spot in self._spots:
            for x in (spot.x - _REACH_MM, spot.x + _REACH_MM):
                for y in (spot.y - _REACH_MM, spot.y + _REACH_MM):
                    self._cells.setdefault(_cell(x, y), {})[spot] = None

    def extent(self) -> Point:
        """The farthest x, farthest y and highest z of all places, mm."""
        spots = self._spots
        return max(s.x for s in spots), max(s.y for s in spots), max(s.z for s in spots)

    def settle(self, now_s: float) -> None:
        """Let strokes under way catch up; the gantry asks for it before it moves."""
        self._plant.settle(now_s)

    def under_needle(self, now_s: float) -> Spot | None:
        """What the needle is in."""
        x, y, z = self.needle(now_s)
        for spot in self._cells.get(_cell(x, y), ()):
            beside_mm = max(abs(spot.x - x), abs(spot.y - y))
            if beside_mm <= _REACH_MM and z <= spot.z + _DEPTH_MM:
                return spot
        return None

    def on_balance(self, now_s: float) -> Load:
        """What is on the balance."""
        self.settle(now_s)
        return self.weighed

    def stroke(self, volume_ml: float, valve: str, now_s: float) -> None:
        """Move the plunger: a positive volume is drawn, a negative one pushed out."""
        if valve == "input":
            self._supply(volume_ml)
        elif volume_ml > 0.0:
            self._draw(volume_ml, now_s)
        else:
            for portion in self._pop(-volume_ml, -1):
                self._put(portion, now_s)

    def _supply(self, volume_ml: float) -> None:
        """The syringe exchanges liquid with the wash bottle, at the far end of the tubing."""
        if volume_ml > 0.0:
            self.wash_used_ml += volume_ml
            if not self.tip or self.tip[0].content != WASH_LIQUID:
                self.tip.insert(0, Portion(0.0, WASH_LIQUID))
            self.tip[0].volume_ml += volume_ml
        else:
            self.waste_ml += sum(
                portion.volume_ml for portion in self._pop(-volume_ml, 0) if portion.content != AIR
            )

    def _draw(self, volume_ml: float, now_s: float) -> None:
        spot = self.under_needle(now_s)
        drawn_ml, content = self._take(spot, volume_ml, now_s)
        if drawn_ml > 0.0:
            self._push(Portion(drawn_ml, content))
        if volume_ml - drawn_ml > _TRACE_ML:
            self._push(Portion(volume_ml - drawn_ml, AIR))

    def _take(self, spot: Spot | None, volume_ml: float, now_s: float) -> tuple[float, str | Broth]:
        """How much of which liquid comes out of a spot."""
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

    def _put(self, portion: Portion, now_s: float) -> None:
        """Give a portion to whatever the needle is in."""
        volume_ml, content = portion.volume_ml, portion.content
        if content == AIR:
            return
        name = content if isinstance(content, str) else f"broth of {content.vessel}"
        spot = self.under_needle(now_s)
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
        well.composition = _mixed(well.composition, well.volume_ml, composition, portion.volume_ml)
        well.volume_ml += portion.volume_ml
        if vessel and vessel not in well.vessel.split("+"):
            well.vessel = f"{well.vessel}+{vessel}".strip("+")
        well.filled_s = now_s

    def _push(self, portion: Portion) -> None:
        """Add to the tip at the opening; the same liquid as there becomes one portion with it."""
        last = self.tip[-1] if self.tip else None
        if last is None or _name(last) != _name(portion):
            self.tip.append(portion)
            return
        if isinstance(last.content, Broth) and isinstance(portion.content, Broth):
            mixed = _mixed(
                last.content.composition,
                last.volume_ml,
                portion.content.composition,
                portion.volume_ml,
            )
            last.content = Broth(last.content.vessel, mixed)
        last.volume_ml += portion.volume_ml

    def _pop(self, volume_ml: float, end: Literal[0, -1]) -> Iterator[Portion]:
        """Take portions off one end of the tip; behind the last there is air."""
        while volume_ml > _TRACE_ML and self.tip:
            portion = self.tip[end]
            taken_ml = min(volume_ml, portion.volume_ml)
            portion.volume_ml -= taken_ml
            if portion.volume_ml <= _TRACE_ML:
                self.tip.pop(end)
            volume_ml -= taken_ml
            yield Portion(taken_ml, portion.content)


def _name(portion: Portion) -> str:
    return portion.content if isinstance(portion.content, str) else f"@{portion.content.vessel}"


def _mixed(
    first: dict[str, float], first_ml: float, second: dict[str, float], second_ml: float
) -> dict[str, float]:
    """Volume-weighted mean of two compositions; what one of them lacks is 0 there."""
    total_ml = first_ml + second_ml
    return {
        key: (first.get(key, 0.0) * first_ml + second.get(key, 0.0) * second_ml) / total_ml
        for key in first | second
    }


def _cell(x: float, y: float) -> tuple[int, int]:
    """Cell of the deck, wide enough that a spot's reach covers four at most."""
    return int(x // (2 * _REACH_MM)), int(y // (2 * _REACH_MM))


def _spots(spec: DeckSpec, array: VesselArray) -> Iterator[Spot]:
    for name in array.names:
        yield Spot("vessel", name, *_grid(spec.vessels, name))
    for name, source in spec.sources.items():
        yield Spot("source", name, *_middle(source))
    for plate, places in spec.plates.items():
        for name in array_names(places.rows, places.columns):
            yield Spot("well", f"{plate}/{name}", *_grid(places, name))
    yield Spot("waste", "waste", *_middle(spec.waste))
    yield Spot("wash", "wash", *_middle(spec.wash))


def _grid(places: VesselPlaces, name: str) -> Point:
    row, column = row_and_column(name)
    return (places.x + column * places.pitch_x, places.y + row * places.pitch_y, places.z)


def _middle(place: Place) -> Point:
    return (place.x, place.y, place.z)
