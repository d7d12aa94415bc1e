"""Named engineering correlations for stirred, aerated vessels, in SI units.

Every correlation states where it comes from and over which range it was fitted. An `Estimate`
outside that range is still a number, but it carries the sentences that say so; nothing here
extrapolates silently. Definitions (Reynolds number, tip speed) are exact and return floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Liquid = Literal["coalescing", "non-coalescing"]

STANDARD_PRESSURE_BAR = 1.01325
OXYGEN_IN_AIR_PERCENT = 20.95


@dataclass(frozen=True, slots=True)
class Correlation:
    """Where a correlation comes from and how far it may be trusted.

    Attributes:
        name: Short name used in tables.
        source: Publication or text book.
        validity: Its range, as a phrase.
    """

    name: str
    source: str
    validity: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A correlated value.

    Attributes:
        value: The number, in the unit the function names.
        extrapolated: Sentences saying how the inputs leave the fitted range; empty inside it.
    """

    value: float
    extrapolated: tuple[str, ...] = ()


POWER_NUMBER = Correlation(
    "P = Np ρ N³ D⁵",
    "definition of the power number; Np constant in turbulent flow (Doran 2013)",
    "Reynolds number above 10,000",
)
MICHEL_MILLER = Correlation(
    "Michel and Miller 1962",
    "AIChE J 8:262; constant 0.72 for SI units recalled, not read in the paper",
    "one Rushton turbine",
)
VANT_RIET: dict[Liquid, Correlation] = {
    "coalescing": Correlation(
        "Van't Riet 1979, coalescing",
        "Ind Eng Chem Process Des Dev 18:357; ±20 to 40 %",
        "500 to 10,000 W/m³, 2 L to 2.6 m³",
    ),
    "non-coalescing": Correlation(
        "Van't Riet 1979, non-coalescing",
        "Ind Eng Chem Process Des Dev 18:357; ±20 to 40 %",
        "500 to 10,000 W/m³, 4 L to 4.4 m³",
    ),
}
MIXING_TIME = Correlation(
    "Nienow 1998",
    "Ruszkowski and Nienow's form; constant 5.9 as in Doran 2013",
    "liquid as high as the vessel is wide, turbulent flow",
)
OXYGEN_SOLUBILITY = Correlation(
    "Henry's law for water",
    "NIST constants 0.0013 mol/kg/bar and 1500 K, as in BioSTEAM",
    "water; media hold 5 to 20 % less",
)

_VANT_RIET_CONSTANTS: dict[Liquid, tuple[float, float, float, float, float]] = {
    # constant, exponent of P/V, exponent of vs, smallest and largest volume in m³
    "coalescing": (0.026, 0.4, 0.5, 2e-3, 2.6),
    "non-coalescing": (0.002, 0.7, 0.2, 4e-3, 4.4),
}


def reynolds(speed_per_s: float, diameter_m: float, density: float, viscosity: float) -> float:
    """Impeller Reynolds number from 1/s, m, kg/m³ and Pa s."""
    return density * speed_per_s * diameter_m**2 / viscosity


def tip_speed(speed_per_s: float, diameter_m: float) -> float:
    """Speed of the blade's tip in m/s."""
    return math.pi * speed_per_s * diameter_m


def superficial_velocity(gas_flow_m3_s: float, tank_diameter_m: float) -> float:
    """Gas flow over the vessel's cross-section in m/s."""
    return gas_flow_m3_s / (math.pi / 4 * tank_diameter_m**2)


def power(
    power_number: float,
    speed_per_s: float,
    diameter_m: float,
    density: float = 1000.0,
    viscosity: float = 1e-3,
) -> Estimate:
    """Ungassed power drawn by the stirrer in W (`POWER_NUMBER`).

    Args:
        power_number: Of the whole assembly of impellers.
        speed_per_s: Revolutions per second.
        diameter_m: Impeller diameter.
        density: kg/m³.
        viscosity: Pa s.
    """
    turbulence = reynolds(speed_per_s, diameter_m, density, viscosity)
    notes: tuple[str, ...] = ()
    if turbulence < 1e4:
        notes = (
            f"At a Reynolds number of {turbulence:,.0f} the flow is not fully turbulent "
            "(above 10,000), so the power number is no constant.",
        )
    return Estimate(power_number * density * speed_per_s**3 * diameter_m**5, notes)


