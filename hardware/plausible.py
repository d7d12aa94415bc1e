"""Readings that nothing on the wire protects are believed only when they are plausible or repeated.

Where a protocol has no checksum, a bit flipped inside a number makes another good number. Such a
reading differs from the one before; one that jumps by more than its channel's step is therefore
asked again, until two answers in a row agree, and only then passed on. What a flipped bit can
still do is change a reading by less than a step, or hide a true jump for one scan by telling the
old value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from hardware.bus import Bus
from hardware.errors import DamagedReply

Reading: TypeAlias = float | Sequence[float]
_QUESTIONS = 3
"""How often a reading that jumped is asked again at most."""


class Step(NamedTuple):
    """By how much a reading may differ from the one before without being asked again.

    Attributes:
        absolute: In the channel's unit.
        relative: Share of the value, on top.
    """

    absolute: float
    relative: float = 0.0

    def of(self, value: float) -> float:
        """The step at a value, in the channel's unit."""
        return self.absolute + self.relative * abs(value)

    @property
    def said(self) -> str:
        """In words, without the unit."""
        relative = f" + {100 * self.relative:g} %" if self.relative else ""
        return f"{self.absolute:g}{relative}"


STEPS: Final[Mapping[str, Step]] = MappingProxyType(
    {
        "temperature": Step(1.0),
        "ph": Step(0.2),
        "do": Step(10.0),
        "od": Step(0.1, 0.1),
        "stirring": Step(25.0, 0.05),
        "gas_flow": Step(2.0, 0.05),
        "oxygen": Step(2.0),
    }
)
"""Larger than what a culture or a sensor's noise does from one scan to the next."""


class Confirmed:
    """A measurement that asks again where the answer jumps.

    Args:
        channel: What is measured.
        measure: Asks the device; gives one value, or always the same number of values.
    """

    def __init__(self, channel: str, measure: Callable[[Bus], Reading]) -> None:
        self._channel = channel
        self._step = STEPS[channel]
        self._measure = measure
        self._last: tuple[float, ...] = ()

    def __call__(self, bus: Bus) -> Reading:
        """Ask once, or until two answers in a row agree; see the module.

        Raises:
            DamagedReply: They do not.
            HardwareError: The device gave none.
        """
        reading = self._measure(bus)
        values = _flat(reading)
        if not self._alike(values, self._last):
            reading = self._repeated(bus, values)
            values = _flat(reading)
        self._last = values
        return reading

    def _repeated(self, bus: Bus, said: tuple[float, ...]) -> Reading:
        told = [said]
        for _ in range(_QUESTIONS):
            reading = self._measure(bus)
            told.append(_flat(reading))
            if self._alike(told[-1], told[-2]):
                return reading
            bus.health.doubted += 1
        odd = self._near(told[-1], told[-2]).index(False)
        text = ", then ".join(f"{values[odd]:g}" for values in told)
        raise DamagedReply(f"{self._channel} was {text}: none of these is believed")

    def _alike(self, values: tuple[float, ...], before: tuple[float, ...]) -> bool:
        return len(values) == len(before) and all(self._near(values, before))

    def _near(self, values: tuple[float, ...], before: tuple[float, ...]) -> list[bool]:
        step = self._step.of
        return [abs(value - last) <= step(last) for value, last in zip(values, before, strict=True)]


def _flat(reading: Reading) -> tuple[float, ...]:
    return (reading,) if isinstance(reading, float | int) else tuple(reading)
