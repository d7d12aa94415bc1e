"""Atlas Scientific EZO-PMP: the dosing pump among the EZO circuits (see `atlas_ezo`).

Data sheet, "UART mode": ``D,<ml>`` dispenses, ``ATV,?`` tells the total since it was switched on,
``X`` stops. A dose is an act: it is sent once, whatever comes back, and what became of it is what
the total says. A pump that heard another number than it was told is found out when the dose should
be over, and stopped within 0.4 s (0.7 mL at 105 mL/min); what it gave is told. The question
``D,?`` (volume last ordered, and whether it runs) is not asked: one flipped bit makes an order of
7 mL (``D,7``) of it. The smallest dose is 0.5 mL. Continuous pumping (``D,*``, ``DC``) is not used:
after 20 days of it the pump restarts itself.

Doubts: whether totals survive a loss of power is not confirmed. They are taken to be lost: a total
that fell, or that a restart and this dose alone may have made, leaves the dose ``unknown``. The
total counts turns of the rotor: it knows nothing of an empty bottle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from math import inf
from typing import Final

from hardware.bus import Bus
from hardware.devices.atlas_ezo import DOUBTS, Circuit, Restarted
from hardware.devices.device import Command, OutOfRange
from hardware.errors import DamagedReply, DeviceRefused, HardwareError
from hardware.marks import Marked
from hardware.outcome import Outcome
from hardware.runner import Steps
from hardware.specs import AtlasEzoSpec

COMMANDS: Final[Mapping[str, Command]] = {
    "dispense": Command(
        "D,{value:.2f}\r", "act", 0.8, "EZO-PMP, volume dispensing", "mL", 0.5, 1000.0, tries=1
    ),
    "stop": Command("X\r", "set", 0.8, "EZO-PMP, stop dispensing"),
    "total": Command("ATV,?\r", "read", 0.8, "EZO-PMP, total volume dispensed", "mL", tries=1),
    "fastest": Command("DC,?\r", "read", 0.8, "EZO-PMP p. 26", "mL/min", 0.5, 105.0),
}
_HUNDREDTHS = re.compile(r"-?\d+\.\d\d")
_RATE = re.compile(r"\d+(?:\.\d+)?")
_EXACT_ML = 0.015
"""Two totals in hundredths of a mL, subtracted."""
_POLL_S = 0.1
_VISIBLE_ML = 0.03
"""What a pump that runs gives at least between two looks at its total."""
_STOPS_S = 10.0
_PATIENCE = 2.0
"""A dose may take so many times as long as at the pump's full rate."""
_LOOKS = 3


