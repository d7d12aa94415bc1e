"""eVOLVER: the boards of 16 vials on one line (FYNCH-BIO, SAMD21 firmware), 9600 8N1.

Every command is two-phased: ``stirr,8,8,...,_!`` is answered by an echo of all values
(``stire,8,8,...,end``) or by the board's readings (``tempb,...,end``), and only the acknowledgement
``stira,,...,_!`` makes the board act. There is no checksum: the echo is the check, and an unequal
one is never acknowledged. The temperature board answers a set-point with its readings, so that a
damaged one goes unseen: every scan sends and acknowledges the set-points again, which also brings
them back after a loss of power. Stirring, which nothing reads back, is told again after any trouble
on the line and every half minute: boards hold the line so long that a third answer in each scan
would make it last more than a second.

Nothing confirms that an acknowledgement arrived. It is sent four times, for a board ignores all
after the first (``new_input`` in the firmware), with the values in it, so that one flipped bit
cannot make another command of it. In between, and while a pump runs, the unit is asked for
temperatures: a unit that stays silent may have lost its power or not heard, and the outcome is
unknown. After any trouble on the line a pump is not told to run before eight requests in a row were
answered.

Doubts: four acknowledgements lost in a row go unseen when all requests around them are answered,
and so does a pump board that restarts alone, or the unit in less than half a second. Issue
FYNCH-BIO/evolver#56 reports pump commands replaced by the one before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command, Device, OutOfRange, Probe, Setting
from hardware.errors import DamagedReply, ForeignReply, HardwareError
from hardware.framing import Delimited
from hardware.outcome import Outcome
from hardware.runner import Steps
from hardware.specs import EvolverSpec
from hardware.specs.base import Linear

VIALS: Final = 16
COMMANDS: Final[Mapping[str, Command]] = {
    "stirring": Command("stirr", "set", 2.0, "RS485_STIR.ino", "setting", 0, 98, 5.0),
    "temperature": Command("tempr", "set", 2.0, "RS485_TEMP.ino", "counts", 0, 4095, 600.0),
    "od": Command("od_90r", "read", 2.0, "RS485_OD.ino"),
    "pump": Command("pumpi", "act", 2.0, "RS485_FLUIDICS.ino", "s", 0.01, 600, tries=1),
}
"""Address and kind of each command; the number's limits are raw counts (seconds for pumps)."""
_OFF: Final = {"stirring": "0", "temperature": "4095"}
"""What a vial gets that nobody has set: no stirring, heater off (a cold thermistor's count)."""
_MEASURING: Final = ("temp", "od_90")
"""Boards that answer with readings; the others must echo."""
_OD_SAMPLES = "1000"
_SOUND = 8
"""Answers in a row that make a line trusted with a dose: of lines that lose 30 % either way, one
in 300 gets that far, and loses all four acknowledgements once in 120 times."""
_STIRRED_AGAIN_S = 30.0
_WATCH_S = 0.3
_STOP_TRIES = 2
_READINGS = re.compile(rf"\d{{1,5}}(,\d{{1,5}}){{{VIALS - 1}}}")


