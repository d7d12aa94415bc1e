"""An eVOLVER unit: the boards of 16 vials on one line (FYNCH-BIO, SAMD21 firmware).

A command is ``stirr,8,8,...,_!`` (``r`` recurring, ``i`` immediate). The board that it names saves
the values and answers with an echo or with its data, ending ``end`` without a newline; only the
acknowledgement ``stira,,...,_!`` makes it act. A command with another number of fields is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

VIALS = 16
PUMPS = 3 * VIALS
COLDEST_C, HOTTEST_C = 20.0, 80.0
"""The sleeves only heat: an unpowered one takes the temperature of the room."""
_HEATER_OFF = 4095
_ANSWER_AFTER_S = 0.1
_HOLDS_LINE_S = 0.3
_BYTE_S = 10 / 9600
_LONGEST = 900
_FIELDS = {"stir": VIALS + 1, "temp": VIALS + 1, "od_90": 2, "pump": PUMPS + 1}
"""Address of each board, and how many fields its commands have; the last one is empty."""
_LEADING_INTEGER = re.compile(r"\s*([-+]?\d+)")
_LEADING_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+))")


class Calibration(Protocol):
    """A line between raw counts and a quantity (`hardware.station_spec.Linear`)."""

    def value(self, raw: float) -> float:
        """Quantity of a raw count."""
        ...

    def raw(self, value: float) -> int:
        """Nearest raw count of a quantity."""
        ...


@dataclass(frozen=True)
class Tubing:
    """What a bank of pumps is connected to.

    Attributes:
        source: Name of the bottle.
        flow_ml_s: Flow of each pump, mL/s.
    """

    source: str
    flow_ml_s: float


@dataclass
class _Pump:
    """A pump that runs ``on_s`` from its start, and again every ``every_s`` when that is not 0."""

    started_s: float
    on_s: float
    every_s: float
    counted_s: float = 0.0

    def take_run(self, now_s: float) -> float:
        """Seconds that it ran since this was last asked."""
        since_s = max(0.0, now_s - self.started_s)
        cycles, rest_s = divmod(since_s, self.every_s) if self.every_s else (0.0, since_s)
        ran_s = cycles * self.on_s + min(rest_s, self.on_s)
        new_s, self.counted_s = ran_s - self.counted_s, ran_s
        return new_s


Values: TypeAlias = tuple[str, ...]


class _Command(NamedTuple):
    """What one board understood."""

    address: str
    kind: str
    values: Values


@dataclass
class _Board:
    """One microcontroller: what it answers, and what it does once acknowledged."""

    answer: Callable[[Values, float], str]
    act: Callable[[Values, float], None]
    saved: Values | None = None


class EvolverUnit:
    """The temperature, stirring, OD (90 degree) and pump boards of one unit.

    Args:
        plant: Where the vials stand.
        vessels: Up to 16 vessel names in the order of the vials.
        temperature: Raw thermistor counts to degC.
        od: Raw photodiode counts to OD.
        stirring: Raw stirrer setting (0..98) to rpm.
        tubing: What each bank of 16 pumps (1 to 3) is connected to; a bank left out pumps nothing.
    """

    def __init__(
        self,
        plant: Plant,
        vessels: Sequence[str],
        temperature: Calibration,
        od: Calibration,
        stirring: Calibration,
        tubing: Mapping[int, Tubing],
    ) -> None:
        self._plant = plant
        self._vessels = tuple(vessels)
        self._temperature = temperature
        self._od = od
        self._stirring = stirring
        self._tubing = dict(tubing)
        self._pumps: dict[int, _Pump] = {}
        self._held: dict[str, Values] = {}
        self._heard = ""
        self._line_free_s = 0.0
        self._boards = {
            "stir": _Board(self._echo_stir, self._stir),
            "temp": _Board(self._temperatures, self._heat),
            "od_90": _Board(self._densities, lambda values, now_s: None),
            "pump": _Board(self._echo_pumps, self._pump),
        }
        plant.on_time(self.settle)

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the boards' answers."""
        self._heard += data.decode("latin-1")
        *commands, self._heard = self._heard.split("!")
        self._heard = self._heard[-_LONGEST:]
        answers = [
            self._answer(command, now_s) for heard in commands for command in _understood(heard)
        ]
        return [self._emission(one.encode("latin-1"), now_s) for one in answers if one]

    def power_cycle(self, now_s: float) -> None:
        """Lose power; pumps and stirrers stop, heaters go off, saved values are forgotten."""
        self.settle(now_s)
        self._pumps.clear()
        self._heard = ""
        for board in self._boards.values():
            board.saved = None
        self._stir(("0",) * VIALS, now_s)
        self._heat((str(_HEATER_OFF),) * VIALS, now_s)

    def settle(self, now_s: float) -> None:
        """Bring what the pumps moved until now into the vessels."""
        if not self._pumps:
            return
        for number, pump in list(self._pumps.items()):
            bank, vial = divmod(number, VIALS)
            tubing = self._tubing.get(bank + 1)
            volume_ml = pump.take_run(now_s) * (tubing.flow_ml_s if tubing else 0.0)
            if not pump.every_s and pump.counted_s >= pump.on_s:
                self._pumps.pop(number, None)
            if tubing and volume_ml > 0.0 and vial < len(self._vessels):
                self._plant.add(self._vessels[vial], volume_ml, tubing.source, now_s)

    def _answer(self, command: _Command, now_s: float) -> str:
        """Answer of a board to a command; empty when it has none."""
        address, kind, values = command
        board = self._boards[address]
        if kind in ("i", "r"):
            board.saved = values
            return f"{address}{board.answer(values, now_s)},end"
        if kind == "a" and board.saved is not None:
            board.act(board.saved, now_s)
            board.saved = None
        return ""

    def _emission(self, answer: bytes, now_s: float) -> Emission:
        """The answer once the board is ready and the board before it has let go of the line."""
        start_s = max(now_s + _ANSWER_AFTER_S, self._line_free_s)
        self._line_free_s = start_s + len(answer) * _BYTE_S + _HOLDS_LINE_S
        return Emission(start_s - now_s, answer)

    def _echo_stir(self, values: Values, now_s: float) -> str:
        return "e," + ",".join(str(_integer(value)) for value in values)

    def _stir(self, values: Values, now_s: float) -> None:
        self._hold("stirring", values, self._rpm, now_s)

    def _rpm(self, value: str) -> float:
        setting = min(max(_integer(value), 0), 98)
        return max(0.0, self._stirring.value(setting)) if setting else 0.0

    def _temperatures(self, values: Values, now_s: float) -> str:
        return self._readings("temperature", self._temperature, _HEATER_OFF, now_s)

    def _heat(self, values: Values, now_s: float) -> None:
        self._hold("temperature", values, self._reachable_c, now_s)

    def _reachable_c(self, value: str) -> float:
        return min(max(self._temperature.value(_integer(value)), COLDEST_C), HOTTEST_C)

    def _hold(
        self, channel: str, values: Values, meant: Callable[[str], float], now_s: float
    ) -> None:
        """Set a channel of all vials to what their values mean; every scan says the same again."""
        self._plant.live_on(self._vessels, now_s)
        if self._held.get(channel) != values:
            self._held[channel] = values
            for vessel, value in zip(self._vessels, values, strict=False):
                self._plant.set(vessel, channel, meant(value), now_s)

    def _densities(self, values: Values, now_s: float) -> str:
        return self._readings("od", self._od, 65535, now_s)

    def _readings(self, channel: str, line: Calibration, highest: int, now_s: float) -> str:
        shown = self._plant.read_all(self._vessels, channel, now_s)
        raw = [line.raw(value) for value in shown] + [highest] * (VIALS - len(shown))
        if min(raw) < 0 or max(raw) > highest:
            raw = [min(max(count, 0), highest) for count in raw]
        return "b," + ",".join(map(str, raw))

    def _echo_pumps(self, values: Values, now_s: float) -> str:
        return "e," + ",".join(values)

    def _pump(self, values: Values, now_s: float) -> None:
        self.settle(now_s)
        for number, value in enumerate(values):
            if value == "--" or value.count("|") > 1:  # two bars address valves, not pumps
                continue
            on, _, every = value.partition("|")
            wanted = (max(0.0, _number(on)), max(0.0, float(_integer(every))))
            running = self._pumps.get(number)
            # A recurring command that is already running goes on as it is.
            if not wanted[1] or running is None or wanted != (running.on_s, running.every_s):
                self._pumps[number] = _Pump(now_s, *wanted)


@lru_cache(maxsize=1024)
def _understood(heard: str) -> tuple[_Command, ...]:
    """What the boards understand of what was heard up to a ``!``."""
    commands = []
    for address, fields in _FIELDS.items() if heard.endswith("_") else ():
        start = heard.rfind(address)
        kind, *values = heard[start + len(address) : -1].split(",")
        if start >= 0 and len(values) == fields and values.pop() == "":
            commands.append(_Command(address, kind, tuple(values)))
    return tuple(commands)


@lru_cache(maxsize=1024)
def _integer(text: str) -> int:
    """As Arduino's ``toInt``: leading digits, or 0."""
    match = _LEADING_INTEGER.match(text)
    return int(match[1][:9]) if match else 0


def _number(text: str) -> float:
    """As Arduino's ``toFloat``: a leading number, or 0."""
    match = _LEADING_NUMBER.match(text)
    return float(match[1]) if match else 0.0
