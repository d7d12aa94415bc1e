"""Atlas Scientific EZO circuits in UART mode, as they come from the factory: readings every second.

A command ends with a carriage return and is case-insensitive; a circuit takes its time over it,
answers line by line, and closes with ``*OK`` or ``*ER`` where response codes are on. In continuous
mode its readings come whether it is asked something or not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from math import ceil, floor, inf

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

_LONGEST = 60
_COMMAND_S = 0.3
_BOOT_S = 0.5
_SUPPLY_V = "5.038"
_DECIMALS = {"mg": 2, "%": 1}
_MG_L_AT_SATURATION = 6.7
"""Oxygen in water under air at 37 degC, mg/L."""

Lines = list[str] | None
"""The data of an answer; None where the circuit does not take the command."""


class Circuit(ABC):
    """What all circuits share.

    Args:
        plant: Where its vessel stands.
        vessel: Its vessel.
        label: What it calls itself.
        firmware: Its version.

    Attributes:
        fault: A code such as ``*UV`` that it sends before each answer; empty when it is well.
    """

    def __init__(self, plant: Plant, vessel: str, label: str, firmware: str) -> None:
        self.fault = ""
        self._plant = plant
        self._vessel = vessel
        self._identity = f"{label},{firmware}"
        self._every_s = 1
        self._codes = True
        self._asleep = False
        self._why = "P"
        self._heard = ""
        self._thinks_until_s = 0.0
        self._commands: dict[str, Callable[[str, float], Lines]] = {
            "i": lambda value, now_s: [f"?i,{self._identity}"],
            "status": lambda value, now_s: [f"?Status,{self._why},{_SUPPLY_V}"],
            "c": self._continuous,
            "*ok": self._response_codes,
        }

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers, and the readings that come while it thinks."""
        if self._asleep and data:
            self._asleep = False
            self._heard = ""
            return [Emission(0.01, b"*WA\r")]
        self._heard += data.decode("latin-1")
        *commands, self._heard = self._heard.split("\r")
        self._heard = self._heard[-_LONGEST:]
        emissions: list[Emission] = []
        ready_s = 0.0
        for command in filter(None, map(str.strip, commands)):
            emissions += self._obey(command.lower(), ready_s, now_s)
            ready_s = emissions[-1].delay_s if emissions else ready_s
        self._thinks_until_s = max(self._thinks_until_s, now_s + ready_s)
        return emissions

    def speaks_at(self, after_s: float) -> float:
        """See `Talker.speaks_at`; what falls into its thinking comes with its answer."""
        if not self._every_s or self._asleep:
            return inf
        after_s = max(after_s, self._thinks_until_s)
        return (floor(after_s / self._every_s) + 1) * float(self._every_s)

    def say(self, at_s: float) -> bytes:
        """See `Talker.say`."""
        return f"{self.reading(at_s)}\r".encode("ascii") if self.reports(at_s) else b""

    def restart(self, now_s: float, why: str = "P") -> list[Emission]:
        """Lose power (``P``) or sink under its voltage (``B``) and come up as from the factory."""
        self._every_s, self._asleep, self._heard, self._why = 1, False, "", why
        self._thinks_until_s = now_s + _BOOT_S
        return [Emission(0.0, b"*RS\r"), Emission(_BOOT_S, b"*RE\r")]

    def power_cycle(self, now_s: float) -> None:
        """Lose power, without anybody to hear what is said of it."""
        self.restart(now_s)

    @abstractmethod
    def reading(self, now_s: float) -> str:
        """What ``R`` answers."""

    @property
    @abstractmethod
    def reading_takes_s(self) -> float:
        """Seconds that a reading takes."""

    def reports(self, now_s: float) -> bool:
        """Whether continuous mode has something to say now."""
        return True

    def _obey(self, command: str, ready_s: float, now_s: float) -> list[Emission]:
        """Answer to one command that is begun ``ready_s`` after now."""
        takes_s = self.reading_takes_s if command == "r" else _COMMAND_S
        unasked = self._unasked(now_s + ready_s, now_s + ready_s + takes_s)
        if command == "sleep":
            self._asleep = True
            return [Emission(ready_s + takes_s, b"*OK\r*SL\r")]
        lines = self._answer(command, now_s + ready_s + takes_s)
        closing = ["*ER"] if lines is None else ["*OK"] if self._codes else []
        whole = [*([self.fault] if self.fault else []), *(lines or []), *closing]
        answer = "".join(f"{line}\r" for line in whole).encode("ascii")
        delayed = [Emission(at_s - now_s, f"{said}\r".encode()) for at_s, said in unasked]
        return [*delayed, Emission(ready_s + takes_s, answer)] if answer else delayed

    def _unasked(self, from_s: float, to_s: float) -> Sequence[tuple[float, str]]:
        if not self._every_s:
            return []
        first = ceil(from_s / self._every_s)
        times = [n * float(self._every_s) for n in range(first, ceil(to_s / self._every_s))]
        return [(at_s, self.reading(at_s)) for at_s in times if self.reports(at_s)]

    def _answer(self, command: str, now_s: float) -> Lines:
        if command == "r":
            return [self.reading(now_s)]
        name, _, value = command.partition(",")
        act = self._commands.get(name)
        return act(value, now_s) if act is not None else None

    def _continuous(self, value: str, now_s: float) -> Lines:
        if value == "?":
            return [f"?C,{self._every_s}"]
        if not value.isdigit() or int(value) > 99:
            return None
        self._every_s = int(value)
        return []

    def _response_codes(self, value: str, now_s: float) -> Lines:
        if value == "?":
            return [f"?*OK,{int(self._codes)}"]
        if value not in ("0", "1"):
            return None
        self._codes = value == "1"
        return []


