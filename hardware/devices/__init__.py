"""The drivers, one family a file, and which of them a line of the station file asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from hardware.devices.alicat import Alicat
from hardware.devices.atlas_ezo import EzoSensor
from hardware.devices.atlas_ezo_pump import EzoPump
from hardware.devices.device import Device
from hardware.devices.evolver import Evolver
from hardware.devices.hamilton_arc import HamiltonArc
from hardware.devices.namur import Namur
from hardware.devices.opentrons import HeaterShaker, TemperatureModule
from hardware.specs import (
    AlicatSpec,
    ArcSpec,
    AtlasEzoSpec,
    DeviceModel,
    EvolverSpec,
    HeaterShakerSpec,
    NamurSpec,
    TemperatureModuleSpec,
)

Maker: TypeAlias = Callable[[Any, tuple[str, ...], float], Iterator[Device]]
"""Takes a device's model, its vessels and the seconds of one character on its line."""


def _arcs(spec: ArcSpec, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    for address, vessel in zip(spec.addresses, vessels, strict=True):
        yield HamiltonArc(spec, address, vessel, character_s)


def _alicat(spec: AlicatSpec, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    yield Alicat(spec, vessels, character_s)


def _evolver(spec: EvolverSpec, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    yield Evolver(spec, vessels)


def _ezo(spec: AtlasEzoSpec, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    yield (EzoPump if spec.circuit == "pump" else EzoSensor)(spec, vessels)


def _namur(spec: NamurSpec, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    yield Namur(spec, vessels)


def _heater_shaker(
    spec: HeaterShakerSpec, vessels: tuple[str, ...], character_s: float
) -> Iterator[Device]:
    yield HeaterShaker(spec, vessels)


def _temperature_module(
    spec: TemperatureModuleSpec, vessels: tuple[str, ...], character_s: float
) -> Iterator[Device]:
    yield TemperatureModule(spec, vessels)


MAKERS: Mapping[type[DeviceModel], Maker] = MappingProxyType(
    {
        HeaterShakerSpec: _heater_shaker,
        TemperatureModuleSpec: _temperature_module,
        ArcSpec: _arcs,
        AlicatSpec: _alicat,
        EvolverSpec: _evolver,
        AtlasEzoSpec: _ezo,
        NamurSpec: _namur,
    }
)


def drivers(spec: DeviceModel, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    """The drivers of one line of the station file.

    Args:
        spec: The line.
        vessels: Vessels it names, in order.
        character_s: Seconds one character takes on its port.
    """
    yield from MAKERS[type(spec)](spec, vessels, character_s)