class Evolver(Device):
    """One unit; its commands carry all vials at once, so it remembers what each was set to.

    Args:
        spec: Its part of the station file.
        vessels: Up to 16, in the order of the vials.
    """

    controls = frozenset({"stirring", "temperature"})
    gap_s = 0.02

    def __init__(self, spec: EvolverSpec, vessels: tuple[str, ...]) -> None:
        self.name = "evolver"
        self.vessels = vessels
        self.probes = (
            Probe("temperature", vessels, self.temperatures),
            Probe("od", vessels, self.densities),
        )
        self.sources = tuple(spec.pumps)
        self._pumps = spec.pumps
        self._lines: dict[str, Linear] = {
            "temperature": spec.calibration.temperature,
            "od": spec.calibration.od,
            "stirring": spec.calibration.stirring,
        }
        self._framing = Delimited(b",end")
        self._set = {channel: [off] * VIALS for channel, off in _OFF.items()}
        self._told: set[str] = set()
        self._stirred = -math.inf, 0  # when, and after how many requests, stirring was last told
        self._halts = dict.fromkeys(vessels, 0)

    def identify(self, bus: Bus) -> None:
        """The temperature board must answer for 16 vials."""
        self.temperatures(bus)

    def temperatures(self, bus: Bus) -> list[float]:
        """Temperature of each vessel, degC."""
        readings = self._readings(bus, "temperature", self._set["temperature"])
        if "temperature" in self._told:
            self._acknowledge(bus, "temperature", self._set["temperature"])
        return readings

    def densities(self, bus: Bus) -> list[float]:
        """Optical density of each vessel."""
        return self._readings(bus, "od", [_OD_SAMPLES])

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Set stirring and temperature of any vials: one command for each of the two."""
        outcomes: dict[Setting, Outcome] = {}
        for channel in _OFF:
            wanted = {key: value for key, value in settings.items() if key[1] == channel}
            if wanted:
                outcomes |= self._apply_channel(bus, channel, wanted)
        return outcomes

    def forgotten(self, bus: Bus) -> dict[str, str]:
        """See `Device.forgotten`; stirring is told again if the unit may have lost its power."""
        told_s, requests = self._stirred
        trouble = bus.health.troubled is not None and bus.health.troubled > requests
        if "stirring" in self._told and (trouble or bus.now() - told_s >= _STIRRED_AGAIN_S):
            values = self._set["stirring"]
            self._ask(bus, "stirring", values, tries=1)
            for _ in range(2):
                self._acknowledge(bus, "stirring", values)
        return {}

    def pump(self, bus: Bus, vessel: str, source: str, volume_ml: float) -> Steps[Outcome]:
        """Run one pump for the time that a volume takes; returns when it has run."""
        wired, run_s = self._pumps[source], self._run_s(source, volume_ml)
        values = self._pump_values({(wired.pump, vessel): f"{run_s:.2f}"})
        halts = self._halts[vessel]
        try:
            COMMANDS["pump"].check(run_s)
            self._try_line(bus)
            self._ask(bus, "pump", values, tries=COMMANDS["pump"].tries)
        except (OutOfRange, HardwareError) as error:
            # Without an acknowledgement the board does nothing.
            return Outcome("not done", f"{self.name} pump {wired.pump}: {error}", 0.0)
        self._execute(bus, "pump", values)
        yield from self._watch(bus, run_s)
        if self._halts[vessel] != halts:
            return Outcome("unknown", f"{self.name} pump {wired.pump} was stopped on its way")
        return Outcome("done", value=self.given_ml(source, volume_ml))

    def given_ml(self, source: str, volume_ml: float) -> float:
        """See `Device.given_ml`: a pump runs for hundredths of a second."""
        return self._run_s(source, volume_ml) * self._pumps[source].flow / 3600.0

    def halt(self, bus: Bus, vessels: Collection[str]) -> None:
        """See `Device.halt`; a pump that is told to run for no time stops."""
        chosen = [vessel for vessel in self.vessels if vessel in vessels]
        numbers = [wired.pump for wired in self._pumps.values()]
        values = self._pump_values({(n, vessel): "0" for n in numbers for vessel in chosen})
        for vessel in chosen:
            self._halts[vessel] += 1
        self._ask(bus, "pump", values, tries=_STOP_TRIES)
        self._execute(bus, "pump", values)

    def _run_s(self, source: str, volume_ml: float) -> float:
        return round(volume_ml / self._pumps[source].flow * 3600.0, 2)

    def _pump_values(self, seconds: Mapping[tuple[int, str], str]) -> list[str]:
        """The values of a pump command: pumps that are not named go on as they are."""
        values = ["--"] * (3 * VIALS)
        for (pump, vessel), text in seconds.items():
            values[(pump - 1) * VIALS + self.vessels.index(vessel)] = text
        return values

    def _apply_channel(
        self, bus: Bus, channel: str, wanted: Mapping[Setting, float]
    ) -> dict[Setting, Outcome]:
        line, command = self._lines[channel], COMMANDS[channel]
        values = list(self._set[channel])
        outcomes: dict[Setting, Outcome] = {}
        for key, value in wanted.items():
            count = line.raw(value)
            try:
                command.check(count)
            except OutOfRange:
                low, high = sorted((line.value(command.low), line.value(command.high)))
                reason = f"{self.name}: {channel} goes from {low:g} to {high:g}"
                outcomes[key] = Outcome("not done", reason)
                continue
            values[self.vessels.index(key[0])] = str(count)
            outcomes[key] = Outcome("done", value=line.value(count))
        if any(outcome.status == "done" for outcome in outcomes.values()):
            try:
                self._ask(bus, channel, values)
            except HardwareError as error:
                # Without an acknowledgement the board does nothing.
                return dict.fromkeys(wanted, Outcome("not done", f"{self.name}: {error}"))
            self._set[channel] = values
            self._told.add(channel)
            self._execute(bus, channel, values)
        return outcomes

    def _readings(self, bus: Bus, channel: str, values: Sequence[str]) -> list[float]:
        answer = self._ask(bus, channel, values)
        value = self._lines[channel].value
        return [value(float(x)) for x in answer[: len(self.vessels)]]

    def _watch(self, bus: Bus, seconds: float) -> Steps[None]:
        """See the unit answer until so many seconds are over, the last time after them.

        Raises:
            HardwareError: It did not; what it does is not known.
        """
        until_s = bus.now() + seconds
        while (left_s := until_s - bus.now()) > 0.0:
            yield min(_WATCH_S, left_s)
            self._see(bus)

    def _see(self, bus: Bus) -> None:
        self._ask(bus, "temperature", self._set["temperature"], tries=1)

    def _ask(self, bus: Bus, what: str, values: Sequence[str], tries: int = 2) -> list[str]:
        """First phase: send the values; gives the readings, or the equal echo."""
        command = COMMANDS[what]
        request = f"{command.template},{','.join(values)},_!".encode("ascii")
        # Without an acknowledgement nothing happens: asking again is safe, also for a pump.
        requests = (request,) * tries
        return bus.transact(Exchange(requests, self._framing, self._match, command.timeout_s))

    def _try_line(self, bus: Bus) -> None:
        """After trouble, see enough requests answered to trust the line with acknowledgements.

        Raises:
            HardwareError: One was not; nothing has been told.
        """
        while bus.health.sound < _SOUND:
            self._see(bus)

    def _execute(self, bus: Bus, what: str, values: Sequence[str]) -> None:
        """Second phase: four times, which makes it improbable that all are lost.

        Raises:
            HardwareError: The unit fell silent; what it does is not known.
        """
        for _ in range(2):
            self._acknowledge(bus, what, values)
            self._acknowledge(bus, what, values)
            self._see(bus)

    def _acknowledge(self, bus: Bus, what: str, values: Sequence[str]) -> None:
        """The board acts on what it saved; it does not look at the values."""
        address = COMMANDS[what].template[:-1]
        bus.tell(f"{address}a,{','.join(values)},_!".encode("ascii"))
        if what == "stirring":
            self._stirred = bus.now(), bus.health.transactions

    def _match(self, request: bytes, frame: bytes) -> list[str]:
        head, _, asked = request.decode("ascii").removesuffix(",_!").partition(",")
        answered, _, said = frame.decode("ascii", "replace").partition(",")
        address = head[:-1]
        if answered == f"{address}e":
            if said != asked:
                raise DamagedReply(f"the echo '{said}' is not what was sent")
            return said.split(",")
        if answered == f"{address}b" and address in _MEASURING:
            if not _READINGS.fullmatch(said):
                raise DamagedReply(f"'{said}' are not {VIALS} readings")
            return said.split(",")
        raise ForeignReply(f"'{answered}' answered, '{head}' was asked")
