"""The liquid between cells and vessel: gas transfer, pH, temperature, evaporation.

State vector of a culture: the five broth states below, then the organism's own states, then
three numbers that no rate changes (volume, buffer, inducer; only additions, samples and
evaporation do). Concentrations are mmol/L unless said otherwise, rates per hour.

pH follows from a charge balance of strong ions with two buffers, CO2/bicarbonate and one
phosphate- or HEPES-like buffer: ``alkalinity = carbon K1/(h + K1) + buffer Kb/(h + Kb)``, a
quadratic in h. Water's own ions are left out, so pH is meant for 4 to 10.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin._kernel import kernel

# state[...]: integrated
TEMPERATURE = 0  # degC
DO = 1  # % air saturation in the broth
DO_PROBE = 2  # % air saturation, as the probe shows it
ALKALINITY = 3  # mmol/L, excess of strong cations
CARBON = 4  # mmol/L, dissolved CO2 and bicarbonate
CELLS = 5  # where the organism's own states begin
# state[-INERT:]: carried along
INERT = 3
VOLUME = -3  # mL
BUFFER = -2  # mmol/L
INDUCER = -1  # mmol/L
# conditions[...]
SET_TEMPERATURE = 0  # degC
STIRRING = 1  # rpm
GAS_FLOW = 2  # mL/min
OXYGEN = 3  # % O2 in the gas
KLA = 4  # 1/h, kept up to date by the integrator
# climate[...]: what follows from temperature, alkalinity and carbon alone, of all that changes
PH = 0
OXYGEN_SATURATION = 1  # mmol/L under air
CO2_SATURATION = 2  # mmol/L under the vessel's gas
CARBON_PER_CO2 = 3  # dissolved CO2 and bicarbonate together, by dissolved CO2
FACTORS = 4  # where the organism's own factors begin
CLIMATE = 8  # length

AIR_OXYGEN = 20.95  # %
ATMOSPHERE = 1.01325  # bar
BICARBONATE_PK = 6.1  # unverified: 6.1 to 6.3 in media at 37 degC

Vector = NDArray[np.float64]


def oxygen_saturation(temperature_c: float) -> float:
    """O2 in water under air at 1 atm, mmol/L (Henry constants of NIST: 0.0013 mol/kg/bar)."""
    henry = 0.0013 * math.exp(1500.0 * (1.0 / (temperature_c + 273.15) - 1.0 / 298.15))
    return henry * AIR_OXYGEN / 100.0 * ATMOSPHERE * 1000.0


def carbon_dioxide_saturation(temperature_c: float, percent: float) -> float:
    """CO2 in water under a gas with ``percent`` CO2 at 1 atm, mmol/L (NIST: 0.035 mol/kg/bar)."""
    henry = 0.035 * math.exp(2400.0 * (1.0 / (temperature_c + 273.15) - 1.0 / 298.15))
    return henry * percent / 100.0 * ATMOSPHERE * 1000.0


def ph_of(alkalinity: float, carbon: float, buffer: float, buffer_pk: float) -> float:
    """The pH of a broth; alkalinity, carbon and buffer in mmol/L."""
    capacity = carbon + buffer
    bound = min(max(alkalinity, 1e-3 * capacity), 0.999 * capacity)
    k1, kb = 10.0 ** (6.0 - BICARBONATE_PK), 10.0 ** (6.0 - buffer_pk)  # µmol/L
    half = 0.5 * (bound * (k1 + kb) - carbon * k1 - buffer * kb)
    rest = bound * k1 * kb * (bound - capacity)
    protons = (math.sqrt(half * half - rest) - half) / bound
    return 6.0 - math.log10(protons)


def alkalinity_at(ph: float, carbon: float, buffer: float, buffer_pk: float) -> float:
    """The inverse of :func:`ph_of`, mmol/L."""
    bicarbonate = carbon / (1.0 + math.pow(10.0, BICARBONATE_PK - ph))
    return bicarbonate + buffer / (1.0 + math.pow(10.0, buffer_pk - ph))


def carbon_at(ph: float, carbon_dioxide: float) -> float:
    """CO2 and bicarbonate together at a given dissolved CO2, mmol/L."""
    return carbon_dioxide * (1.0 + math.pow(10.0, ph - BICARBONATE_PK))


@kernel
def gas_transfer(vessel: Any, conditions: Vector, volume_ml: float) -> float:
    """Oxygen transfer kLa, 1/h, from stirring, gas flow and volume by the vessel's power law."""
    stirring = conditions[STIRRING] / vessel.stirring_ref_rpm
    gas = conditions[GAS_FLOW] / vessel.gas_flow_ref_ml_min
    filling = volume_ml / vessel.volume_ref_ml
    return float(
        vessel.kla_ref_1_h
        * stirring**vessel.stirring_exponent
        * gas**vessel.gas_flow_exponent
        * filling**vessel.volume_exponent
    )


