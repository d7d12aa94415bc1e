"""What every family is to the station: probes to read, settings to apply, an identity to check."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from hardware.bus import Bus, Effect
from hardware.marks import Marked
from hardware.outcome import Outcome
from hardware.runner import Steps

Setting: TypeAlias = tuple[str, str]
"""Vessel and channel."""
_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})


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


class Device(ABC):
    """A device of the station that serves vessels; a family says what it adds to this.

    Attributes:
        name: Family and address, such as ``hamilton-arc 3``.
        vessels: Vessels it serves.
        probes: What it measures.
        controls: Channels that it can set.
        shared: Whether a setting reaches all its vessels, as on one gas line.
        sources: Reagents that pumps of its own bring to its vessels.
        gap_s: Silence that it needs before a request.
        checked: Whether its replies carry a checksum; where not, jumps are asked again.
        alone: Whether it is known to be the only device on its line; the station says so.
    """

    name: str
    vessels: tuple[str, ...]
    probes: tuple[Probe, ...] = ()
    controls: frozenset[str] = frozenset()
    shared: bool = False
    sources: tuple[str, ...] = ()
    gap_s: float = 0.0
    checked: bool = False
    alone: bool = False

    @abstractmethod
    def identify(self, bus: Bus) -> None:
        """Check that it is there and is what the station file says.

        Raises:
            HardwareError: It is not.
        """

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Set several channels of several vessels.

        Raises:
            HardwareError: What was set before it is not known.
        """
        return dict.fromkeys(settings, Outcome("not done", f"{self.name} sets nothing"))

    def forgotten(self, bus: Bus) -> Mapping[str, str]:
        """Channels that are no more as they were set, and how that shows, in a clause.

        Asked in each scan: a device whose power failed while its line stayed does not tell. One
        that cannot show what it is set to is told it again here, where that is harmless.

        Raises:
            HardwareError: It could not be asked.
        """
        return {}

    def pump(
        self, bus: Bus, vessel: str, source: str, volume_ml: float
    ) -> Outcome | Steps[Outcome]:
        """Bring a volume to a vessel; the outcome's value is what it got, mL.

        A dose that takes long is a job in steps, so that something more urgent can pass.

        Raises:
            HardwareError: Whether it was given is not known.
        """
        return Outcome("not done", f"{self.name} has no pump for {source}", 0.0)

    def given_ml(self, source: str, volume_ml: float) -> float:
        """What it gives when it is told to give a volume, at the most; devices count in steps."""
        return volume_ml

    def halt(self, bus: Bus, vessels: Collection[str]) -> Steps[None] | None:
        """Stop what its pumps bring to vessels; harmless where nothing runs.

        Raises:
            HardwareError: It is not certain that they stand still.
        """
        return None

    def counted(self, bus: Bus, vessel: str, source: str) -> Steps[Marked]:
        """What the pump itself has counted so far; empty where it counts nothing that lasts.

        Raises:
            HardwareError: It could not be asked.
        """
        yield 0.0
        return {}

    def recall(
        self, bus: Bus, vessel: str, source: str, volume_ml: float, marked: Marked
    ) -> Steps[Outcome]:
        """What became of a dose that was under way when the program ended.

        Args:
            bus: Its bus.
            vessel: Where the dose went.
            source: What it was of.
            volume_ml: How much was ordered.
            marked: What the pump had `counted` before it.

        Raises:
            HardwareError: It could not be asked.
        """
        yield 0.0
        return Outcome("unknown", f"{self.name} does not keep what it has given")

    def arm_watchdog(
        self, bus: Bus, seconds: float, safe: Mapping[str, float] = _NOTHING
    ) -> float | None:
        """Have the device itself go to a safe state when it is not told this again in time.

        Said once when the line is opened and again in each scan, which feeds the watchdog.

        Args:
            bus: Its bus.
            seconds: How long it may hear nothing; the device takes the nearest time that it can.
            safe: Channel to safe value, in the channel's unit; outputs of a channel that is not
                among these are switched off.

        Returns:
            Seconds after which it goes safe; None when the device has no watchdog.

        Raises:
            HardwareError: It is not certain that the watchdog is armed.
        """
        return None

    def disarm(self, bus: Bus) -> None:  # noqa: B027 (most devices have no watchdog)
        """End the watchdog, for a line that is closed in good order.

        Raises:
            HardwareError: It is not certain that the watchdog ended.
        """
