"""Readings that nothing on the wire protects are believed only when they are plausible or repeated.

Where a protocol has no checksum, a bit flipped inside a number makes another good number. Such a
reading differs from the one before; one that jumps by more than its channel's step is therefore
asked a second time, and only a value that comes twice, or one near the last, is passed on. What a
flipped bit can still do is change a reading by less than a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from hardware.bus import Bus
from hardware.errors import DamagedReply

Reading: TypeAlias = float | Sequence[float]


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
        """Ask once, or twice; see the module.

        Raises:
            DamagedReply: Two readings in a row are neither alike nor near the last one.
            HardwareError: The device gave none.
        """
        reading = self._measure(bus)
        values = _flat(reading)
        if not self._last or not all(map(self._near, values, self._last)):
            first, reading = values, self._measure(bus)
            values = _flat(reading)
            if not all(map(self._near, values, first)):
                bus.health.doubted += 1
                self._agree(first, values)
        self._last = values
        return reading

    def _agree(self, first: tuple[float, ...], second: tuple[float, ...]) -> None:
        for i, (one, other) in enumerate(zip(first, second, strict=True)):
            before = self._last[i] if self._last else float("nan")
            if not (self._near(other, one) or self._near(other, before)):
                raise DamagedReply(
                    f"{self._channel} was {one:g}, asked again {other:g}; neither is believed"
                )

    def _near(self, value: float, before: float) -> bool:
        return abs(value - before) <= self._step.of(before)


def _flat(reading: Reading) -> tuple[float, ...]:
    return tuple(reading) if isinstance(reading, Sequence) else (reading,)
