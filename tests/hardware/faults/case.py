"""What the fault matrix knows of a family: a small station with it, and how its bytes look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hardware.emulators.faults import Dialect
from hardware.station_spec import StationSpec

LINE = {"url": "socket://127.0.0.1:4001"}
VESSELS = {"rows": 1, "kind": "2mag-10mL", "volume": {"low": "6 mL", "high": "14 mL"}}


@dataclass(frozen=True)
class Case:
    """One row of the matrix.

    Attributes:
        name: The family, with its protocol where it has several.
        ports: Ports of the station file.
        parts: The rest of the station file: devices, liquid handler.
        line: The port that goes wrong.
        dialect: The protocol's part of a fault.
        checked: Whether each frame carries a checksum, so that a flipped bit is seen.
        statement: What a flipped bit can do here and what bounds it, for the table's page.
        resolution: Half the smallest step of a channel on the wire, in the channel's unit.
        settings: Range to set a channel in.
        timeout_s: The longest time-out of a common command.
        dose_ml: Volume of one dose, where the family doses.
        trace_ml: By how much an outcome may differ from what was really given.
        weighs: Whether doses are weighed.
        vessels: How many there are.
        shared: Whether they all have the same conditions.
        patience_s: An operation that takes longer hangs.
    """

    name: str
    parts: Mapping[str, Any]
    line: str
    statement: str
    ports: Mapping[str, Any]
    dialect: Dialect = field(default_factory=Dialect)
    checked: bool = False
    resolution: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    timeout_s: float = 0.3
    dose_ml: float = 0.05
    trace_ml: float = 4e-4
    weighs: bool = False
    vessels: int = 2
    shared: bool = False
    patience_s: float = 120.0

    @cached_property
    def spec(self) -> StationSpec:
        """The station file, read once."""
        ports = {name: LINE | port for name, port in self.ports.items()}
        vessels = VESSELS | {"columns": self.vessels}
        file = {"station": 1, "name": self.name, "vessels": vessels, "ports": ports, "devices": []}
        return StationSpec.model_validate(file | self.parts)
