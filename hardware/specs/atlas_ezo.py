"""The station file's model of Atlas Scientific EZO circuits: one circuit on each port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from hardware.specs.base import DeviceModel, Location
from quantities import Temperature

CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {"ph": "ph", "do": "do", "rtd": "temperature"}
)
"""What each measuring circuit measures."""


class AtlasEzoSpec(DeviceModel):
    """An EZO circuit in UART mode (pH, dissolved oxygen, RTD temperature, or the dosing pump)."""

    family: Literal["atlas-ezo"]
    circuit: Literal["ph", "do", "rtd", "pump"]
    source: str | None = Field(default=None, description="what the pump brings; pump only")
    broth: Temperature | None = Field(
        default=None,
        description="temperature that pH or DO is compensated to; as it is set if absent",
    )

    # A reading of pH and its proof take 1.2 s: as long as 1200 characters at 9600 baud.
    characters_a_scan = 1200

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({CHANNELS[self.circuit]} if self.circuit in CHANNELS else ())

    @property
    def brings(self) -> tuple[str, ...]:
        """See `DeviceModel.brings`."""
        return () if self.source is None else (self.source,)

    def readings_a_scan(self, vessels: int) -> int:
        """See `DeviceModel.readings_a_scan`; the pump is asked only about doses."""
        return 0 if self.circuit == "pump" else 1

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        if len(vessels) != 1:
            yield ("vessels",), f"an EZO circuit serves one vessel, not {len(vessels)}"
        if (self.circuit == "pump") != (self.source is not None):
            yield ("source",), "a pump, and only a pump, names the source that it brings"
        if self.broth is not None and self.circuit not in ("ph", "do"):
            yield ("broth",), "only pH and DO are compensated for temperature"
