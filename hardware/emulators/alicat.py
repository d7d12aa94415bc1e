"""An Alicat mass-flow controller on its ASCII line (one letter addresses one of up to 26)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import floor, fsum, inf

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

GASES = {
    0: "Air", 1: "Ar", 2: "CH4", 3: "CO", 4: "CO2", 5: "C2H6",
    6: "H2", 7: "He", 8: "N2", 9: "N2O", 10: "Ne", 11: "O2",
}  # fmt: skip
_OXYGEN_PERCENT = {"Air": 20.95, "O2": 100.0}
_TURNAROUND_S = 0.005
_LONGEST = 80
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_COMMAND = re.compile(
    r"(?P<set>S) ?(?P<setpoint>\S+)|G ?(?P<gas>\d+)|(?P<legacy>\d+)|@[ =](?P<unit>[A-Z@])"
)
_REGISTER = re.compile(r"R(?P<read>\d{1,3})|W(?P<write>\d{1,3})=(?P<value>\d{1,5})")
_STREAMS, _CONTROLS = 91, 122
"""Registers: milliseconds between two frames of a stream, and what the set-point is of."""
_CONTROL = {34: ("Abs Press", "PSIA"), 36: ("Volu Flow", "CCM"), 37: ("Mass Flow", "SCCM")}
_LEGACY_FULL_SCALE = 64000
"""A bare integer after the letter is an old-style set-point: a share of the full scale."""


class Alicat:
    """One controller; its flow is split evenly over its vessels.

    Args:
        plant: Where the gas goes.
        vessels: Vessels it feeds.
        unit: Its letter.
        gas: Name of the gas it is set to (Alicat's names: Air, N2, CO2, O2, ...).
        full_scale_ml_min: Largest set-point, standard mL/min.

    Attributes:
        codes: Status codes that stand at the end of each data frame (``MOV``, ``HLD``, ...).
    """

    def __init__(
        self,
        plant: Plant,
        vessels: Sequence[str],
        unit: str,
        gas: str = "Air",
        full_scale_ml_min: float = 10_000.0,
    ) -> None:
        self.codes: tuple[str, ...] = ()
        self._plant = plant
        self._vessels = tuple(vessels)
        self._unit = unit
        self._gas = gas
        self._full_scale = full_scale_ml_min
        self._decimals = 2 if full_scale_ml_min < 1000 else 1 if full_scale_ml_min < 10_000 else 0
        self._setpoint: float | None = None
        self._registers = {_STREAMS: 50, _CONTROLS: 37}
        self._streams_from_s = 0.0
        self._heard = ""

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers to the lines that begin with this unit's letter."""
        self._heard += data.decode("latin-1")
        *lines, self._heard = self._heard.split("\r")
        self._heard = self._heard[-_LONGEST:]
        replies = [
            self._answer(line[1:].upper(), now_s)
            for line in lines
            if line[:1].upper() == self._unit
        ]
        return [Emission(_TURNAROUND_S, reply.encode("ascii")) for reply in replies]

    def speaks_at(self, after_s: float) -> float:
        """See `Talker.speaks_at`; data frames, while its letter is ``@``."""
        if self._unit != "@":
            return inf
        every_s = self._registers[_STREAMS] / 1000
        passed_s = max(after_s - self._streams_from_s, 0.0)
        return self._streams_from_s + (floor(passed_s / every_s + 1e-6) + 1) * every_s

    def say(self, at_s: float) -> bytes:
        """See `Talker.say`."""
        return self._frame(at_s).encode("ascii")

    def power_cycle(self, now_s: float) -> None:
        """Lose power; the valve closes and the set-point is 0 afterwards."""
        self._heard = ""
        self._flow(0.0, now_s)

    def _answer(self, command: str, now_s: float) -> str:
        if command == "":
            return self._frame(now_s)
        if command == "??D*":
            return self._table(self._columns())
        if command == "??M*":
            return self._table(_MANUFACTURER)
        if command == "VE":
            return f"{self._unit}   10v20.0-R24 Jan  9 2025,15:04:07\r"
        if register := _REGISTER.fullmatch(command):
            return self._register(register)
        match = _COMMAND.fullmatch(command)
        if match is None or not self._change(match, now_s):
            return "?\r"
        return self._frame(now_s)

    def _change(self, match: re.Match[str], now_s: float) -> bool:
        """Obey a set-point, gas or renaming command; False when its value is impossible."""
        if match["set"]:
            number = _NUMBER.fullmatch(match["setpoint"])
            return number is not None and self._flow(float(number[0]), now_s)
        if match["legacy"]:
            share = int(match["legacy"][:9]) / _LEGACY_FULL_SCALE
            return self._flow(share * self._full_scale, now_s)
        if match["gas"]:
            return self._select(int(match["gas"][:9]), now_s)
        self._unit, self._streams_from_s = match["unit"], now_s
        return True

    def _register(self, match: re.Match[str]) -> str:
        """Read or write one of the few registers that are known."""
        number = int(match["read"] or match["write"])
        value = int(match["value"] or 0)
        if number not in self._registers or (number == _CONTROLS and value not in (0, *_CONTROL)):
            return "?\r"
        if value:
            self._registers[number] = value
        return f"{self._unit}   {number:03d} = {self._registers[number]}\r"

    def _flow(self, setpoint: float, now_s: float) -> bool:
        if not 0.0 <= setpoint <= self._full_scale:
            return False
        self._setpoint = setpoint
        if self._registers[_CONTROLS] != 37:  # it keeps a pressure or a volume flow instead
            return True
        for vessel in self._vessels:
            self._plant.set(vessel, "gas_flow", setpoint / len(self._vessels), now_s)
        return True

    def _select(self, number: int, now_s: float) -> bool:
        if number not in GASES:
            return False
        self._gas = GASES[number]
        for vessel in self._vessels:
            oxygen = _OXYGEN_PERCENT.get(self._gas, 0.0)
            self._plant.set(vessel, "oxygen", oxygen, now_s)
        return True

    def _frame(self, now_s: float) -> str:
        flow = fsum(self._plant.read_all(self._vessels, "gas_flow", now_s))
        setpoint = flow if self._setpoint is None else self._setpoint
        shown = " ".join(f"{value:+08.{self._decimals}f}" for value in (flow, flow, setpoint))
        codes = "".join(f" {code}" for code in self.codes)
        return f"{self._unit} +014.70 +025.00 {shown} {self._gas:>6}{codes}\r"

    def _columns(self) -> list[str]:
        width = f"8/{self._decimals}"
        flow = f"s decimal     {width} 012 {self._decimals:02d} SCCM"
        controlled, unit = _CONTROL[self._registers[_CONTROLS]]
        return [
            "D00 ID_ NAME______________________ TYPE_______ WIDTH NOTES___________________",
            "D01 700 Unit ID                    string          1",
            "D02 002 Abs Press                  s decimal     7/2 010 02 PSIA",
            "D03 003 Flow Temp                  s decimal     7/2 002 02 `C",
            f"D04 004 Volu Flow                  {flow.replace('SCCM', 'CCM')}",
            f"D05 005 Mass Flow                  {flow}",
            f"D06 037 {controlled} Setpt            {flow.replace('SCCM', unit)}",
            "D07 703 Gas                        string          6",
            *(
                f"D{number:02d} 702 *Status                    string          3 {code}"
                for number, code in enumerate(("HLD", "MOV", "OPL", "OVR", "TOV", "VOV"), 8)
            ),
        ]

    def _table(self, lines: Sequence[str]) -> str:
        return "".join(f"{self._unit} {line}\r" for line in lines)


_MANUFACTURER = (
    "M00 Alicat Scientific",
    "M01 www.example.com",
    "M02 Ph   555-000-0000",
    "M03 info@example.com",
    "M04 Model Number MC-10SLPM-D (emulated)",
    "M05 Serial Number 123456",
    "M06 Date Manufactured 01/01/2021",
    "M07 Date Calibrated   02/01/2021",
    "M08 Calibrated By     ACS",
    "M09 Software Revision 10v20.0-R24",
)
