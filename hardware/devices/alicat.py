"""Alicat mass-flow controllers: ASCII lines, one letter addresses a unit, up to 26 on a line.

Protocol after Alicat's serial primer and BC manual p. 10: the letter first after a carriage return,
carriage return both ways; a unit acts only after 3.5 byte times of silence, and sending before its
answer ended is undefined. The columns of a data frame differ between models, so the unit is asked
for them (``??D*``). ``A49408`` (letter and digits) is the old integer set-point: every set-point
here has a letter and a decimal point. The set-point may be of another thing than the mass flow
(register 122): its unit in the table of columns tells. A unit can stream (RS-232 only): its letter
is then ``@``, and no answer to its own comes any more. One that is alone on its line is given its
letter back; among others nobody knows whose stream it is, and a person has to.

Doubt: nothing but the letter proves whose answer a frame is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command, Device, OutOfRange, Probe, Setting
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply
from hardware.framing import Delimited
from hardware.outcome import Outcome
from hardware.specs import AlicatSpec

COMMANDS: Final[Mapping[str, Command]] = {
    "poll": Command("{unit}\r", "read", 0.3, "serial primer, polling"),
    "columns": Command("{unit}??D*\r", "read", 1.0, "serial primer, data frame"),
    "flow": Command(
        "{unit}S {value:.3f}\r", "set", 0.3, "serial primer, set-point", unit="mL/min", settle_s=1.0
    ),
}
_GASES = {"air": "Air", "oxygen": "O2", "nitrogen": "N2", "carbon-dioxide": "CO2"}
_ML_MIN = {"SCCM": 1.0, "SLPM": 1000.0, "SMLPM": 1.0, "SML/M": 1.0, "SL/M": 1000.0, "SLM": 1000.0}
HARMLESS_CODES: Final = frozenset({"HLD", "LCK"})
"""Valve held, keys locked; every other code (MOV, OPL, TOV, VOV, ...) makes a value none."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.(\d+))?")
_COLUMN = re.compile(r"D(?P<number>\d\d)\s+(?:\d{3}\s+)?(?P<name>\S.*?)\s{2,}(?P<rest>.*)")
_LINES_APART_S = 0.2
_STREAM = b"@ "
_STREAM_ENDS: Final = ("@@ {unit}\r", "@@={unit}\r")
"""To a unit that streams: take this letter; in the present form and that of old firmware."""
_LISTENS_S = 0.15
"""A stream has 20 frames a second unless somebody changed that."""


class _Streams(ForeignReply):
    """A frame that nobody asked for came."""


class _Columns(NamedTuple):
    """Where the words of a data frame stand, the unit's letter being word 0."""

    flow: int
    setpoint: int
    gas: int
    words: int
    ml_min: float


class _Reading(NamedTuple):
    flow_ml_min: float
    setpoint_ml_min: float
    resolution_ml_min: float
    gas: str

    def holds(self, flow_ml_min: float) -> bool:
        """Whether the set-point is this one, as far as its digits tell."""
        return abs(self.setpoint_ml_min - flow_ml_min) <= self.resolution_ml_min


