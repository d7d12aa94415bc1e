"""The station file's model of NAMUR hotplates, stirrers and circulators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from hardware.specs.base import DeviceModel, Location

CAN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ika": ("temperature", "stirring"),
        "heidolph": ("temperature", "stirring"),
        "julabo": ("temperature",),
    }
)
"""Channels that each maker's devices have."""


class NamurSpec(DeviceModel):
    """A hotplate, stirrer or circulator on its own line; one setting reaches all its vessels.

    Write its port's frame in quotes, "7E1": without them it is the number 70.
    """

    family: Literal["namur"]
    maker: Literal["ika", "heidolph", "julabo"]
    channels: list[Literal["temperature", "stirring"]] | None = Field(
        default=None, description="what it serves; all that its maker's devices have if absent"
    )
    probe: Literal["external", "internal"] = Field(
        default="external", description="a probe in the broth, or the plate's or bath's own"
    )
    name: str | None = Field(default=None, description="what it must call itself; checked at start")

    characters_a_scan = 50

    @property
    def serves(self) -> tuple[str, ...]:
        """Channels that it measures and sets."""
        return CAN[self.maker] if self.channels is None else tuple(self.channels)

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset(self.serves)

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset(self.serves)

    def readings_a_scan(self, vessels: int) -> int:
        """See `DeviceModel.readings_a_scan`; a reading and a look at its setting a channel."""
        return 4 * len(self.serves) + 1

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        for channel in self.serves:
            if channel not in CAN[self.maker]:
                yield ("channels",), f"a {self.maker} device does not do {channel}"
        if not self.serves or len(set(self.serves)) < len(self.serves):
            yield ("channels",), "name each channel once, and at least one"
