"""The station file's model of an Alicat mass-flow controller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from hardware.specs.base import Claim, DeviceModel
from quantities import GasFlow


class AlicatSpec(DeviceModel):
    """An Alicat mass-flow controller; its flow is split evenly over its vessels."""

    family: Literal["alicat"]
    unit: str = Field(pattern=r"^[A-Z]$")
    gas: Literal["air", "oxygen", "nitrogen", "carbon-dioxide"] = "air"
    full_scale: GasFlow = Field(default="10 L/min", gt=0, validate_default=True)

    characters_a_scan = 40

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({"gas_flow"})

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset({"gas_flow"})

    def readings_a_scan(self, vessels: int) -> int:
        """See `DeviceModel.readings_a_scan`; one flow serves all vessels."""
        return 1

    def claims(self, vessels: tuple[str, ...]) -> Iterator[Claim]:
        """See `DeviceModel.claims`."""
        yield ("address", self.port, self.unit), f"unit {self.unit} on '{self.port}'"
        for vessel in vessels:
            yield ("channel", vessel, "gas_flow"), f"gas_flow of vessel {vessel}"
