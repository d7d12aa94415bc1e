"""The emulated deck: which liquid is where, and what a stroke of the plunger does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import fsum
from typing import Literal, TypeAlias

from hardware.emulators.liquids import AIR, WASH_LIQUID, Broth, Liquids, Portion, Spot, mixed
from hardware.emulators.mt_sics import Load
from hardware.emulators.plant import Plant
from hardware.specs.liquid_handler import DeckSpec, Place, VesselPlaces
from hardware.vessel_names import array_names, row_and_column

_REACH_MM = 2.0
_DEPTH_MM = 1.0
_TRACE_ML = 1e-12

Point: TypeAlias = tuple[float, float, float]


class Deck(Liquids):
    """Sources, vessels, plates, waste and wash, and one needle over them.

    A stroke acts on what the needle is in at that moment: within 2 mm of its middle, and as deep
    as its stated height. Elsewhere it draws air or loses liquid, and says so in `Plant.lost`.

    Args:
        spec: The deck of the station file.
        vessels: Names of the vessels that stand on it.
        plant: Whose vessels and wells these are.
        balance: Where the balance stands, if there is one.

    Attributes:
        needle: Where the needle is at a time (s); the gantry sets it.
        tip: What is in the needle's tubing; the last portion is at the opening.
    """

    def __init__(
        self, spec: DeckSpec, vessels: Iterable[str], plant: Plant, balance: Place | None = None
    ) -> None:
        super().__init__(plant, {name: place.volume for name, place in spec.sources.items()})
        self.needle: Callable[[float], Point] = lambda now_s: (0.0, 0.0, 1e6)
        self.tip: list[Portion] = []
        self._spots = tuple(_spots(spec, vessels))
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
                self.put(self.under_needle(now_s), portion, now_s)

    def _supply(self, volume_ml: float) -> None:
        """The syringe exchanges liquid with the wash bottle, at the far end of the tubing."""
        if volume_ml > 0.0:
            self.wash_used_ml += volume_ml
            if not self.tip or self.tip[0].content != WASH_LIQUID:
                self.tip.insert(0, Portion(0.0, WASH_LIQUID))
            self.tip[0].volume_ml += volume_ml
        else:
            self.waste_ml += fsum(
                portion.volume_ml for portion in self._pop(-volume_ml, 0) if portion.content != AIR
            )

    def _draw(self, volume_ml: float, now_s: float) -> None:
        spot = self.under_needle(now_s)
        drawn_ml, content = self.take(spot, volume_ml, now_s)
        if drawn_ml > 0.0:
            self._push(Portion(drawn_ml, content))
        if volume_ml - drawn_ml > _TRACE_ML:
            self._push(Portion(volume_ml - drawn_ml, AIR))

    def _push(self, portion: Portion) -> None:
        """Add to the tip at the opening; the same liquid as there becomes one portion with it."""
        last = self.tip[-1] if self.tip else None
        if last is None or _name(last) != _name(portion):
            self.tip.append(portion)
            return
        if isinstance(last.content, Broth) and isinstance(portion.content, Broth):
            both = mixed(
                last.content.composition,
                last.volume_ml,
                portion.content.composition,
                portion.volume_ml,
            )
            last.content = Broth(last.content.vessel, both)
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


def _cell(x: float, y: float) -> tuple[int, int]:
    """Cell of the deck, wide enough that a spot's reach covers four at most."""
    return int(x // (2 * _REACH_MM)), int(y // (2 * _REACH_MM))


def _spots(spec: DeckSpec, vessels: Iterable[str]) -> Iterator[Spot]:
    for name in vessels:
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
