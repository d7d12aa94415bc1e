"""One living vessel in silico: what the emulated devices touch and look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin import broth
from twin._kernel import record
from twin._parameters import ParameterSet
from twin.errors import TwinError
from twin.integrator import LIVED, STEP, Integrator
from twin.kinetics.cho import Cho
from twin.kinetics.ecoli import EColi
from twin.liquids import Reagent, Start
from twin.vessel import VesselPhysics

OrganismName: TypeAlias = Literal["e-coli", "cho"]
Composition: TypeAlias = dict[str, float]

FIRST_STEP_H = 1e-4
NO_STEP = "the culture's equations could not be integrated past {} s"


STATES: Mapping[str, int] = MappingProxyType(
    {"temperature": broth.TEMPERATURE, "do": broth.DO_PROBE, "volume": broth.VOLUME}
)
"""Channels that are a state of the broth."""


class Memory(NamedTuple):
    """All that changes while a culture lives.

    Attributes:
        state: See :mod:`twin.broth`.
        conditions: See :mod:`twin.broth`.
        clock: What it has lived (s) and the step it tries next (h).
    """

    state: NDArray[np.float64]
    conditions: NDArray[np.float64]
    clock: NDArray[np.float64]


class BufferedParameters(ParameterSet, Protocol):
    """An organism's parameters; its medium's buffer is among them."""

    @property
    def buffer_mm(self) -> float:
        """Concentration of the buffer, mmol/L."""

    @property
    def buffer_pk(self) -> float:
        """The buffer's pK."""


class Organism(Protocol):
    """What a culture needs to know of an organism."""

    deviations: ClassVar[tuple[str, ...]]
    units: ClassVar[Mapping[str, str]]
    record: NDArray[np.void]
    integrator: Integrator

    @property
    def parameters(self) -> BufferedParameters:
        """The organism's numbers with their sources."""

    def contents(self, biomass: float, glucose_g_l: float, glutamine_mm: float) -> list[float]:
        """The organism's states in a liquid."""

    def composition(self, state: NDArray[np.float64]) -> dict[str, float]:
        """What a laboratory would find in a broth, in :attr:`units`."""

    def optical_density(self, state: NDArray[np.float64]) -> float:
        """What an ideal photometer reads."""


ORGANISMS: Mapping[str, Callable[[], Organism]] = MappingProxyType({"e-coli": EColi, "cho": Cho})


def organism_named(name: str) -> Organism:
    """The twin's model of an organism, with its published and declared parameters.

    Raises:
        TwinError: no such organism; the message names those that exist.
    """
    if name not in ORGANISMS:
        raise TwinError(f"no twin of organism {name!r}; there are twins of {', '.join(ORGANISMS)}")
    return ORGANISMS[name]()