class SensorCircuit(Circuit):
    """A pH, DO or RTD circuit in a vessel.

    Args:
        plant: Where its vessel stands.
        vessel: The vessel.
        kind: ``ph``, ``do`` or ``rtd``.

    Attributes:
        outputs: What a DO circuit sends, of ``mg`` and ``%``; always in this order.
        probe: Whether a probe is connected.
    """

    def __init__(self, plant: Plant, vessel: str, kind: str) -> None:
        labels = {"ph": ("pH", "2.16"), "do": ("D.O.", "1.98"), "rtd": ("RTD", "2.01")}
        super().__init__(plant, vessel, *labels[kind])
        self.outputs = ["mg"]
        self.probe = True
        self._kind = kind
        self._compensated = "25.0" if kind == "ph" else "20.0"
        if kind == "rtd":
            self._commands["s"] = self._scale
        else:
            self._commands["t"] = self._compensate
        if kind == "do":
            self._commands["o"] = self._output

    def restart(self, now_s: float, why: str = "P") -> list[Emission]:
        """See `Circuit.restart`; the temperature compensation is forgotten."""
        self._compensated = "25.0" if self._kind == "ph" else "20.0"
        return super().restart(now_s, why)

    @property
    def reading_takes_s(self) -> float:
        """See `Circuit.reading_takes_s`."""
        return 0.9 if self._kind == "ph" else 0.6

    def reading(self, now_s: float) -> str:
        """See `Circuit.reading`."""
        if self._kind == "rtd":
            degrees = self._plant.read(self._vessel, "temperature", now_s)
            return f"{degrees if self.probe else -1023.0:.3f}"
        value = self._plant.read(self._vessel, self._kind, now_s)
        if self._kind == "ph":
            return f"{min(max(value, 0.001), 14.0):.3f}"
        amounts = {"mg": max(value, 0.0) * _MG_L_AT_SATURATION / 100, "%": max(value, 0.0)}
        parts = [f"{amounts[part]:.{_DECIMALS[part]}f}" for part in ("mg", "%")
                 if part in self.outputs]  # fmt: skip
        return ",".join(parts) or "no output"

    def _compensate(self, value: str, now_s: float) -> Lines:
        if value == "?":
            return [f"?T,{self._compensated}"]
        if not value.replace(".", "", 1).isdigit():
            return None
        self._compensated = value
        return []

    def _scale(self, value: str, now_s: float) -> Lines:
        return ["?S,c"] if value == "?" else [] if value == "c" else None

    def _output(self, value: str, now_s: float) -> Lines:
        if value == "?":
            return ["?,O," + ",".join(part for part in ("%", "mg") if part in self.outputs)]
        part, _, on = value.partition(",")
        if part not in _DECIMALS or on not in ("0", "1"):
            return None
        others = [output for output in self.outputs if output != part]
        self.outputs = [*others, part] if on == "1" else others
        return []