def gassed_power(
    ungassed_w: float,
    speed_per_s: float,
    diameter_m: float,
    gas_flow_m3_s: float,
    single_rushton: bool = True,
) -> Estimate:
    """Power drawn in sparged liquid in W (`MICHEL_MILLER`), never above the ungassed power."""
    if gas_flow_m3_s <= 0:
        return Estimate(ungassed_w)
    lowered = 0.72 * (ungassed_w**2 * speed_per_s * diameter_m**3 / gas_flow_m3_s**0.56) ** 0.45
    notes: tuple[str, ...] = ()
    if not single_rushton:
        notes = (
            "The loss of power to gas was measured with one Rushton turbine, "
            "not with these impellers.",
        )
    return Estimate(min(lowered, ungassed_w), notes)


def kla_vant_riet(
    power_w_m3: float,
    superficial_velocity_m_s: float,
    liquid: Liquid,
    volume_m3: float | None = None,
) -> Estimate:
    """Volumetric oxygen transfer coefficient kLa in 1/s (`VANT_RIET`).

    Args:
        power_w_m3: Gassed power per liquid volume.
        superficial_velocity_m_s: Gas flow over cross-section.
        liquid: Whether bubbles merge (water, antifoam) or stay apart (salts).
        volume_m3: Liquid volume, when its range is to be judged too.
    """
    constant, of_power, of_gas, smallest, largest = _VANT_RIET_CONSTANTS[liquid]
    notes = []
    if not 500 <= power_w_m3 <= 10_000:
        notes.append(
            f"{power_w_m3:,.0f} W/m³ is outside the 500 to 10,000 W/m³ "
            "over which Van't Riet's correlation was fitted."
        )
    if volume_m3 is not None and not smallest <= volume_m3 <= largest:
        notes.append(
            f"{volume_m3 * 1000:,.3g} L is outside the {smallest * 1000:g} L to {largest:g} m³ "
            "over which Van't Riet's correlation was fitted."
        )
    value = constant * power_w_m3**of_power * superficial_velocity_m_s**of_gas
    return Estimate(value, tuple(notes))


def mixing_time(
    tank_diameter_m: float,
    impeller_diameter_m: float,
    power_w_kg: float,
    height_m: float | None = None,
) -> Estimate:
    """Time to mix a pulse evenly in s (`MIXING_TIME`).

    Args:
        tank_diameter_m: Inner diameter.
        impeller_diameter_m: Diameter of the impeller.
        power_w_kg: Mean power per mass of liquid.
        height_m: Liquid height, when the range is to be judged.
    """
    value = (
        5.9
        * tank_diameter_m ** (2 / 3)
        * power_w_kg ** (-1 / 3)
        * (tank_diameter_m / impeller_diameter_m) ** (1 / 3)
    )
    notes: tuple[str, ...] = ()
    if height_m is not None and not 0.8 <= height_m / tank_diameter_m <= 1.25:
        notes = (
            f"The liquid is {height_m / tank_diameter_m:.1f} times as high as wide; "
            "the mixing time holds for 1.0 and is longer in a taller vessel.",
        )
    return Estimate(value, notes)


def kolmogorov_length(kinematic_viscosity_m2_s: float, power_w_kg: float) -> float:
    """Size of the smallest eddies in m, at the mean dissipation.

    Near the impeller dissipation is 10 to 30 times the mean.
    """
    return float((kinematic_viscosity_m2_s**3 / power_w_kg) ** 0.25)


def water_viscosity(temperature_c: float) -> float:
    """Viscosity of water in Pa s (Vogel's form, within 2.5 % from 0 to 100 degC)."""
    return float(2.414e-5 * 10 ** (247.8 / (temperature_c + 273.15 - 140.0)))


def oxygen_saturation(
    temperature_c: float,
    oxygen_percent: float = OXYGEN_IN_AIR_PERCENT,
    pressure_bar: float = STANDARD_PRESSURE_BAR,
) -> float:
    """Dissolved oxygen in equilibrium with the gas, in mmol/L (`OXYGEN_SOLUBILITY`)."""
    kelvin = temperature_c + 273.15
    henry = 0.0013 * math.exp(1500.0 * (1 / kelvin - 1 / 298.15))
    return henry * oxygen_percent / 100 * pressure_bar * 1000


def oxygen_transfer_rate(kla_per_h: float, saturation_mm: float) -> float:
    """Highest oxygen transfer rate in mmol/L/h: kLa times saturation, at no oxygen left."""
    return kla_per_h * saturation_mm


def highest_biomass(kla_per_s: float, saturation_kg_m3: float, uptake_kg_kg_s: float) -> float:
    """Biomass in g/L at which uptake equals the highest transfer (Doran 2013)."""
    return kla_per_s * saturation_kg_m3 / uptake_kg_kg_s
