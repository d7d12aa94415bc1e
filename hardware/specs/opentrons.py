"""The station file's models of Opentrons modules that vessels stand on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hardware.specs.base import DeviceModel


class _ModuleSpec(DeviceModel):
    """A module; all its vessels have the same conditions."""

    serial: str | None = Field(default=None, description="its number, checked when opened")

    characters_a_scan = 60

    def readings_a_scan(self, vessels: int) -> int:
        """See `DeviceModel.readings_a_scan`; one reading serves all vessels."""
        return 1


class HeaterShakerSpec(_ModuleSpec):
    """An Opentrons heater-shaker; ``stirring`` is the speed it shakes with."""

    family: Literal["opentrons-heater-shaker"]

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({"temperature", "stirring"})

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset({"temperature", "stirring"})


class TemperatureModuleSpec(_ModuleSpec):
    """An Opentrons temperature module: heats and cools."""

    family: Literal["opentrons-temperature"]

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({"temperature"})

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset({"temperature"})
