"""What every family is to the station: probes to read, settings to apply, an identity to check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from hardware.bus import Bus, Effect
from hardware.outcome import Outcome

Setting: TypeAlias = tuple[str, str]
"""Vessel and channel."""


class OutOfRange(ValueError):
    """A setting that the device cannot take; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Command:
    """One row of a family's table of text commands.

    Attributes:
        template: What is sent, with fields in braces.
        effect: ``read``, ``set`` or ``act``.
        timeout_s: Until the whole answer is here, wire time included.
        manual: Where it is written.
        unit: Of the number it carries.
        low: Least number.
        high: Greatest number.
        settle_s: Until the device has done it.
        tries: How often it is sent at most.
    """

    template: str
    effect: Effect
    timeout_s: float
    manual: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    settle_s: float = 0.0
    tries: int = 2

    def fill(self, **fields: object) -> bytes:
        """The bytes to send."""
        return self.template.format(**fields).encode("ascii")

    def check(self, number: float) -> None:
        """Whether the device takes a number.

        Raises:
            OutOfRange: It does not.
        """
        if not self.low <= number <= self.high:
            raise OutOfRange(
                f"{number:g} is outside {self.low:g} to {self.high:g} {self.unit}".rstrip()
            )


class Probe(NamedTuple):
    """One thing to ask a device in each scan.

    Attributes:
        channel: What it measures.
        vessels: For which vessels.
        measure: Asks; gives one value for all these vessels, or one for each.
    """

    channel: str
    vessels: tuple[str, ...]
    measure: Callable[[Bus], float | Sequence[float]]


class Device(Protocol):
    """A device of the station that serves vessels."""

    @property
    def name(self) -> str:
        """Family and address, such as ``hamilton-arc 3``."""
        ...

    @property
    def vessels(self) -> tuple[str, ...]:
        """Vessels it serves."""
        ...

    @property
    def controls(self) -> frozenset[str]:
        """Channels that it can set."""
        ...

    @property
    def probes(self) -> tuple[Probe, ...]:
        """What it measures."""
        ...

    @property
    def gap_s(self) -> float:
        """Silence that it needs before a request."""
        ...

    def identify(self, bus: Bus) -> None:
        """Check that it is there and is what the station file says.

        Raises:
            HardwareError: It is not.
        """
        ...

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Set several channels of several vessels.

        Raises:
            HardwareError: What was set before it is not known.
        """
        ...
