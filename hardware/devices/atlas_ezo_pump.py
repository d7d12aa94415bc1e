"""Atlas Scientific EZO-PMP: the dosing pump among the EZO circuits (see `atlas_ezo`).

Data sheet, "UART mode": ``D,<ml>`` dispenses, ``D,?`` tells the volume last ordered and whether it
runs (``?D,5.00,1``), ``ATV,?`` the total since it was switched on, ``X`` stops. A dose is an act:
it is sent once, whatever comes back, and what became of it is what the total says. The smallest
dose is 0.5 mL. Continuous pumping (``D,*``, ``DC``) is not used: after 20 days of it the pump
restarts itself.

Doubts: whether totals and the volume last ordered survive a loss of power is not confirmed. Both
are taken to be lost: a total that fell, or that a restart and this dose alone may have made, leaves
the dose ``unknown``. How the pump writes the volume last ordered is not confirmed either (two
decimals here; a pump that writes it differently is stopped at once, and what it gave is told). The
total counts turns of the rotor: it knows nothing of an empty bottle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

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
    "running": Command("D,?\r", "read", 0.8, "EZO-PMP, volume dispensing", "mL", tries=1),
    "total": Command("ATV,?\r", "read", 0.8, "EZO-PMP, total volume dispensed", "mL", tries=1),
    "fastest": Command("DC,?\r", "read", 0.8, "EZO-PMP p. 26", "mL/min", 0.5, 105.0),
}
_HUNDREDTHS = re.compile(r"-?\d+\.\d\d")
_RATE = re.compile(r"\d+(?:\.\d+)?")
_EXACT_ML = 0.015
"""Two totals in hundredths of a mL, subtracted."""
_POLL_S = 0.5
_PATIENCE = 2.0
"""A dose may take so many times as long as at the pump's full rate."""
_LOOKS = 3


class _State(NamedTuple):
    """The volume last ordered as the pump says it, whether it runs, and its total."""

    ordered: str
    runs: bool
    total_ml: float


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
        volume_ml = round(volume_ml, 2)
        try:
            COMMANDS["dispense"].check(volume_ml)
            before = self._look(bus)
            if before.runs:
                raise DeviceRefused("it is still giving an earlier dose")
        except (OutOfRange, HardwareError) as error:
            return Outcome("not done", f"{self.name}: {error}", 0.0)
        doubt: HardwareError | None = None
        try:
            self._do(bus, COMMANDS["dispense"], value=volume_ml)
        except HardwareError as error:
            doubt = error
        try:
            after = yield from self._at_rest(bus, volume_ml)
        except HardwareError as error:
            return Outcome("unknown", f"{self.name}: whether it was given is not known: {error}")
        return self._judge(before, after, volume_ml, doubt)

    def halt(self, bus: Bus, vessels: Collection[str]) -> None:
        """See `Device.halt`."""
        self._do(bus, COMMANDS["stop"])
        if self._asked(bus).runs:
            raise DeviceRefused("it goes on although it was told to stop")

    def counted(self, bus: Bus, vessel: str, source: str) -> Steps[Marked]:
        """See `Device.counted`."""
        yield 0.0
        return {"total_ml": self._look(bus).total_ml}

    def recall(
        self, bus: Bus, vessel: str, source: str, volume_ml: float, marked: Marked
    ) -> Steps[Outcome]:
        """See `Device.recall`; the total tells it, once the pump stands still."""
        volume_ml = round(volume_ml, 2)
        after = yield from self._at_rest(bus, volume_ml)
        before = _State("", False, float(marked["total_ml"]))
        return self._judge(before, after, volume_ml, None)

    def _judge(
        self, before: _State, after: _State, volume_ml: float, doubt: HardwareError | None
    ) -> Outcome:
        given_ml = round(after.total_ml - before.total_ml, 2)
        if abs(given_ml - volume_ml) <= _EXACT_ML:
            return Outcome("done", value=given_ml)
        said = "" if doubt is None else f" ({doubt})"
        refused = isinstance(doubt, DeviceRefused) and not isinstance(doubt, Restarted)
        if _forgotten(before.total_ml, after.total_ml, volume_ml, refused):
            lost = "its total may have been lost, so that what it gave is not known"
            return Outcome("unknown", f"{self.name}: {lost}{said}")
        reason = f"its total rose by {given_ml:g} mL, {volume_ml:g} mL were ordered"
        return Outcome("not done", f"{self.name}: {reason}{said}", given_ml)

    def _at_rest(self, bus: Bus, volume_ml: float) -> Steps[_State]:
        """Wait until it stands still; one that goes on, or heard another order, is stopped."""
        takes_s = volume_ml / self._ml_s
        until_s = bus.now() + _PATIENCE * takes_s + _POLL_S
        state = self._look(bus)
        if state.runs and state.ordered == f"{volume_ml:.2f}":
            yield takes_s
        while (state := self._look(bus)).runs:
            if state.ordered != f"{volume_ml:.2f}" or bus.now() > until_s:
                self._do(bus, COMMANDS["stop"])
            yield _POLL_S
        return state

    def _look(self, bus: Bus) -> _State:
        """The state, twice the same where it stands still: a number may have been flipped."""
        state = self._asked(bus)
        for _ in range(_LOOKS):
            again = self._asked(bus)
            if again.runs or again == state:
                return again
            state = again
        raise DamagedReply("its total changes though it stands still")

    def _asked(self, bus: Bus) -> _State:
        """Ask for the state; after any doubt the pump first proves who it is."""
        if self._sure:
            with suppress(*DOUBTS):
                return self._state(bus)
        self.identify(bus)
        return self._state(bus)

    def _state(self, bus: Bus) -> _State:
        ordered, runs = self._values(bus, "running", 2)
        (total,) = self._values(bus, "total", 1)
        if runs not in ("0", "1") or not _HUNDREDTHS.fullmatch(total):
            self._sure = False
            raise DamagedReply(f"'{ordered},{runs}' and '{total}' are no state of a pump")
        return _State(ordered, runs == "1", float(total))

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
