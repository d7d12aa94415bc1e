"""The station file's model of Hamilton Arc sensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from hardware.specs.base import Addresses, Claim, DeviceModel, Location


class ArcSpec(DeviceModel):
    """Hamilton Arc sensors on one RS-485 line: addresses and vessels pair up in order."""

    family: Literal["hamilton-arc"]
    reads: Literal["ph", "do"]
    addresses: Addresses
    word_order: Literal["low-first", "high-first"] = "low-first"

    characters_a_scan = 30

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({self.reads})

    def claims(self, vessels: tuple[str, ...]) -> Iterator[Claim]:
        """See `DeviceModel.claims`."""
        for address in self.addresses:
            yield ("address", self.port, str(address)), f"address {address} on '{self.port}'"
        for vessel in vessels:
            yield ("channel", vessel, self.reads), f"{self.reads} of vessel {vessel}"

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        if len(vessels) != len(self.addresses):
            yield (
                ("addresses",),
                f"{len(self.addresses)} addresses cannot pair with {len(vessels)} vessels",
            )
        if not all(1 <= address <= 32 for address in self.addresses):
            yield ("addresses",), "Arc addresses go from 1 to 32"
