"""The drivers, one family a file, and which of them a line of the station file asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from hardware.devices.alicat import Alicat
from hardware.devices.atlas_ezo import EzoSensor
from hardware.devices.atlas_ezo_pump import EzoPump
from hardware.devices.cavro import CavroPump
from hardware.devices.device import Device
from hardware.devices.evolver import Evolver
from hardware.devices.hamilton_arc import HamiltonArc
from hardware.devices.hamilton_ml600 import Ml600Pump
from hardware.devices.hamilton_psd4 import Psd4Pump
from hardware.devices.ismatec import IsmatecChannel
from hardware.devices.namur import Namur
from hardware.devices.opentrons import HeaterShaker, TemperatureModule
from hardware.devices.syringe_pump import SyringePump
from hardware.devices.variables import Variables
from hardware.devices.watson_marlow import WatsonMarlow
from hardware.specs import (
    AlicatSpec,
    ArcSpec,
    AtlasEzoSpec,
    DeviceModel,
    EvolverSpec,
    HeaterShakerSpec,
    IsmatecSpec,
    NamurSpec,
    OpcUaSpec,
    PioreactorSpec,
    TemperatureModuleSpec,
    WatsonMarlowSpec,
)
from hardware.specs.liquid_handler import CavroSpec, Ml600Spec, Psd4Spec, SyringePumpSpec

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


def _variables(
    spec: OpcUaSpec | PioreactorSpec, vessels: tuple[str, ...], character_s: float
) -> Iterator[Device]:
    yield Variables(spec, vessels)


def _ismatec(spec: IsmatecSpec, vessels: tuple[str, ...], character_s: float) -> Iterator[Device]:
    for number, channel in spec.channels.items():
        yield IsmatecChannel(number, channel)


def _watson_marlow(
    spec: WatsonMarlowSpec, vessels: tuple[str, ...], character_s: float
) -> Iterator[Device]:
    for number, pump in spec.pumps.items():
        yield WatsonMarlow(number, pump, spec.pulses, character_s)


MAKERS: Mapping[type[DeviceModel], Maker] = MappingProxyType(
    {
        IsmatecSpec: _ismatec,
        WatsonMarlowSpec: _watson_marlow,
        OpcUaSpec: _variables,
        PioreactorSpec: _variables,
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


SYRINGE_PUMPS: Mapping[type[SyringePumpSpec], Callable[[Any], SyringePump]] = MappingProxyType(
    {CavroSpec: CavroPump, Psd4Spec: Psd4Pump, Ml600Spec: Ml600Pump}
)


def syringe_pump_driver(spec: SyringePumpSpec) -> SyringePump:
    """The driver of the liquid handler's syringe pump.

    Args:
        spec: Its part of the station file.
    """
    return SYRINGE_PUMPS[type(spec)](spec)
