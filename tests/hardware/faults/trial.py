"""One trial: a fresh station with one faulty line does a little work, compared with the truth.

The truth is what the emulated vessels and devices hold. An operation ends in values or an outcome,
or in a typed error; everything else is counted as what must not be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping

import numpy as np

from hardware import Bus, InlineRunner, Station
from hardware.emulators import Plant, emulate
from hardware.emulators.faults import FaultPlan, FaultyLine, FaultyPort, faultless
from hardware.errors import HardwareError
from hardware.gravimetry import WATER_G_ML
from hardware.outcome import Outcome
from hardware.plausible import STEPS
from hardware.station_spec import ONLY_ARM
from tests.hardware.faults.case import Case
from tests.hardware.faults.tally import Tally
from tests.hardware.standin import StandInCulture

START = {
    "temperature": 37.0,
    "ph": 6.8,
    "do": 60.0,
    "od": 2.0,
    "stirring": 800.0,
    "gas_flow": 20.0,
    "oxygen": 21.0,
}
APART = {"temperature": 4.0, "ph": 0.7, "do": 40.0, "od": 1.5, "stirring": 300.0}
"""How far the second vessel is from the first: a reply of the wrong one is a wrong value."""
_DRIFT = 0.4
"""Share of a plausible step by which the truth moves between operations, at most."""
_OPENINGS = 3
_SETTLES_S = 30.0
_CALLS = 50_000


class Hang(BaseException):
    """An operation goes on and on; no handler of errors may catch this."""


class WatchedPort(FaultyPort):
    """A faulty port that ends an operation which takes too long.

    Attributes:
        until_s: When the present operation hangs.
        calls: How often it may still read.
    """

    until_s = float("inf")
    calls = _CALLS

    def read_some(self, deadline_s: float) -> bytes:
        """See `hardware.port.Port.read_some`."""
        self.calls -= 1
        if self.now() > self.until_s or self.calls < 0:
            raise Hang
        return super().read_some(deadline_s)


class RecordingCulture(StandInCulture):
    """Remembers every value that a device really set; the last is in force while values drift."""

    def __init__(self, **values: float) -> None:
        super().__init__(**values)
        self.held: dict[str, list[float]] = {}
        self.in_force: dict[str, float] = {}

    def set(self, name: str, value: float) -> None:
        super().set(name, value)
        self.in_force[name] = value
        self.held.setdefault(name, []).append(value)


class Trial:
    """A station of one case, its truth, and what was found.

    Args:
        case: The family.
        plan: What goes wrong; None for nothing.
        random: Of the work and the drift of the truth.
        tally: Where findings go.
    """

    def __init__(
        self, case: Case, plan: FaultPlan | None, random: np.random.Generator, tally: Tally
    ) -> None:
        self._case, self._random, self._tally = case, random, tally
        self._loop = asyncio.get_running_loop()
        self._flips = plan is not None and plan.kind == "flipped bit" and not case.checked
        names = case.spec.vessels.names
        apart: Mapping[str, float] = {} if case.shared else APART
        self.cultures = {
            name: RecordingCulture(**{c: x + i * apart.get(c, 0.0) for c, x in START.items()})
            for i, name in enumerate(names)
        }
        self.plant = Plant(self.cultures, noise=False)
        bench = emulate(case.spec, self.plant)
        self._deck = bench.decks.get(ONLY_ARM)
        lines = {name: faultless(line) for name, line in bench.lines.items()}
        if plan is not None:
            lines[case.line] = FaultyLine(bench.lines[case.line], plan)
        self.line = lines[case.line]
        self._lines = tuple(lines.values())
        self._ports = {name: WatchedPort(line) for name, line in lines.items()}
        self._buses = {name: Bus(port) for name, port in self._ports.items()}
        runners = {name: InlineRunner(bus, self._loop) for name, bus in self._buses.items()}
        self._station = Station.build(case.spec, runners)

    async def run(self) -> None:
        """Open the station and do the work, as far as it can be done."""
        for _ in range(_OPENINGS):
            if opened := await self._guarded("open", self._station.open):
                break
            await asyncio.sleep(self._random.uniform(1.0, 6.0))
        if opened:
            for name, work in self._work():
                self._drift()
                if await self._guarded(name, work) is None:
                    break
                await asyncio.sleep(self._random.uniform(0.05, 2.0))
        self._tally.doubted += sum(bus.health.doubted for bus in self._buses.values())

    def _work(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        station, case = self._station, self._case
        controls = sorted(station.controls(station.vessels[0]) & set(case.settings))
        for _ in range(1 if station.arms and not case.weighs else 2):
            if station.channels:
                yield "scan", self._scan
                yield "scan", self._scan
            for channel in controls:
                yield f"set {channel}", lambda channel=channel: self._set(channel)
            if sources := station.pumps(station.vessels[0]):
                yield "pump", lambda: self._dose(sources[0], station.pump, station.vessels[0])
            if case.weighs:
                yield "weigh", self._weigh
            elif station.arms:
                yield "dose", lambda: self._dose("glucose", self._by_arm, station.vessels[0])
                yield "dose", lambda: self._dose("glucose", self._by_arm, station.vessels[1])
        if station.channels:
            yield "scan", self._scan
        if station.arms and not case.weighs:
            yield "sample", self._sample

    async def _guarded(self, name: str, work: Callable[[], Awaitable[None]]) -> bool | None:
        """Whether an operation ended in values; None when the trial has to end."""
        began_s = self._loop.time()
        for port in self._ports.values():
            port.until_s = began_s + self._case.patience_s
            port.calls = _CALLS
        try:
            await work()
        except HardwareError as error:
            self._tally.error(error)
            return False
        except Hang:
            self._tally.hang(f"{name} goes on after {self._loop.time() - began_s:.0f} s")
            return None
        except Exception as error:
            self._tally.untyped_error(f"{name}: {type(error).__name__}: {error}")
            return None
        return True

    # -- operations -----------------------------------------------------------------------

    async def _scan(self) -> None:
        for culture in self.cultures.values():
            culture.held.clear()
        before = self._truth()
        scan = await self._station.scan()
        self._catch_up()
        after = self._truth()
        for channel, column in zip(self._station.channels, scan.values.T, strict=True):
            for row, (value, culture) in enumerate(
                zip(column, self.cultures.values(), strict=True)
            ):
                meanwhile = culture.held.get(channel, ())
                truths = (before[channel][row], *meanwhile, after[channel][row])
                if np.isnan(value):
                    self._tally.errors += 1
                else:
                    self._judge_reading(channel, float(value), truths)
        for fault in scan.faults:
            self._tally.messages[fault.message.partition(":")[2].strip()[:40]] += 1

    async def _set(self, channel: str) -> None:
        low, high = self._case.settings[channel]
        value = round(float(self._random.uniform(low, high)), 1)
        for culture in self.cultures.values():
            culture.held[channel] = []
        done = await self._station.set_many({(v, channel): value for v in self.cultures})
        self._catch_up()
        told = {
            vessel: value if outcome.value is None else outcome.value
            for (vessel, _), outcome in done.items()
            if outcome.status == "done"
        }
        for outcome in done.values():
            self._tally.outcome(outcome)
        wrong = dict(self._not_held(channel, told))
        if wrong and self._flips:
            self._tally.doubted += len(wrong)
            await self._station.scan()  # what cannot be seen is sent again with every scan
            wrong = dict(self._not_held(channel, told))
        for text, error in wrong.items():
            if not self._flips:
                self._tally.wrong_value(text)
            elif error > STEPS[channel].absolute:
                self._tally.flip_acted(text)
            else:
                self._tally.small_flips += 1

    def _not_held(self, channel: str, told: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """Sentences on vessels that do not hold, and did not since, what was told; by how much."""
        for vessel, value in told.items():
            culture = self.cultures[vessel]
            in_force = culture.in_force.get(channel, culture.values[channel])
            held = [*culture.held[channel], in_force]
            error = min(abs(value - x) for x in held)
            if error > self._within(channel):
                yield f"{channel} of {vessel} told {value}, really {held}", error

    async def _by_arm(self, vessel: str, source: str, volume_ml: float) -> Outcome:
        return await self._station.arms[ONLY_ARM].dose(source, vessel, volume_ml)

    async def _dose(
        self, source: str, give: Callable[[str, str, float], Awaitable[Outcome]], vessel: str
    ) -> None:
        volume_ml = round(self._case.dose_ml * float(self._random.uniform(0.5, 1.5)), 4)
        before = self._given()
        outcome = await give(vessel, source, volume_ml)
        after = await self._settled()
        moved_ml = after.pop((vessel, source), 0.0) - before.pop((vessel, source), 0.0)
        self._judge_act(outcome, volume_ml, moved_ml)
        for place, ml in after.items():
            if ml - before.get(place, 0.0) > self._case.trace_ml:
                self._tally.wrong_value(f"{source} for {vessel} went to {place}")

    async def _weigh(self) -> None:
        assert self._deck is not None
        volume_ml = round(self._case.dose_ml * float(self._random.uniform(0.5, 1.5)), 4)
        before_g = self._deck.on_balance(self._loop.time()).grams
        outcome = await self._station.arms[ONLY_ARM].weigh_dose("glucose", volume_ml)
        await self._settled()
        moved_g = self._deck.on_balance(self._loop.time()).grams - before_g
        self._judge_act(outcome, volume_ml, moved_g / WATER_G_ML)

    async def _sample(self) -> None:
        vessel, volume_ml = self._station.vessels[1], 0.15
        before = self.plant.withdrawn[vessel]
        outcome = await self._station.arms[ONLY_ARM].sample(vessel, volume_ml, "plate1/B2")
        await self._settled()
        self._judge_act(outcome, volume_ml, self.plant.withdrawn[vessel] - before)

    # -- the truth ------------------------------------------------------------------------

    def _drift(self) -> None:
        """Move the truth a plausible little, so that an old value is a wrong one."""
        for channel in self._station.channels:
            here = self.cultures[self._station.vessels[0]].values[channel]
            step = _DRIFT * STEPS[channel].of(here) * float(self._random.uniform(0.6, 1.0))
            sign = -1.0 if here > START[channel] else 1.0
            for culture in self.cultures.values():
                culture.values[channel] += sign * step

    def _truth(self) -> dict[str, list[float]]:
        truth = {
            channel: [culture.values[channel] for culture in self.cultures.values()]
            for channel in self._station.channels
        }
        if "gas_flow" in truth:  # one controller divides its flow evenly
            truth["gas_flow"] = [float(np.mean(truth["gas_flow"]))] * len(self.cultures)
        return truth

    def _given(self) -> dict[tuple[str, str], float]:
        given = {
            (vessel, source): ml
            for vessel, sources in self.plant.received.items()
            for source, ml in sources.items()
        }
        return given | {("beside", sentence): 1.0 for sentence in self.plant.lost}

    async def _settled(self) -> dict[tuple[str, str], float]:
        """What was given, once everything that moves has come to rest."""
        await asyncio.sleep(_SETTLES_S)
        self._catch_up()
        self.plant.settle(self._loop.time())
        return self._given()

    def _catch_up(self) -> None:
        for line in self._lines:
            line.catch_up(self._loop.time())

    def _within(self, channel: str) -> float:
        return self._case.resolution.get(channel, 1e-4) * 1.001

    # -- judgements -----------------------------------------------------------------------

    def _judge_reading(self, channel: str, value: float, truths: tuple[float, ...]) -> None:
        self._tally.values += 1
        error = min(abs(value - truth) for truth in truths)
        if error <= self._within(channel):
            return
        text = f"{channel} read {value}, really {truths[0]}"
        if not self._flips:
            self._tally.wrong_value(text)
        elif error > STEPS[channel].of(truths[0]) + self._within(channel):
            self._tally.flip_acted(text)
        else:
            self._tally.small_flips += 1

    def _judge_act(self, outcome: Outcome, wanted_ml: float, moved_ml: float) -> None:
        self._tally.outcome(outcome)
        trace_ml = self._case.trace_ml
        told_ml = 0.0 if outcome.value is None else outcome.value
        text = f"{outcome} of {wanted_ml}, really {moved_ml:.5f} mL"
        if outcome.status == "unknown":
            most_ml = wanted_ml if outcome.at_most_ml is None else outcome.at_most_ml
            if moved_ml > most_ml + trace_ml:
                self._tally.double_dose(text)
        elif moved_ml > told_ml + trace_ml:
            self._tally.double_dose(text)
        elif moved_ml < told_ml - trace_ml:
            self._tally.wrong_value(text)
