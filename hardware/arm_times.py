"""How long the arm needs, from where it stands and what its needle holds: no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal, NamedTuple, Protocol, TypeAlias

from hardware.deck import Deck
from hardware.devices import syringe_pump_driver
from hardware.devices.gcode import Gantry, Point
from hardware.specs import HandlerSpec
from hardware.specs.liquid_handler import LiquidHandlerSpec
from hardware.specs.pylabrobot import PyLabRobotSpec
from hardware.station_spec import StationSpec

Kind: TypeAlias = Literal["dose", "sample"]
_EXCHANGES_S = 0.1


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the arm is and what its needle holds.

    Attributes:
        at: Where the needle is; None when that is not known.
        content: Loaded source, empty when washed; None when that is not known.
        held: Steps of the plunger.
        loaded: Steps of content.
    """

    at: Point | None = None
    content: str | None = None
    held: int = 0
    loaded: int = 0


class Move(NamedTuple):
    """What an operation takes.

    Attributes:
        takes_s: Seconds.
        after: Where it leaves the arm.
        drawn_ml: Taken out of the source's bottle; more than is given, as the needle is filled.
        waste_ml: Brought to the waste, wash liquid included.
    """

    takes_s: float
    after: Stand
    drawn_ml: float
    waste_ml: float


class ArmTimes:
    """Durations of doses and samples with a gantry and a syringe pump.

    Args:
        spec: The arm's part of the station file.
        deck: Where things stand.
    """

    def __init__(self, spec: LiquidHandlerSpec, deck: Deck) -> None:
        self._spec = spec.pump
        self._deck = deck
        self._travel_s = Gantry(spec.gantry).travel_s
        self._move_s = syringe_pump_driver(spec.pump).move_s
        self._room = spec.pump.steps - round(spec.pump.air_gap / spec.pump.step_ml)
        self._wash = spec.pump.steps // 4
        plates = [deck.well(f"{name}/A1") for name in spec.deck.plates]
        # Which well a sample goes to is not known beforehand: the farthest is on the safe side.
        self._plate = max(
            plates, key=lambda well: self._travel_s(deck.waste, well), default=deck.waste
        )

    @property
    def homed(self) -> Stand:
        """How the arm stands when it has found its zeros and washed."""
        return Stand(self._deck.wash, "")

    @property
    def homing_waste_ml(self) -> float:
        """Brought to the waste by that: a syringe at the most, and the wash liquid."""
        return self._ml(self._spec.steps + self._wash)

    def of(
        self, stand: Stand, kind: Kind, source: str | None, vessel: str, volume_ml: float
    ) -> Move:
        """What an operation takes."""
        if kind == "sample" or source is None:
            return self._sample(stand, vessel, self._steps(volume_ml))
        return self._dose(stand, source, vessel, self._steps(volume_ml))

    def _dose(self, stand: Stand, source: str, vessel: str, steps: int) -> Move:
        place, bottle = self._deck.vessel(vessel), self._deck.source(source)
        total_s = _EXCHANGES_S + self._move_s(steps, self._spec.dispense)
        loaded = stand.loaded if stand.content == source else 0
        at, drawn, waste = stand.at, 0, 0
        if loaded < steps:
            wash_s, waste, at = self._washed(stand, source)
            fills = ceil(steps / self._room)
            drawn = fills * self._room - loaded
            total_s += wash_s + self._travel_s(at, bottle) + self._move_s(drawn, self._spec.fill)
            total_s += (2 * fills - 2) * self._travel_s(bottle, place)
            at = bottle
        left = loaded + drawn - steps
        total_s += self._travel_s(at, place)
        after = Stand(place, source, self._spec.steps - self._room + left, left)
        return Move(total_s, after, self._ml(drawn), self._ml(waste))

    def _sample(self, stand: Stand, vessel: str, steps: int) -> Move:
        place = self._deck.vessel(vessel)
        wash_s, waste, at = self._washed(stand, "")
        total_s = _EXCHANGES_S + wash_s + self._travel_s(at, place)
        total_s += self._travel_s(place, self._plate)
        total_s += self._travel_s(self._plate, self._deck.waste)
        total_s += self._move_s(steps, self._spec.fill) + self._move_s(steps, self._spec.dispense)
        total_s += self._flush_s(0)
        return Move(total_s, Stand(self._deck.wash, ""), 0.0, self._ml(waste + self._wash))

    def _washed(self, stand: Stand, wanted: str) -> tuple[float, int, Point | None]:
        """Seconds and steps of waste until the needle holds nothing foreign; where it is then."""
        if stand.content is not None and stand.content in ("", wanted):
            return 0.0, 0, stand.at
        to_waste_s = self._travel_s(stand.at, self._deck.waste)
        wash_s = to_waste_s + self._flush_s(stand.held)
        return wash_s, stand.loaded + self._wash, self._deck.wash

    def _flush_s(self, held: int) -> float:
        rinse_s = self._move_s(self._wash, self._spec.fill)
        rinse_s += self._move_s(self._wash + held, self._spec.dispense)
        return rinse_s + self._travel_s(self._deck.waste, self._deck.wash)

    def _steps(self, volume_ml: float) -> int:
        return round(volume_ml / self._spec.step_ml)

    def _ml(self, steps: int) -> float:
        return steps * self._spec.step_ml


