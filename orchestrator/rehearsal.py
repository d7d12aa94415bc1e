"""A night rehearsed: the same engine on virtual time, with cultures in silico."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hardware import Bus, InlineRunner, Station
from hardware.direct import DirectStation
from hardware.emulators import Bench, Laboratory, Plant, emulate
from orchestrator.engine.clock import Clock, run_on_virtual_time
from twin import Culture, Reagent, Start, VesselPhysics, vessel_physics

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec
    from orchestrator.night import Night, Watcher
    from orchestrator.protocol import Culture as Procedure
    from orchestrator.protocol import Organism
    from orchestrator.protocol import Reagent as ReagentSpec

_AIR_OXYGEN_PERCENT = 20.95


_INOCULUM_CV = 0.03
_MEDIUM_CV = 0.01
_KLA_CV = 0.05
SPREAD_TOLD = (
    f"Vessels differ by chance in inoculum ({_INOCULUM_CV:.0%}), glucose in the medium "
    f"({_MEDIUM_CV:.0%}) and oxygen transfer ({_KLA_CV:.0%}, standard deviations; unverified), "
    "so that repeated runs scatter."
)
"""What the report says of the spread between equal vessels; ours, set to look plausible."""


def rehearse(
    night: Night, records: Path, seed: int, on_progress: Watcher, *, wires: bool = True
) -> Laboratory:
    """Run a night on virtual time against emulated devices.

    Args:
        night: What is to be done.
        records: File to be made; the same seed makes the same file content.
        seed: For sensor noise and the laboratory's errors.
        on_progress: Told after each scan.
        wires: Whether drivers and emulated devices speak over emulated lines, as the night will;
            without them the engine meets the plant itself, in a fraction of the time.

    Returns:
        The emulated laboratory, which holds the samples that were drawn.
    """
    plant = plant_for(night, seed)
    bench = emulate(night.station, plant)

    async def on_virtual_time() -> None:
        await night.conduct(
            records,
            _over_wires(night.station, bench) if wires else DirectStation(night.station, plant),
            Clock.virtual(asyncio.get_running_loop()),
            durable=False,
            seed=seed,
            on_progress=on_progress,
        )

    run_on_virtual_time(on_virtual_time())
    return bench.laboratory


def _over_wires(spec: StationSpec, bench: Bench) -> Station:
    loop = asyncio.get_running_loop()
    runners = {name: InlineRunner(Bus(port), loop) for name, port in bench.ports().items()}
    return Station.build(spec, runners, bench.robots)


def plant_for(night: Night, seed: int) -> Plant:
    """Fill every vessel of a station as the protocol starts it.

    Args:
        night: The protocol, the station and the run sheet; a vessel that no run uses starts as
            the protocol's base procedure says.
        seed: For the spread between vessels and the sensors' noise.

    Returns:
        The plant, at time zero.
    """
    physics = vessel_physics(night.station.vessels.kind)
    procedures = night.procedures()
    cultures = {
        vessel: _spread_culture(
            night.protocol.organism,
            _start(procedures.get(vessel, night.protocol.culture)),
            physics,
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,))),
        )
        for number, vessel in enumerate(night.station.vessels.names)
    }
    reagents = {name: _reagent(name, spec) for name, spec in night.protocol.reagents.items()}
    return Plant(cultures, reagents, seed=seed, starts_s=night.starts_s())


def _spread_culture(
    organism: Organism, start: Start, physics: VesselPhysics, chance: np.random.Generator
) -> Culture:
    inoculum, medium, kla = 1 + chance.standard_normal(3) * (_INOCULUM_CV, _MEDIUM_CV, _KLA_CV)
    return Culture(
        organism,
        replace(
            start,
            biomass=start.biomass * float(inoculum),
            glucose_g_l=start.glucose_g_l * float(medium),
        ),
        replace(physics, kla_ref_1_h=physics.kla_ref_1_h * float(kla)),
    )


def _start(culture: Procedure) -> Start:
    start = culture.start
    return Start(
        volume_ml=culture.volume,
        biomass=start.biomass.value,
        temperature_c=start.temperature,
        ph=start.ph,
        stirring_rpm=start.stirring,
        glucose_g_l=start.glucose or 0.0,
        glutamine_mm=start.glutamine or 0.0,
        gas_flow_ml_min=start.gas_flow,
        oxygen_percent=_AIR_OXYGEN_PERCENT if start.oxygen is None else start.oxygen,
    )


def _reagent(name: str, spec: ReagentSpec) -> Reagent:
    return Reagent(
        name=name,
        glucose_g_l=spec.glucose,
        glutamine_mm=spec.glutamine,
        iptg_mm=spec.iptg,
        base_mm=spec.alkalinity,
        acid_mm=spec.acidity,
        biomass=spec.biomass.value if spec.biomass else 0.0,
    )


def resting_plant(station: StationSpec, seed: int) -> Plant:
    """Every vessel half full of a little E. coli that has nothing to eat."""
    volume = station.vessels.volume
    start = Start(
        volume_ml=(volume.low + volume.high) / 2,
        biomass=0.1,
        temperature_c=25.0,
        ph=7.0,
        stirring_rpm=0.0,
    )
    physics = vessel_physics(station.vessels.kind)
    return Plant(
        {vessel: Culture("e-coli", start, physics) for vessel in station.vessels.names}, seed=seed
    )