class Alicat(Device):
    """One controller, its flow split evenly over its vessels.

    Args:
        spec: Its line of the station file.
        vessels: Vessels on its gas line.
        character_s: Seconds one character takes on its line.
    """

    controls = frozenset({"gas_flow"})
    shared = True

    def __init__(self, spec: AlicatSpec, vessels: tuple[str, ...], character_s: float) -> None:
        self.name = f"alicat {spec.unit}"
        self.vessels = vessels
        self.gap_s = 3.5 * character_s
        self.probes = (Probe("gas_flow", vessels, self.measure),)
        self._unit = spec.unit
        self._gas = _GASES[spec.gas]
        self._flow = replace(COMMANDS["flow"], high=spec.full_scale)
        self._framing = Delimited(b"\r")
        self._columns: _Columns | None = None
        self._last: _Reading | None = None
        self._held_ml_min: float | None = None

    def identify(self, bus: Bus) -> None:
        """Ask for the columns; the gas must be the one that the station file names."""
        self._end_stream(bus)
        self._columns = self._ask_columns(bus)
        if self._ask_columns(bus) != self._columns:
            self._columns = None
            raise DamagedReply("it tells other columns each time it is asked")
        gas = self._read(bus).gas
        if gas != self._gas:
            raise DeviceRefused(f"it is set to {gas}, the station file says {self._gas}")

    def measure(self, bus: Bus) -> float:
        """Flow to each vessel, standard mL/min; a unit that streams is first made to stop."""
        try:
            reading = self._read(bus)
        except _Streams:
            if not self._end_stream(bus):
                raise
            reading = self._read(bus)
        return reading.flow_ml_min / len(self.vessels)

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Set the flow to each vessel, mL/min; one line has one flow for all its vessels."""
        wanted = set(settings.values())
        if len(wanted) > 1:
            reason = f"{self.name} gives all its {len(self.vessels)} vessels the same gas flow"
            return dict.fromkeys(settings, Outcome("not done", reason))
        try:
            flow = self._set_flow(bus, wanted.pop() * len(self.vessels))
        except (OutOfRange, DeviceRefused) as error:
            return dict.fromkeys(settings, Outcome("not done", f"{self.name}: {error}"))
        return dict.fromkeys(settings, Outcome("done", value=flow / len(self.vessels)))

    def forgotten(self, bus: Bus) -> dict[str, str]:
        """See `Device.forgotten`; every frame tells the set-point, and two have to agree."""
        held_ml_min = self._held_ml_min
        if held_ml_min is None or self._last is None or self._last.holds(held_ml_min):
            return {}
        reading = self._read(bus)
        if reading.holds(held_ml_min):
            return {}
        return {"gas_flow": f"its set-point is {reading.setpoint_ml_min:g}, not {held_ml_min:g}"}

    def _end_stream(self, bus: Bus) -> bool:
        """Give a unit that streams its letter back, where it can only be this one."""
        if not self.alone or _STREAM not in bus.wait(_LISTENS_S):
            return False
        for form in _STREAM_ENDS:
            bus.tell(form.format(unit=self._unit).encode("ascii"))
            bus.wait(_LISTENS_S)
        return True

    def _set_flow(self, bus: Bus, flow_ml_min: float) -> float:
        self._held_ml_min = None
        self._flow.check(flow_ml_min)
        columns = self._known_columns()
        value = flow_ml_min / columns.ml_min
        request = self._flow.fill(unit=self._unit, value=value)
        answer = self._transact(bus, self._flow, request)
        if not answer.holds(flow_ml_min):
            raise DeviceRefused(
                f"it answered set-point {answer.setpoint_ml_min:g} mL/min to {flow_ml_min:g}"
            )
        self._held_ml_min = answer.setpoint_ml_min
        return answer.setpoint_ml_min

    def _read(self, bus: Bus) -> _Reading:
        command = COMMANDS["poll"]
        return self._transact(bus, command, command.fill(unit=self._unit))

    def _transact(self, bus: Bus, command: Command, request: bytes) -> _Reading:
        self._last = bus.transact(
            Exchange(
                (request,) * command.tries,
                self._framing,
                self._match_frame,
                command.timeout_s,
                command.effect,
            )
        )
        return self._last

    def _match_frame(self, request: bytes, frame: bytes) -> _Reading:
        words = self._words(request, frame)
        columns = self._known_columns()
        codes = set(words[columns.words :])
        if len(words) < columns.words or not all(code.isupper() for code in codes):
            raise DamagedReply(f"'{frame.decode('ascii', 'replace')}' is no whole data frame")
        if codes - HARMLESS_CODES:
            raise DeviceRefused(f"it reports {' '.join(sorted(codes - HARMLESS_CODES))}")
        flow, setpoint = (_NUMBER.fullmatch(words[i]) for i in (columns.flow, columns.setpoint))
        if flow is None or setpoint is None:
            raise DamagedReply(f"'{frame.decode('ascii', 'replace')}' has no number for the flow")
        return _Reading(
            float(flow[0]) * columns.ml_min,
            float(setpoint[0]) * columns.ml_min,
            10.0 ** -len(setpoint[1] or "") * columns.ml_min,
            words[columns.gas],
        )

    def _words(self, request: bytes, frame: bytes) -> list[str]:
        words = frame.decode("ascii", "replace").split()
        if words[-1] == "?" and len(words) <= 2:
            raise DeviceRefused("it does not know this command")
        if words[0] == "@":
            raise _Streams("a unit on this line streams; end that with '@@' and its letter")
        if words[0] != self._unit or frame == request.strip():
            raise ForeignReply(f"'{words[0]}' answered, unit {self._unit} was asked")
        return words

    def _ask_columns(self, bus: Bus) -> _Columns:
        command = COMMANDS["columns"]
        exchange = Exchange(
            (command.fill(unit=self._unit),), self._framing, self._match_line, command.timeout_s
        )
        return _columns(bus.collect(exchange, _LINES_APART_S))

    def _match_line(self, request: bytes, frame: bytes) -> str:
        self._words(request, frame)
        return frame.decode("ascii", "replace")

    def _known_columns(self) -> _Columns:
        if self._columns is None:
            raise DeviceRefused("its columns are not known; it was not identified yet")
        return self._columns


def _columns(lines: list[str]) -> _Columns:
    """Read the table that ``??D*`` gives, in its present and its older form."""
    flow = setpoint = gas = -1
    unit = ""
    count = 0
    for line in lines:
        match = _COLUMN.search(line)
        if match is None or int(match["number"]) == 0 or match["name"].startswith("*"):
            continue
        name, word = match["name"].lower(), int(match["number"]) - 1
        if name in ("error", "status"):
            continue
        count = max(count, word + 1)
        if "set" in name:
            setpoint, unit = word, (match["rest"].split() or [""])[-1]
        elif "mass" in name:
            flow = word
        elif name == "gas":
            gas = word
    if setpoint >= 0 and unit.upper() not in _ML_MIN:
        raise DeviceRefused(f"its set-point is in {unit}, no mass flow (register 122)")
    if min(flow, setpoint, gas) < 0:
        raise DeviceRefused("its data frame has no mass flow, set-point and gas that we can read")
    return _Columns(flow, setpoint, gas, count, _ML_MIN[unit.upper()])
