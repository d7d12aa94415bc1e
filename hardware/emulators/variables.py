"""A server of named variables in memory, over the vessels of a plant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hardware.emulators.plant import Plant
from hardware.errors import DeviceRefused

_TAKES_S = 0.002


class Held(NamedTuple):
    """What a variable stands for.

    Attributes:
        vessel: Name of the vessel.
        channel: What of it.
        slope: Channel units per unit of the server.
        offset: In channel units.
        set_point: Whether writing it sets the channel.
    """

    vessel: str
    channel: str
    slope: float
    offset: float
    set_point: bool


class MemoryVariables:
    """A `hardware.variables.VariablePort` on virtual time; each question takes 2 ms.

    Args:
        plant: Whose vessels these are.
        variables: What the server has, by name.
    """

    def __init__(self, plant: Plant, variables: Mapping[str, Held]) -> None:
        self._plant = plant
        self._variables = dict(variables)
        self._set: dict[str, float] = {}
        self._now_s = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(self._variables)

    def settable(self, name: str) -> bool:
        """Whether a variable is a set-point."""
        return self._variables[name].set_point

    def begin(self, now_s: float) -> None:
        """See `hardware.port.MemoryPort.begin`."""
        self._now_s = max(self._now_s, now_s)

    def now(self) -> float:
        """Seconds of this port's clock."""
        return self._now_s

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def write(self, data: bytes) -> None:
        """Variables are no bytes."""
        raise TypeError("this port carries variables, no bytes")

    def read_some(self, deadline_s: float) -> bytes:
        """Let time pass; no byte ever comes."""
        self._now_s = max(self._now_s, deadline_s)
        return b""

    def drop_input(self) -> None:
        """Nothing comes unasked."""

    def check(self, names: Sequence[str]) -> None:
        """Whether these variables are there."""
        for name in names:
            self._held(name)

    def get(self, name: str, within_s: float) -> float:
        """The sensor's value, or the set-point that was written last."""
        held = self._held(name)
        if held.set_point and name in self._set:
            return self._set[name]
        value = self._plant.read(held.vessel, held.channel, self._now_s)
        return (value - held.offset) / held.slope

    def put(self, name: str, value: float) -> None:
        """Set a channel."""
        held = self._held(name)
        if not held.set_point:
            raise DeviceRefused(f"'{name}' cannot be written")
        self._set[name] = value
        actual = held.offset + held.slope * value
        self._plant.set(held.vessel, held.channel, actual, self._now_s)

    def _held(self, name: str) -> Held:
        self._now_s += _TAKES_S
        if name not in self._variables:
            raise DeviceRefused(f"the server has no '{name}'")
        return self._variables[name]