class Culture:
    """A culture in a vessel, from its start (time 0) to now.

    Args:
        organism: ``e-coli`` or ``cho``, or a model with parameters of one's own.
        start: the broth at time 0.
        vessel: the vessel around it.
        resolution_s: :meth:`advance` does nothing for a step that is not longer than this.
    """

    _SETTINGS: ClassVar[Mapping[str, int]] = MappingProxyType(
        {
            "temperature": broth.SET_TEMPERATURE,
            "stirring": broth.STIRRING,
            "gas_flow": broth.GAS_FLOW,
            "oxygen": broth.OXYGEN,
        }
    )

    _HIGHEST: ClassVar = MappingProxyType({"temperature": 100.0, "oxygen": 100.0})

    def __init__(
        self,
        organism: OrganismName | Organism,
        start: Start,
        vessel: VesselPhysics,
        resolution_s: float = 1.0,
    ) -> None:
        self.organism = organism_named(organism) if isinstance(organism, str) else organism
        self.vessel = vessel
        self.resolution_s = resolution_s
        self._advance = self.organism.integrator.one
        self._vessel_record = record(vessel)
        self._clock = np.array([0.0, FIRST_STEP_H])
        self._conditions = self._starting_conditions(start)
        self._state = self._starting_state(start)

    @property
    def now_s(self) -> float:
        """How long the culture has lived, s."""
        return float(self._clock[LIVED])

    def advance(self, t_s: float) -> None:
        """Live on to the absolute time ``t_s``, s; steps up to the resolution are put off.

        Raises:
            TwinError: the equations could not be integrated on.
        """
        lived_s, step_h = self._clock.tolist()
        span_s = t_s - lived_s
        if span_s <= self.resolution_s:
            return
        step_h = self._advance(
            self._state, self.organism.record, self._vessel_record, self._conditions,
            step_h, span_s / 3600.0,
        )  # fmt: skip
        if step_h < 0.0:
            raise TwinError(NO_STEP.format(self.now_s))
        self._clock[LIVED], self._clock[STEP] = t_s, step_h

    def set(self, name: str, value: float) -> None:
        """Set temperature (set-point, degC), stirring (rpm), gas_flow (mL/min) or oxygen (% O2).

        Raises:
            TwinError: no such control, or a value that no vessel can take.
        """
        if name not in self._SETTINGS:
            raise TwinError(f"no control {name!r}; a culture has {', '.join(self._SETTINGS)}")
        if not 0.0 <= value <= self._HIGHEST.get(name, np.inf):
            raise TwinError(f"{name} cannot be set to {value:g}")
        self._conditions[self._SETTINGS[name]] = value

    def add(self, volume_ml: float, reagent: Reagent) -> None:
        """Mix in ``volume_ml`` of a reagent at once; it comes at the broth's temperature and DO.

        Raises:
            TwinError: a negative volume.
        """
        if not volume_ml >= 0.0:
            raise TwinError(f"cannot add {volume_ml:g} mL of {reagent.name}")
        state = self._state
        poured = state.copy()
        poured[broth.ALKALINITY] = reagent.base_mm - reagent.acid_mm
        poured[broth.CARBON] = 0.0
        poured[broth.CELLS : -broth.INERT] = self.organism.contents(
            reagent.biomass, reagent.glucose_g_l, reagent.glutamine_mm
        )
        poured[broth.BUFFER] = 0.0
        poured[broth.INDUCER] = reagent.iptg_mm
        volume = state.item(broth.VOLUME)
        share = volume_ml / (volume + volume_ml)
        state += share * (poured - state)
        state[broth.VOLUME] = volume + volume_ml

    def withdraw(self, volume_ml: float) -> Composition:
        """Take ``volume_ml`` of broth out and return what is in it.

        Raises:
            TwinError: a negative volume, or all that is in the vessel and more.
        """
        volume = self._state.item(broth.VOLUME)
        if not 0.0 <= volume_ml < volume:
            raise TwinError(f"cannot withdraw {volume_ml:g} mL from {volume:g} mL")
        self._state[broth.VOLUME] = volume - volume_ml
        return self.composition()

    def observe(self, channel: str) -> float:
        """What a perfect instrument reads now; see `observer`."""
        return self.observer(channel)()

    def observer(self, channel: str) -> Callable[[], float]:
        """A perfect instrument, which reads this culture whenever it is called.

        Args:
            channel: temperature (degC), ph, do (% air saturation, with the probe's lag), od,
                stirring (rpm), volume (mL), gas_flow (mL/min) or oxygen (% O2 in the gas).

        Raises:
            TwinError: no such channel.
        """
        # The arrays are looked up each time: a bank may have moved them.
        match channel:
            case "ph":
                buffer_pk = self.organism.parameters.buffer_pk
                return lambda: broth.acidity(self._state, buffer_pk)
            case "od":
                return lambda: self.organism.optical_density(self._state)
        if (column := STATES.get(channel)) is not None:
            return lambda: self._state.item(column)
        if channel not in self._SETTINGS:
            raise TwinError(f"no channel {channel!r} in a culture")
        setting = self._SETTINGS[channel]
        return lambda: self._conditions.item(setting)

    def memory(self) -> Memory:
        """All that changes while the culture lives, changed in place only."""
        return Memory(self._state, self._conditions, self._clock)

    def move_to(self, memory: Memory) -> None:
        """Live on in other memory, which already holds what :meth:`memory` does."""
        self._state, self._conditions, self._clock = memory

    def records(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """The organism's and the vessel's parameters, one record each."""
        return self.organism.record, self._vessel_record

    def composition(self) -> Composition:
        """What a perfect laboratory finds in the broth now, in ``twin.units(organism)``."""
        return self.organism.composition(self._state)

    def _starting_conditions(self, start: Start) -> NDArray[np.float64]:
        usual = self.vessel.gas_flow_ref_ml_min
        gas_flow = usual if start.gas_flow_ml_min is None else start.gas_flow_ml_min
        return np.array(
            [start.temperature_c, start.stirring_rpm, gas_flow, start.oxygen_percent, 0.0]
        )

    def _starting_state(self, start: Start) -> NDArray[np.float64]:
        """A broth in balance with its gas, at its set-point, and inoculated."""
        medium = self.organism.parameters
        saturated = 100.0 * start.oxygen_percent / broth.AIR_OXYGEN
        dissolved = broth.carbon_dioxide_saturation(
            start.temperature_c, self.vessel.co2_in_gas_percent
        )
        carbon = broth.carbon_at(start.ph, dissolved)
        alkalinity = broth.alkalinity_at(start.ph, carbon, medium.buffer_mm, medium.buffer_pk)
        cells = self.organism.contents(start.biomass, start.glucose_g_l, start.glutamine_mm)
        gases = [start.temperature_c, saturated, saturated, alkalinity, carbon]
        return np.array([*gases, *cells, start.volume_ml, medium.buffer_mm, 0.0])
