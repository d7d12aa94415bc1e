"""Hotplates and circulators with NAMUR commands, each maker's in its own dialect.

What they do to their vessels goes through the plant; what they measure comes from there.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

ROOM_C = 22.0
_TURNAROUND_S = 0.02
_LONGEST = 80
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_IKA = {"1": "temperature", "2": "temperature", "4": "stirring"}
_IKA_SAFE = {"OUT_SP_12": "temperature", "OUT_SP_42": "stirring"}
_HEIDOLPH = {"IN_PV_1": "temperature", "IN_PV_3": "temperature", "IN_PV_5": "stirring"}
_HEIDOLPH_WANTED = {"SP_1": "temperature", "SP_3": "stirring"}
_HEIDOLPH_DRIVES = {"1": "temperature", "2": "stirring"}


class Plate:
    """Heater and stirrer under some vessels.

    Args:
        plant: Where the vessels stand.
        vessels: All of them get the same.
    """

    def __init__(self, plant: Plant, vessels: Sequence[str]) -> None:
        self.heats = self.stirs = False
        self.wanted = {"temperature": ROOM_C, "stirring": 0.0}
        self._plant = plant
        self._vessels = tuple(vessels)

    def measure(self, channel: str, now_s: float) -> float:
        """What the first vessel has: degC or rpm."""
        return self._plant.read(self._vessels[0], channel, now_s)

    def drive(self, channel: str, now_s: float) -> None:
        """Let the vessels have what is wanted, or nothing from a drive that is off."""
        on = self.heats if channel == "temperature" else self.stirs
        off = ROOM_C if channel == "temperature" else 0.0
        value = self.wanted[channel] if on else off
        for vessel in self._vessels:
            self._plant.set(vessel, channel, value, now_s)

    def switch(self, channel: str, on: bool, now_s: float) -> None:
        """Switch a drive on or off."""
        if channel == "temperature":
            self.heats = on
        else:
            self.stirs = on
        self.drive(channel, now_s)

    def reset(self, now_s: float) -> None:
        """Switch both drives off and forget the set-points."""
        self.wanted = {"temperature": ROOM_C, "stirring": 0.0}
        for channel in self.wanted:
            self.switch(channel, False, now_s)

    def want(self, channel: str, value: float, now_s: float) -> None:
        """Change a set-point; a drive that is on follows it."""
        self.wanted[channel] = value
        self.drive(channel, now_s)


class _Talker(ABC):
    """Lines in, lines out; a dialect says what is answered."""

    end = "\r\n"

    def __init__(self, plant: Plant, vessels: Sequence[str], name: str) -> None:
        self.plate = Plate(plant, vessels)
        self._name = name
        self._heard = ""

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers, where a command has one."""
        self._heard += data.decode("latin-1").replace("\n", "")
        *lines, self._heard = self._heard.split("\r")
        self._heard = self._heard[-_LONGEST:]
        answers = [self._answer(line.split(), now_s) for line in lines if line.strip()]
        return [
            Emission(_TURNAROUND_S, f"{answer}{self.end}".encode("ascii"))
            for answer in answers
            if answer is not None
        ]

    def power_cycle(self, now_s: float) -> None:
        """Lose power: both drives are off afterwards, and the set-points as from the factory."""
        self._heard = ""
        self.plate.reset(now_s)

    @abstractmethod
    def _answer(self, words: list[str], now_s: float) -> str | None:
        """What is answered to a line of words; None where nothing is."""