_ph_of = kernel(ph_of)
_oxygen_saturation = kernel(oxygen_saturation)
_carbon_dioxide_saturation = kernel(carbon_dioxide_saturation)


@kernel
def acidity(state: Vector, buffer_pk: float) -> float:
    """The pH of a state vector."""
    return _ph_of(state[ALKALINITY], max(state[CARBON], 0.0), state[BUFFER], buffer_pk)


@kernel
def acidities(states: Vector, buffer_pks: Vector) -> Vector:
    """:func:`acidity` of state vectors one below the other, [cultures, states]."""
    ph = np.empty(len(states))
    for row in range(len(states)):
        ph[row] = acidity(states[row], buffer_pks[row])
    return ph


@kernel
def weather(state: Vector, vessel: Any, buffer_pk: float, climate: Vector) -> None:
    """The broth's own part of its climate."""
    temperature, ph = state[TEMPERATURE], acidity(state, buffer_pk)
    climate[PH] = ph
    climate[OXYGEN_SATURATION] = _oxygen_saturation(temperature)
    climate[CO2_SATURATION] = _carbon_dioxide_saturation(temperature, vessel.co2_in_gas_percent)
    climate[CARBON_PER_CO2] = 1.0 + 10.0 ** (ph - BICARBONATE_PK)


@kernel
def exchange(
    state: Vector, vessel: Any, conditions: Vector, climate: Vector, slope: Vector,
    oxygen_uptake: float, carbon_dioxide: float, acid: float,
) -> None:  # fmt: skip
    """The slopes of the broth's states under what the cells do (all in mmol/L/h)."""
    temperature = state[TEMPERATURE]
    slope[TEMPERATURE] = (conditions[SET_TEMPERATURE] - temperature) * (
        3600.0 / vessel.temperature_tau_s
    )
    full = 100.0 * conditions[OXYGEN] / AIR_OXYGEN
    slope[DO] = conditions[KLA] * (full - state[DO]) - oxygen_uptake * (
        100.0 / climate[OXYGEN_SATURATION]
    )
    slope[DO_PROBE] = (state[DO] - state[DO_PROBE]) * (3600.0 / vessel.do_probe_tau_s)
    slope[ALKALINITY] = -acid
    dissolved = state[CARBON] / climate[CARBON_PER_CO2]
    slope[CARBON] = carbon_dioxide - vessel.co2_transfer_ratio * conditions[KLA] * (
        dissolved - climate[CO2_SATURATION]
    )


@kernel
def settle(state: Vector, vessel: Any, step_h: float) -> None:
    """After a step: water evaporates, and what the tolerance left below zero is set to zero.

    Cells, solutes, buffer and alkalinity stay behind; dissolved gases do not concentrate.
    """
    volume = state[VOLUME]
    left = max(volume - vessel.evaporation_ml_h * step_h, 0.5 * volume)
    for i in range(ALKALINITY, state.size):
        if i != CARBON:
            state[i] *= volume / left
    state[VOLUME] = left
    for i in range(state.size):
        if state[i] < 0.0 and i != ALKALINITY:
            state[i] = 0.0