class EzoPump(Circuit):
    """One pump that brings one source to one vessel.

    Args:
        spec: Its line of the station file.
        vessels: The one vessel at the end of its tube.
    """

    def __init__(self, spec: AtlasEzoSpec, vessels: tuple[str, ...]) -> None:
        super().__init__(spec, vessels, "pmp")
        self.sources = spec.brings
        self._ml_s = 0.0

    def pump(self, bus: Bus, vessel: str, source: str, volume_ml: float) -> Steps[Outcome]:
        """Dispense once; returns when the pump has stopped and has been asked for its total."""
        volume_ml = self.given_ml(source, volume_ml)
        try:
            COMMANDS["dispense"].check(volume_ml)
            before_ml = yield from self._steady(bus)
            if before_ml is None:
                raise DeviceRefused("it is still giving an earlier dose")
        except (OutOfRange, HardwareError) as error:
            return Outcome("not done", f"{self.name}: {error}", 0.0)
        doubt: HardwareError | None = None
        begun_s = bus.now()
        try:
            self._do(bus, COMMANDS["dispense"], value=volume_ml)
        except HardwareError as error:
            doubt = error
        try:
            yield max(0.0, begun_s + (volume_ml + _VISIBLE_ML) / self._ml_s - bus.now())
            after_ml = yield from self._at_rest(bus, before_ml, volume_ml)
        except HardwareError as error:
            return Outcome("unknown", f"{self.name}: whether it was given is not known: {error}")
        return self._judge(before_ml, after_ml, volume_ml, doubt)

    def given_ml(self, source: str, volume_ml: float) -> float:
        """See `Device.given_ml`: hundredths of a millilitre are sent."""
        return round(volume_ml, 2)

    def halt(self, bus: Bus, vessels: Collection[str]) -> Steps[None]:
        """See `Device.halt`."""
        self._do(bus, COMMANDS["stop"])
        if (yield from self._steady(bus)) is None:
            raise DeviceRefused("it goes on although it was told to stop")

    def counted(self, bus: Bus, vessel: str, source: str) -> Steps[Marked]:
        """See `Device.counted`."""
        total_ml = yield from self._steady(bus)
        if total_ml is None:
            raise DeviceRefused(f"{self.name} is still giving an earlier dose")
        return {"total_ml": total_ml}

    def recall(
        self, bus: Bus, vessel: str, source: str, volume_ml: float, marked: Marked
    ) -> Steps[Outcome]:
        """See `Device.recall`; the total tells it, once the pump stands still."""
        volume_ml = self.given_ml(source, volume_ml)
        before_ml = float(marked["total_ml"])
        after_ml = yield from self._at_rest(bus, before_ml, volume_ml)
        return self._judge(before_ml, after_ml, volume_ml, None)

    def _judge(
        self, before_ml: float, after_ml: float, volume_ml: float, doubt: HardwareError | None
    ) -> Outcome:
        given_ml = round(after_ml - before_ml, 2)
        if abs(given_ml - volume_ml) <= _EXACT_ML:
            return Outcome("done", value=given_ml)
        said = "" if doubt is None else f" ({doubt})"
        refused = isinstance(doubt, DeviceRefused) and not isinstance(doubt, Restarted)
        if _forgotten(before_ml, after_ml, volume_ml, refused):
            lost = "its total may have been lost, so that what it gave is not known"
            return Outcome("unknown", f"{self.name}: {lost}{said}")
        reason = f"its total rose by {given_ml:g} mL, {volume_ml:g} mL were ordered"
        return Outcome("not done", f"{self.name}: {reason}{said}", given_ml)

    def _at_rest(self, bus: Bus, before_ml: float, volume_ml: float) -> Steps[float]:
        """Its total once it stands still, mL; one that gives too much or too long is stopped."""
        until_s = bus.now() + _PATIENCE * volume_ml / self._ml_s
        most_ml = before_ml + volume_ml + _EXACT_ML
        while (total_ml := (yield from self._steady(bus, most_ml))) is None:
            if bus.now() > until_s + _STOPS_S:
                raise DeviceRefused("it goes on although it was told to stop")
            if bus.now() > until_s:
                self._do(bus, COMMANDS["stop"])
        return total_ml

    def _steady(self, bus: Bus, most_ml: float = inf) -> Steps[float | None]:
        """Its total when two in a row agree, mL; None for a pump that runs.

        One whose total is beyond ``most_ml`` heard another number than it was told; it is stopped.
        """
        former_ml = self._total(bus)
        for _ in range(_LOOKS):
            if former_ml > most_ml:
                self._do(bus, COMMANDS["stop"])
            yield max(_POLL_S, _VISIBLE_ML / self._ml_s)
            total_ml = self._total(bus)
            if total_ml == former_ml:
                return total_ml
            former_ml = total_ml
        return None

    def _total(self, bus: Bus) -> float:
        """Ask for the total; after any doubt the pump first proves who it is."""
        if self._sure:
            with suppress(*DOUBTS):
                return self._asked_total(bus)
        self.identify(bus)
        return self._asked_total(bus)

    def _asked_total(self, bus: Bus) -> float:
        (total,) = self._values(bus, "total", 1)
        if not _HUNDREDTHS.fullmatch(total):
            self._sure = False
            raise DamagedReply(f"'{total}' is no total of a pump")
        return float(total)

    def _values(self, bus: Bus, name: str, count: int) -> list[str]:
        values = self._ask(bus, COMMANDS[name])
        if len(values) != count:
            raise DamagedReply(f"'{','.join(values)}' has not {count} values")
        return values

    def _set_up(self, bus: Bus) -> None:
        (rate,) = self._values(bus, "fastest", 1)
        if not _RATE.fullmatch(rate) or float(rate) < COMMANDS["fastest"].low:
            raise DamagedReply(f"'{rate}' is no rate in mL/min")
        self._ml_s = float(rate) / 60.0


def _forgotten(before_ml: float, after_ml: float, volume_ml: float, refused: bool) -> bool:
    """Whether the pump may have started anew meanwhile, so that its total proves nothing.

    A restart leaves a total that counts at most this dose.
    """
    if after_ml < before_ml:
        return True
    if refused:
        return False
    if after_ml == before_ml:
        return before_ml == 0.0 or abs(after_ml - volume_ml) <= _EXACT_ML
    return before_ml > 0.0 and after_ml <= volume_ml + _EXACT_ML