class Ika(_Talker):
    """An RCT-like hotplate: channel 1 (and 2) temperature, 4 speed; its watchdog really bites.

    Args:
        plant: Where the vessels stand.
        vessels: Vessels on it.
        name: What it calls itself.

    Attributes:
        fired: Number of the watchdog mode that has fired, 0 for none.
        keeps_set_points: Whether they outlive a loss of power, as its operating mode has it.
    """

    end = " \r\n"
    keeps_set_points = False

    def __init__(self, plant: Plant, vessels: Sequence[str], name: str = "RCT digital") -> None:
        super().__init__(plant, vessels, name)
        self.fired = 0
        self._error = 0
        self._mode = 0
        self._bites_at_s = self._guard_s = 0.0
        self._safe = {"temperature": 0.0, "stirring": 0.0}
        plant.on_time(self.settle)

    def settle(self, now_s: float) -> None:
        """Let the watchdog bite when its time was over."""
        if not self._mode or now_s <= self._bites_at_s:
            return
        self.fired, self._mode = self._mode, 0
        for channel, value in self._safe.items():
            if self.fired == 2:
                self.plate.want(channel, value, self._bites_at_s)
            else:
                self.plate.switch(channel, False, self._bites_at_s)

    def power_cycle(self, now_s: float) -> None:
        """See `_Talker.power_cycle`; the watchdog is off."""
        self.settle(now_s)
        self._mode = self.fired = self._error = 0
        wanted = dict(self.plate.wanted)
        super().power_cycle(now_s)
        if self.keeps_set_points:
            self.plate.wanted = wanted

    def _answer(self, words: list[str], now_s: float) -> str | None:
        self.settle(now_s)
        head, value = words[0], words[1] if len(words) == 2 else ""
        if head == "IN_NAME":
            return self._name
        if head == "STATUS":
            error, self._error = self._error, 0
            return str(error) if error else "S0"
        if "@" in head:
            command, _, value = head.partition("@")
            return self._safety(command, value, now_s)
        verb, _, number = head.rpartition("_")
        channel = _IKA.get(number, "")
        if verb in ("IN_PV", "IN_SP") and channel:
            shown = self.plate.wanted[channel]
            if verb == "IN_PV":
                shown = self.plate.measure(channel, now_s)
            return f"{shown:.1f} {number}"
        self._error = 0 if head == "RESET" else self._do(verb, channel, value, now_s)
        return None

    def _do(self, verb: str, channel: str, value: str, now_s: float) -> int:
        """Obey a command that answers nothing; gives its error."""
        if not channel:
            return -84
        if verb in ("START", "STOP"):
            self.plate.switch(channel, verb == "START", now_s)
            return 0
        highest = 310.0 if channel == "temperature" else 2000.0
        if verb != "OUT_SP" or not _NUMBER.fullmatch(value) or not 0 <= float(value) <= highest:
            return -86
        self.plate.want(channel, float(value), now_s)
        return 0

    def _safety(self, head: str, value: str, now_s: float) -> str | None:
        """The commands of the watchdog, which repeat their value."""
        if not _NUMBER.fullmatch(value):
            return None
        number = float(value)
        if head in _IKA_SAFE:
            self._safe[_IKA_SAFE[head]] = number
        elif head == "OUT_WD2" and number == 0:
            self._mode = self.fired = 0
        elif head in ("OUT_WD1", "OUT_WD2") and 20 <= number <= 1500:
            self._mode, self._bites_at_s = int(head[-1]), now_s + number
        else:
            return None
        return value


class Heidolph(_Talker):
    """An MR Hei-Connect in its new protocol (``PA_NEW``): answers begin with the command."""

    def __init__(
        self, plant: Plant, vessels: Sequence[str], name: str = "MR Hei-Connect 1.3"
    ) -> None:
        super().__init__(plant, vessels, name)
        self._new = False

    def power_cycle(self, now_s: float) -> None:
        """See `_Talker.power_cycle`; the old protocol is back."""
        self._new = False
        super().power_cycle(now_s)

    def _answer(self, words: list[str], now_s: float) -> str | None:
        head, value = words[0], words[1] if len(words) == 2 else ""
        self._new |= head == "PA_NEW"
        if not self._new:
            return None
        if head in ("PA_NEW", "STATUS", "SW_VERS"):
            return {"PA_NEW": head, "STATUS": "STATUS 1", "SW_VERS": self._name}[head]
        if head in _HEIDOLPH:
            return f"{head} {self.plate.measure(_HEIDOLPH[head], now_s):.1f}"
        way, _, rest = head.partition("_")
        if way == "IN" and rest in _HEIDOLPH_WANTED:
            return f"{head} {self.plate.wanted[_HEIDOLPH_WANTED[rest]]:.0f}"
        if way == "OUT" and rest in _HEIDOLPH_WANTED and _NUMBER.fullmatch(value):
            self.plate.want(_HEIDOLPH_WANTED[rest], round(float(value)), now_s)
            return f"{head} {value}"
        if way in ("START", "STOP") and rest in _HEIDOLPH_DRIVES:
            self.plate.switch(_HEIDOLPH_DRIVES[rest], way == "START", now_s)
            return head
        return None


class Julabo(_Talker):
    """A circulator: one temperature, bare values, settings answer nothing."""

    def __init__(
        self,
        plant: Plant,
        vessels: Sequence[str],
        name: str = "JULABO MAGIO MS-1000F VERSION 1.1.2",
    ) -> None:
        super().__init__(plant, vessels, name)
        self._error = ""

    def _answer(self, words: list[str], now_s: float) -> str | None:
        head, value = words[0].upper(), words[1] if len(words) == 2 else ""
        if head in ("IN_PV_00", "IN_PV_02"):
            return f"{self.plate.measure('temperature', now_s):.2f}"
        if head == "STATUS":
            error, self._error = self._error, ""
            return error or ("03 REMOTE START" if self.plate.heats else "02 REMOTE STOP")
        told = {
            "VERSION": self._name,
            "IN_SP_00": f"{self.plate.wanted['temperature']:.2f}",
            "IN_MODE_05": str(int(self.plate.heats)),
        }
        if head in told:
            return told[head]
        if head == "OUT_MODE_05" and value in ("0", "1"):
            self.plate.switch("temperature", value == "1", now_s)
        elif head == "OUT_SP_00" and _NUMBER.fullmatch(value):
            if -30 <= float(value) <= 200:
                self.plate.want("temperature", float(value), now_s)
            else:
                self._error = "-13 VALUE EXCEEDS TEMPERATURE LIMITS"
        else:
            self._error = "-08 INVALID COMMAND"
        return None
