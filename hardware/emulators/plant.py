"""The emulated plant: cultures behind noisy sensors, and a ledger of what each vessel was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin import Bank, Culture, Reagent

_STEP_S = 1.0
"""No vessel is advanced again within this time: sensors are slower, and polling stays cheap."""
_BLOCK = 512
_NO_REAGENTS: Mapping[str, Reagent] = MappingProxyType({})
_FROM_THE_BEGINNING: Mapping[str, float] = MappingProxyType({})


class Instrument(NamedTuple):
    """How a sensor blurs the truth.

    Attributes:
        noise: Standard deviation, in the channel's unit or relative to the value.
        resolution: Smallest step of a reading, in the channel's unit.
        relative: Whether ``noise`` is relative.
    """

    noise: float
    resolution: float
    relative: bool = False


INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        "ph": Instrument(0.01, 0.01),
        "do": Instrument(0.5, 0.1),
        "od": Instrument(0.01, 0.001, relative=True),
        "temperature": Instrument(0.05, 0.01),
        "gas_flow": Instrument(0.002, 0.01, relative=True),
    }
)
"""Channels with a sensor; another channel is read without noise."""


Vessels: TypeAlias = tuple[str, ...]
_Look: TypeAlias = Callable[[], NDArray[np.float64]]
"""A look at several sensors at once."""
_Noise: TypeAlias = Callable[[], NDArray[np.float64]]
"""What blurs one sensor, drawn in blocks because one draw costs as much as fifty."""


def _blurred(
    true: Callable[[], float], instrument: Instrument, noise: _Noise
) -> Callable[[], float]:
    """A sensor: gives what it shows of a true value."""
    _, resolution, relative = instrument
    blocks = (noise().tolist() for _ in count())
    draw: Callable[[], float] = chain.from_iterable(blocks).__next__

    def show() -> float:
        return round((true() + draw()) / resolution) * resolution

    def show_relative() -> float:
        value = true()
        return round((value + value * draw()) / resolution) * resolution

    return show_relative if relative else show


def _observe(observers: Sequence[Callable[[], float]]) -> NDArray[np.float64]:
    return np.array([observe() for observe in observers])


def _blurred_together(true: _Look, instrument: Instrument, noises: Sequence[_Noise]) -> _Look:
    """The sensors of one channel, all read at once, with what each would show by itself."""
    _, resolution, relative = instrument
    blocks = (np.column_stack([noise() for noise in noises]) for _ in count())
    draw: Callable[[], NDArray[np.float64]] = chain.from_iterable(blocks).__next__

    def show() -> NDArray[np.float64]:
        values = true()
        blur = values * draw() if relative else draw()
        return np.rint((values + blur) / resolution) * resolution + 0.0  # no -0.0

    return show


@dataclass
class Well:
    """A well of a plate and what was put there.

    Attributes:
        volume_ml: Broth in it, mL.
        vessel: Where the broth came from; several vessels are joined by ``+``.
        composition: What was in the broth when it was drawn (keys and units of the twin).
        filled_s: When the last of it arrived.
    """

    volume_ml: float
    vessel: str
    composition: dict[str, float]
    filled_s: float


class Plant:
    """All vessels of an array and what is sampled from them.

    A reading depends only on the seed, the vessel, the channel and how often it was read before,
    be it by itself or together with others; where both are mixed, also on that.

    Args:
        vessels: Culture by vessel name.
        reagents: What is in the bottles, by the name of the source; a source that is not here
            holds water.
        seed: Of all sensors' noise.
        noise: False for perfect sensors.
        starts_s: When each vessel is inoculated, by name; before that it does not live. A vessel
            that is not here lives from the beginning.

    Attributes:
        received: Total volume by vessel and reagent, mL: the truth that a ledger is checked with.
        withdrawn: Total volume taken from each vessel, mL.
        wells: Filled wells by name (``plate1/A1``).
        lost: Sentences about liquid that did not arrive anywhere.
    """

    def __init__(
        self,
        vessels: Mapping[str, Culture],
        reagents: Mapping[str, Reagent] = _NO_REAGENTS,
        seed: int = 0,
        noise: bool = True,
        starts_s: Mapping[str, float] = _FROM_THE_BEGINNING,
    ) -> None:
        self._cultures = dict(vessels)
        self._reagents = dict(reagents)
        self._seed = seed
        self._noisy = noise
        self._starts_s = {name: starts_s.get(name, 0.0) for name in vessels}
        self._sensors: dict[str, dict[str, Callable[[], float]]] = {name: {} for name in vessels}
        self._looks: dict[tuple[Vessels, str], _Look] = {}
        self._noises: dict[tuple[str, str], _Noise] = {}
        self._surveys: dict[str, _Look] = {}
        self._bank: Bank | None = None
        self._until_s = dict.fromkeys(vessels, -_STEP_S)
        self._running: list[Callable[[float], None]] = []
        self._settling = False
        self._settled_s = -_STEP_S
        self.received: dict[str, dict[str, float]] = {name: {} for name in vessels}
        self.withdrawn = dict.fromkeys(vessels, 0.0)
        self.wells: dict[str, Well] = {}
        self.lost: list[str] = []

    @property
    def vessels(self) -> tuple[str, ...]:
        """Names of the vessels."""
        return tuple(self._cultures)

    @property
    def composition_units(self) -> Mapping[str, str]:
        """What a perfect laboratory can find in a well, with its units."""
        return next(iter(self._cultures.values())).organism.units

    def warm_up(self) -> None:
        """Let a copy of a vessel live a moment.

        The first step of a culture loads its compiled equations, for seconds; no client that
        waits for a reply should have to wait for that.
        """
        deepcopy(next(iter(self._cultures.values()))).advance(2 * _STEP_S)

    def on_time(self, settle: Callable[[float], None]) -> None:
        """Have a device that moves liquid over time called before any vessel lives on.

        Args:
            settle: Takes the time (s) and moves what is to be moved until then.
        """
        self._running.append(settle)

    def settle(self, now_s: float) -> None:
        """Let running pumps and plungers catch up, so that the ledger is true at ``now_s``."""
        if self._settling or now_s == self._settled_s:
            return
        self._settling = True
        try:
            for settle in self._running:
                settle(now_s)
        finally:
            self._settling = False
        self._settled_s = now_s

    def read(self, vessel: str, channel: str, now_s: float) -> float:
        """What the vessel's sensor for a channel shows now, with noise and resolution."""
        if now_s - self._until_s[vessel] >= _STEP_S:
            self._live_on(vessel, now_s)
        sensor = self._sensors[vessel].get(channel) or self._sensor(vessel, channel)
        return sensor()

    def read_all(self, vessels: Vessels, channel: str, now_s: float) -> list[float]:
        """What the sensors of some vessels show now; see `read`."""
        self.live_on(vessels, now_s)
        look = self._looks.get((vessels, channel)) or self._look(vessels, channel)
        shown: list[float] = look().tolist()
        return shown

    def survey(self, channels: Sequence[str], now_s: float) -> NDArray[np.float64]:
        """What the sensors of all vessels show now, [vessels, channels]; see `read`."""
        if self._bank is None:
            self._bank = Bank(list(self._cultures.values()))
        self._all_live_on(self._bank, now_s)
        shown = [self._surveys.get(one) or self._survey(self._bank, one) for one in channels]
        return np.column_stack([show() for show in shown])

    def set(self, vessel: str, channel: str, value: float, now_s: float) -> None:
        """Change an input of a vessel: temperature, stirring, gas_flow or oxygen."""
        self._live(vessel, now_s).set(channel, value)

    def live_on(self, vessels: Vessels, now_s: float) -> None:
        """Let some vessels live on to now, as whatever is done to them does."""
        until_s = self._until_s
        for vessel in vessels:
            if now_s - until_s[vessel] >= _STEP_S:
                self._live_on(vessel, now_s)

    def add(self, vessel: str, volume_ml: float, source: str, now_s: float) -> None:
        """Give a vessel some mL from a named source, and write it in the ledger."""
        reagent = self._reagents.get(source) or Reagent(source)
        self._live(vessel, now_s).add(volume_ml, reagent)
        given = self.received[vessel]
        given[source] = given.get(source, 0.0) + volume_ml

    def withdraw(self, vessel: str, volume_ml: float, now_s: float) -> dict[str, float]:
        """Take some mL out of a vessel; returns what is in it."""
        composition = self._live(vessel, now_s).withdraw(volume_ml)
        self.withdrawn[vessel] += volume_ml
        return dict(composition)

    def _live(self, vessel: str, now_s: float) -> Culture:
        """The culture, advanced to now."""
        if now_s - self._until_s[vessel] >= _STEP_S:
            self._live_on(vessel, now_s)
        return self._cultures[vessel]

    def _live_on(self, vessel: str, now_s: float) -> None:
        self.settle(now_s)
        self._until_s[vessel] = now_s
        self._cultures[vessel].advance(max(0.0, now_s - self._starts_s[vessel]))

    def _all_live_on(self, bank: Bank, now_s: float) -> None:
        due = [name for name, until_s in self._until_s.items() if now_s - until_s >= _STEP_S]
        if not due:
            return
        self.settle(now_s)
        lived_s = {name: max(0.0, now_s - self._starts_s[name]) for name in due}
        bank.advance(np.array([lived_s.get(name, 0.0) for name in self._cultures]))
        self._until_s.update(dict.fromkeys(due, now_s))

    def _sensor(self, vessel: str, channel: str) -> Callable[[], float]:
        instrument = INSTRUMENTS.get(channel)
        sensor = self._cultures[vessel].observer(channel)
        if self._noisy and instrument is not None:
            sensor = _blurred(sensor, instrument, self._noise(vessel, channel))
        self._sensors[vessel][channel] = sensor
        return sensor

    def _look(self, vessels: Vessels, channel: str) -> _Look:
        observers = [self._cultures[vessel].observer(channel) for vessel in vessels]
        look = self._together(vessels, channel, partial(_observe, observers))
        self._looks[vessels, channel] = look
        return look

    def _survey(self, bank: Bank, channel: str) -> _Look:
        survey = self._together(self.vessels, channel, partial(bank.observe, channel))
        self._surveys[channel] = survey
        return survey

    def _together(self, vessels: Vessels, channel: str, true: _Look) -> _Look:
        instrument = INSTRUMENTS.get(channel)
        if not self._noisy or instrument is None:
            return true
        return _blurred_together(true, instrument, [self._noise(one, channel) for one in vessels])

    def _noise(self, vessel: str, channel: str) -> _Noise:
        if (vessel, channel) not in self._noises:
            key = (list(self._cultures).index(vessel), list(INSTRUMENTS).index(channel))
            sequence = np.random.SeedSequence(self._seed, spawn_key=key)
            generator, deviation = np.random.default_rng(sequence), INSTRUMENTS[channel].noise
            self._noises[vessel, channel] = lambda: generator.normal(0.0, deviation, _BLOCK)
        return self._noises[vessel, channel]