class Forecast(Protocol):
    """An arm that does nothing and says what it would have done.

    Attributes:
        drawn_ml: What was taken out of each bottle so far.
        waste_ml: What was brought to the waste so far.
        tips: How many were used so far; none by a needle that is washed.
    """

    drawn_ml: dict[str, float]
    waste_ml: float
    tips: int

    def estimate_s(self, kind: Kind, source: str | None, vessel: str, volume_ml: float) -> float:
        """Seconds of an operation from now."""
        ...

    def did(self, kind: Kind, source: str | None, vessel: str, volume_ml: float) -> None:
        """Count an operation as done."""
        ...


class ArmForecast:
    """See `Forecast`; it begins with an arm that was homed, which fills the waste already."""

    def __init__(self, times: ArmTimes) -> None:
        self.drawn_ml: dict[str, float] = {}
        self.waste_ml = times.homing_waste_ml
        self.tips = 0
        self._times = times
        self._stand = times.homed

    def estimate_s(self, kind: Kind, source: str | None, vessel: str, volume_ml: float) -> float:
        """See `Forecast.estimate_s`."""
        return self._times.of(self._stand, kind, source, vessel, volume_ml).takes_s

    def did(self, kind: Kind, source: str | None, vessel: str, volume_ml: float) -> None:
        """See `Forecast.did`."""
        move = self._times.of(self._stand, kind, source, vessel, volume_ml)
        self._stand = move.after
        self.waste_ml += move.waste_ml
        if source is not None:
            self.drawn_ml[source] = self.drawn_ml.get(source, 0.0) + move.drawn_ml


class RobotForecast:
    """See `Forecast`; a robot with tips takes what it gives, and the same time for each transfer.

    Args:
        transfer_s: Of one transfer.
        tip_ml: What a tip holds, so that more goes in parts; None when the file does not say.
    """

    def __init__(self, transfer_s: float, tip_ml: float | None = None) -> None:
        self.drawn_ml: dict[str, float] = {}
        self.waste_ml = 0.0
        self.tips = 0
        self._transfer_s = transfer_s
        self._tip_ml = tip_ml

    def estimate_s(self, kind: Kind, source: str | None, vessel: str, volume_ml: float) -> float:
        """See `Forecast.estimate_s`."""
        return self._transfer_s * self._transfers(volume_ml)

    def did(self, kind: Kind, source: str | None, vessel: str, volume_ml: float) -> None:
        """See `Forecast.did`."""
        self.tips += self._transfers(volume_ml)
        if source is not None:
            self.drawn_ml[source] = self.drawn_ml.get(source, 0.0) + volume_ml

    def _transfers(self, volume_ml: float) -> int:
        return max(1, ceil(volume_ml / self._tip_ml - 1e-9)) if self._tip_ml else 1


def forecast(spec: StationSpec, arm: HandlerSpec) -> Forecast:
    """The forecast of one of a station's arms."""
    if isinstance(arm, PyLabRobotSpec):
        return RobotForecast(arm.transfer, arm.deck.tip_ml)
    return ArmForecast(ArmTimes(arm, Deck(arm.deck, spec.vessels_of(arm))))
