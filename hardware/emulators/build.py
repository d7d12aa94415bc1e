"""From a station file to its emulated lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Protocol

from hardware.emulators.alicat import Alicat
from hardware.emulators.assay import Laboratory
from hardware.emulators.atlas_ezo import SensorCircuit
from hardware.emulators.atlas_ezo_pump import PumpCircuit
from hardware.emulators.cavro import Cavro
from hardware.emulators.deck import Deck
from hardware.emulators.evolver import EvolverUnit, Tubing
from hardware.emulators.gantry import Gantry
from hardware.emulators.hamilton_arc import HamiltonArc
from hardware.emulators.hamilton_ml600 import Microlab600
from hardware.emulators.ismatec import RegloIcc
from hardware.emulators.ismatec import Tube as IsmatecTube
from hardware.emulators.line import EmulatedLine, Emulator
from hardware.emulators.memory import MemoryPort
from hardware.emulators.modbus_rtu import RtuSegment
from hardware.emulators.mt_sics import MtSics
from hardware.emulators.namur import Heidolph, Ika, Julabo
from hardware.emulators.opentrons import HeaterShaker, TemperatureModule
from hardware.emulators.plant import Plant
from hardware.emulators.plunger import Stroke
from hardware.emulators.variables import Held, MemoryVariables
from hardware.emulators.watson_marlow import DuPump, WatsonMarlowLine
from hardware.emulators.watson_marlow import Tube as WatsonMarlowTube
from hardware.port import MemoryPort as Port
from hardware.specs import (
    AlicatSpec,
    ArcSpec,
    AtlasEzoSpec,
    DeviceModel,
    EvolverSpec,
    HeaterShakerSpec,
    IsmatecSpec,
    LiquidHandlerSpec,
    NamurSpec,
    OpcUaSpec,
    PioreactorSpec,
    PyLabRobotSpec,
    TemperatureModuleSpec,
    WatsonMarlowSpec,
)
from hardware.specs.liquid_handler import CavroSpec, Ml600Spec, Psd4Spec, SyringePumpSpec
from hardware.specs.variables import Variable
from hardware.station_spec import StationSpec

_GASES = {"air": "Air", "oxygen": "O2", "nitrogen": "N2", "carbon-dioxide": "CO2"}
_MARGIN_MM = 20.0


@dataclass(frozen=True)
class Bench:
    """An emulated station.

    Attributes:
        lines: Each serial port's line with its devices.
        servers: What stands at each port that carries variables instead of bytes.
        plant: The vessels.
        decks: The deck of each liquid handler that is our own, by the arm's name.
        robots: What makes the emulated robot of each that is PyLabRobot's.
        laboratory: Measures the samples on the deck's plates.
    """

    lines: dict[str, EmulatedLine]
    plant: Plant
    decks: dict[str, Deck]
    laboratory: Laboratory
    servers: dict[str, MemoryVariables]
    robots: dict[str, Callable[[], Any]]

    def ports(self) -> dict[str, Port]:
        """A port in memory to each line and server, by the name in the station file."""
        return {**{name: MemoryPort(line) for name, line in self.lines.items()}, **self.servers}


def emulate(spec: StationSpec, plant: Plant) -> Bench:
    """Stand up the devices of a station around a plant that has its vessels.

    Args:
        spec: The station file.
        plant: Cultures by the vessel names of the station.
    """
    plant.warm_up()
    devices: dict[str, list[Emulator]] = {name: [] for name in spec.ports}
    arcs: dict[str, dict[int, HamiltonArc]] = {}
    servers: dict[str, MemoryVariables] = {}
    for device in spec.devices:
        if isinstance(device, ArcSpec):  # all sensors of a line hear each other
            arcs.setdefault(device.port, {}).update(_arcs(device, spec, plant))
        elif isinstance(device, OpcUaSpec | PioreactorSpec):
            servers[device.port] = MemoryVariables(plant, dict(_variables(device)))
        else:
            make = MAKERS[type(device)]
            devices[device.port].append(make(device, spec.vessels_of(device), plant))
    for port, sensors in arcs.items():
        devices[port].append(RtuSegment(sensors))
    decks: dict[str, Deck] = {}
    robots: dict[str, Callable[[], Any]] = {}
    for name, arm in spec.arms.items():
        if isinstance(arm, PyLabRobotSpec):
            # One robot, however often a program comes to it: what was used up stays so.
            robots[name] = cache(partial(_robot, arm, spec.vessels_of(arm), plant))
        else:
            decks[name] = _arm(arm, spec.vessels_of(arm), plant, devices)
    lines = {
        name: EmulatedLine(devices[name], port.baud, port.frame)
        for name, port in spec.ports.items()
        if name not in servers
    }
    return Bench(lines, plant, decks, Laboratory(plant), servers, robots)


def _arcs(device: ArcSpec, spec: StationSpec, plant: Plant) -> dict[int, HamiltonArc]:
    return {
        address: HamiltonArc(plant, vessel, device.reads, address, device.word_order)
        for address, vessel in zip(device.addresses, spec.vessels_of(device), strict=True)
    }


def _variables(device: OpcUaSpec | PioreactorSpec) -> Iterator[tuple[str, Held]]:
    maps: tuple[Mapping[str, Mapping[Any, Variable]], ...] = (device.nodes, device.set_points)
    for settable, mapped in zip((False, True), maps, strict=True):
        for vessel, channels in mapped.items():
            for channel, variable in channels.items():
                held = Held(vessel, channel, variable.slope, variable.offset, settable)
                yield variable.node, held


def _alicat(device: AlicatSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    return Alicat(plant, vessels, device.unit, _GASES[device.gas], device.full_scale)


def _evolver(device: EvolverSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    calibration = device.calibration
    tubing = {pump.pump: Tubing(source, pump.flow / 3600) for source, pump in device.pumps.items()}
    return EvolverUnit(
        plant, vessels, calibration.temperature, calibration.od, calibration.stirring, tubing
    )


def _ezo(device: AtlasEzoSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    if device.source is not None:
        return PumpCircuit(plant, vessels[0], device.source)
    return SensorCircuit(plant, vessels[0], device.circuit)


def _namur(device: NamurSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    if device.maker == "julabo":
        return Julabo(plant, vessels)
    make = Ika if device.maker == "ika" else Heidolph
    return make(plant, vessels) if device.name is None else make(plant, vessels, device.name)


def _heater_shaker(spec: HeaterShakerSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    return HeaterShaker(plant, vessels, spec.serial or "HSV01")


def _temperature_module(
    spec: TemperatureModuleSpec, vessels: tuple[str, ...], plant: Plant
) -> Emulator:
    return TemperatureModule(plant, vessels, spec.serial or "TDV01")


def _ismatec(device: IsmatecSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    tubes = {
        number: IsmatecTube(channel.vessel, channel.source, channel.direction == "clockwise")
        for number, channel in device.channels.items()
    }
    return RegloIcc(plant, tubes)


def _watson_marlow(device: WatsonMarlowSpec, vessels: tuple[str, ...], plant: Plant) -> Emulator:
    pumps = []
    for number, pump in device.pumps.items():
        clockwise = pump.direction == "clockwise"
        tube = WatsonMarlowTube(pump.vessel, pump.source, pump.revolution, clockwise)
        pumps.append(DuPump(number, plant, tube, device.pulses))
    return WatsonMarlowLine(pumps)


MAKERS: Mapping[type[DeviceModel], Callable[[Any, tuple[str, ...], Plant], Emulator]] = (
    MappingProxyType(
        {
            HeaterShakerSpec: _heater_shaker,
            TemperatureModuleSpec: _temperature_module,
            AlicatSpec: _alicat,
            EvolverSpec: _evolver,
            AtlasEzoSpec: _ezo,
            NamurSpec: _namur,
            IsmatecSpec: _ismatec,
            WatsonMarlowSpec: _watson_marlow,
        }
    )
)
"""The emulator of each family, from its model, its vessels and the plant."""


class SyringePump(Emulator, Protocol):
    """An emulator that moves liquid over time."""

    def settle(self, now_s: float) -> None:
        """Move the liquid that the plunger has moved until now."""
        ...


def _cavro(spec: CavroSpec, stroke: Stroke) -> SyringePump:
    return Cavro(spec.address, spec.syringe, spec.steps, stroke)


def _psd4(spec: Psd4Spec, stroke: Stroke) -> SyringePump:
    steps = {"0": 3000, "1": 24_000}
    return Cavro(spec.address, spec.syringe, steps["0"], stroke, ("dt",), (2, 5800), steps)


def _ml600(spec: Ml600Spec, stroke: Stroke) -> SyringePump:
    return Microlab600(spec.address, spec.syringe, stroke)


SYRINGE_PUMPS: Mapping[type[SyringePumpSpec], Callable[[Any, Stroke], SyringePump]] = (
    MappingProxyType({CavroSpec: _cavro, Psd4Spec: _psd4, Ml600Spec: _ml600})
)
"""The emulator of each syringe pump, from its part of the station file and what moves liquid."""


def _robot(handler: PyLabRobotSpec, vessels: tuple[str, ...], plant: Plant) -> Any:
    from hardware.emulators.pylabrobot import EmulatedRobot

    return EmulatedRobot(handler, vessels, plant)


def _arm(
    handler: LiquidHandlerSpec,
    vessels: tuple[str, ...],
    plant: Plant,
    devices: dict[str, list[Emulator]],
) -> Deck:
    balance = handler.balance
    deck = Deck(handler.deck, vessels, plant, balance.place if balance else None)
    if balance is not None:
        serial = balance.serial or "B123456789"
        devices[balance.port].append(MtSics(deck.on_balance, serial))
    far_x, far_y, high_z = deck.extent()
    pump = SYRINGE_PUMPS[type(handler.pump)](handler.pump, deck.stroke)
    plant.on_time(pump.settle)
    gantry = Gantry(
        limits=(
            (0.0, far_x + _MARGIN_MM),
            (0.0, far_y + _MARGIN_MM),
            (0.0, max(high_z, handler.gantry.travel_z) + _MARGIN_MM),
        ),
        speeds=(handler.gantry.speed, handler.gantry.speed, handler.gantry.lift_speed),
        before_move=deck.settle,
    )
    deck.needle = gantry.position
    devices[handler.gantry.port].append(gantry)
    devices[handler.pump.port].append(pump)
    return deck
