"""The rows of the fault matrix; a new family is one more `Case` in one of these files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.hardware.faults import conditions, pumps, sensors
from tests.hardware.faults.case import Case

CASES: Mapping[str, Case] = MappingProxyType(
    {case.name: case for part in (sensors, conditions, pumps) for case in part.cases()}
)
