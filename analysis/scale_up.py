"""From the best setting in a mini-bioreactor to stirred vessels of other sizes.

One criterion is kept equal (power per volume, tip speed or oxygen transfer); the speed that does
so follows, and with it everything else, so that the price of the choice is seen in one table.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from scipy.optimize import brentq

from analysis import correlations as c
from analysis.vessels import VESSELS, Vessel
from quantities import DimensionlessNumber

Match = Literal["power-per-volume", "tip-speed", "oxygen-transfer"]

USUAL_DRIVE_W_M3 = 5000.0
"""Production vessels are usually built for 2 to 5 kW/m³ (bioprocesstools.com, scale-up)."""

_HEADSPACE_GAS_VVM = 1.0


class ScaleUpError(ValueError):
    """What was asked cannot be computed; the message is for the scientist."""


class ScaleUpSpec(BaseModel):
    """The ``scale_up`` section of a protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Annotated[Match, Field(description="What is kept equal between the scales.")]
    to: Annotated[
        tuple[str, ...],
        Field(min_length=1, description="Vessels to predict for, such as stirred-200L."),
    ]
    liquid: Annotated[
        c.Liquid,
        Field(description="Whether bubbles merge (antifoam) or stay apart (salt medium)."),
    ] = "non-coalescing"
    gas: Annotated[
        Annotated[DimensionlessNumber, Field(gt=0)] | None,
        Field(
            description="Gas in the target vessels, in liquid volumes per minute. Without it: that "
            "of the mini-bioreactor when it is sparged, else 1.",
        ),
    ] = None

    @field_validator("to")
    @classmethod
    def _known_vessels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for position, name in enumerate(names):
            problem = _unknown(name)
            if name in names[:position]:
                problem = f"'{name}' is named twice"
            if problem:
                raise PydanticCustomError("vessel", "{problem}", {"problem": problem})
        return names


@dataclass(frozen=True, slots=True)
class SmallOperation:
    """How the mini-bioreactor ran.

    Attributes:
        stirring_rpm: Speed.
        gas_vvm: Gas flow in liquid volumes per minute.
        volume_ml: Liquid volume.
        temperature_c: Temperature.
        kla_per_h: Measured or fitted kLa; it takes precedence over every correlation.
        oxygen_percent: Oxygen in the gas.
    """

    stirring_rpm: float
    gas_vvm: float
    volume_ml: float
    temperature_c: float
    kla_per_h: float | None = None
    oxygen_percent: float = c.OXYGEN_IN_AIR_PERCENT


@dataclass(frozen=True, slots=True)
class ScaleUpRow:
    """One vessel under one operation.

    Attributes:
        vessel: Name of the vessel.
        volume_l: Liquid volume.
        stirring_rpm: Speed.
        gas_vvm: Gas flow per liquid volume and minute.
        power_w_m3: Ungassed power per volume.
        tip_speed_m_s: Speed of the blade's tip.
        kla_per_h: Oxygen transfer coefficient.
        kla_from: Where the kLa comes from.
        otr_max_mm_h: Highest oxygen transfer rate, mmol/L/h.
        mixing_time_s: Time to mix a pulse.
        reynolds: Impeller Reynolds number.
        kolmogorov_um: Smallest eddies at the mean dissipation.
        flags: Sentences on what is extrapolated, unverified or out of reach.
    """

    vessel: str
    volume_l: float
    stirring_rpm: float
    gas_vvm: float
    power_w_m3: float
    tip_speed_m_s: float
    kla_per_h: float
    kla_from: str
    otr_max_mm_h: float
    mixing_time_s: float
    reynolds: float
    kolmogorov_um: float
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScaleUpTable:
    """Prediction for every vessel asked for.

    Attributes:
        match: The criterion kept equal.
        small: The mini-bioreactor.
        targets: One row per target vessel, in the order asked for.
        assumptions: What was taken for granted, as sentences.
        used: Correlations behind the numbers.
    """

    match: Match
    small: ScaleUpRow
    targets: tuple[ScaleUpRow, ...]
    assumptions: tuple[str, ...]
    used: tuple[c.Correlation, ...]

    @property
    def rows(self) -> tuple[ScaleUpRow, ...]:
        """The mini-bioreactor first, then the targets."""
        return (self.small, *self.targets)

    def frame(self) -> pd.DataFrame:
        """All rows as a table, one column per attribute of `ScaleUpRow`."""
        names = [field.name for field in fields(ScaleUpRow)]
        return pd.DataFrame([{n: getattr(row, n) for n in names} for row in self.rows])


def find_vessel(name: str) -> Vessel:
    """Look a vessel up in the catalogue.

    Raises:
        ScaleUpError: No vessel has that name.
    """
    if problem := _unknown(name):
        raise ScaleUpError(problem)
    return VESSELS[name]


def _unknown(name: str) -> str | None:
    if name in VESSELS:
        return None
    near = difflib.get_close_matches(name, VESSELS, n=1)
    advice = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(VESSELS)}"
    return f"no vessel is called '{name}'; {advice}"


def predict(
    spec: ScaleUpSpec, small_vessel: Vessel | str, small_operation: SmallOperation
) -> ScaleUpTable:
    """Carry a mini-bioreactor's operation over to larger vessels.

    Args:
        spec: Criterion and targets.
        small_vessel: The mini-bioreactor, or its name in the catalogue.
        small_operation: How it ran.

    Returns:
        One row per vessel, with flags where a number is extrapolated or unverified.

    Raises:
        ScaleUpError: The vessel is unknown, does not stir, or nothing gives its kLa.
    """
    vessel = find_vessel(small_vessel) if isinstance(small_vessel, str) else small_vessel
    if small_operation.stirring_rpm <= 0 or small_operation.volume_ml <= 0:
        raise ScaleUpError(f"'{vessel.name}' must be stirred and hold liquid to be scaled up")
    if small_operation.kla_per_h is not None and small_operation.kla_per_h <= 0:
        raise ScaleUpError(f"the kLa of '{vessel.name}' must be above zero")
    small = _characterise(vessel, small_operation, spec.liquid)
    gas_vvm = spec.gas or (
        small_operation.gas_vvm if vessel.aeration == "sparged" else _HEADSPACE_GAS_VVM
    )
    targets = []
    for name in spec.to:
        target = find_vessel(name)

        def at(rpm: float, target: Vessel = target) -> ScaleUpRow:
            operation = SmallOperation(
                stirring_rpm=rpm,
                gas_vvm=gas_vvm,
                volume_ml=target.volume_ml,
                temperature_c=small_operation.temperature_c,
                oxygen_percent=small_operation.oxygen_percent,
            )
            return _characterise(target, operation, spec.liquid)

        targets.append(at(_matching_speed(spec.match, small, at)))
    return ScaleUpTable(
        match=spec.match,
        small=small,
        targets=tuple(targets),
        assumptions=_assumptions(spec, vessel, gas_vvm),
        used=(
            c.POWER_NUMBER,
            c.MICHEL_MILLER,
            c.VANT_RIET[spec.liquid],
            c.MIXING_TIME,
            c.OXYGEN_SOLUBILITY,
        ),
    )


def criterion(match: Match, row: ScaleUpRow) -> float:
    """The value of the matched quantity in one row: W/m³, m/s or 1/h."""
    return {
        "power-per-volume": row.power_w_m3,
        "tip-speed": row.tip_speed_m_s,
        "oxygen-transfer": row.kla_per_h,
    }[match]


def _matching_speed(match: Match, small: ScaleUpRow, at: Callable[[float], ScaleUpRow]) -> float:
    wanted = criterion(match, small)

    def excess(log_rpm: float) -> float:
        return math.log(criterion(match, at(math.exp(log_rpm))) / wanted)

    # Every criterion rises steadily with speed, so the bracket holds exactly one answer.
    return math.exp(brentq(excess, math.log(1e-3), math.log(1e6), xtol=1e-12))


def _characterise(vessel: Vessel, operation: SmallOperation, liquid: c.Liquid) -> ScaleUpRow:
    density, viscosity = 1000.0, c.water_viscosity(operation.temperature_c)
    speed, diameter = operation.stirring_rpm / 60, vessel.impeller_diameter_m
    volume_m3 = operation.volume_ml * 1e-6
    ungassed = c.power(vessel.power_number, speed, diameter, density, viscosity)
    power_w_kg = ungassed.value / (volume_m3 * density)
    mixing = c.mixing_time(
        vessel.tank_diameter_m, diameter, power_w_kg, vessel.height_m(operation.volume_ml)
    )
    kla, kla_from = _oxygen_transfer(vessel, operation, liquid, ungassed.value)
    saturation = c.oxygen_saturation(operation.temperature_c, operation.oxygen_percent)
    power_w_m3 = ungassed.value / volume_m3
    return ScaleUpRow(
        vessel=vessel.name,
        volume_l=operation.volume_ml / 1000,
        stirring_rpm=operation.stirring_rpm,
        gas_vvm=operation.gas_vvm,
        power_w_m3=power_w_m3,
        tip_speed_m_s=c.tip_speed(speed, diameter),
        kla_per_h=kla.value,
        kla_from=kla_from,
        otr_max_mm_h=c.oxygen_transfer_rate(kla.value, saturation),
        mixing_time_s=mixing.value,
        reynolds=c.reynolds(speed, diameter, density, viscosity),
        kolmogorov_um=c.kolmogorov_length(viscosity / density, power_w_kg) * 1e6,
        flags=(
            *_reach(vessel, power_w_m3),
            *_unverified(vessel),
            *ungassed.extrapolated,
            *kla.extrapolated,
            *mixing.extrapolated,
        ),
    )


def _oxygen_transfer(
    vessel: Vessel, operation: SmallOperation, liquid: c.Liquid, ungassed_w: float
) -> tuple[c.Estimate, str]:
    """KLa in 1/h and where it comes from: measured, known of the vessel, or correlated."""
    if operation.kla_per_h is not None:
        return c.Estimate(operation.kla_per_h), "measured or fitted"
    if vessel.oxygen_transfer is not None:
        known = vessel.oxygen_transfer
        return c.Estimate(known.at(operation.stirring_rpm)), f"known at {known.stirring_rpm:g} rpm"
    if vessel.aeration == "headspace" or operation.gas_vvm <= 0:
        raise ScaleUpError(
            f"no correlation gives the kLa of '{vessel.name}' without gas through a sparger; "
            "measure it and give it"
        )
    volume_m3 = operation.volume_ml * 1e-6
    gas_m3_s = operation.gas_vvm * volume_m3 / 60
    gassed = c.gassed_power(
        ungassed_w,
        operation.stirring_rpm / 60,
        vessel.impeller_diameter_m,
        gas_m3_s,
        vessel.single_rushton,
    )
    per_s = c.kla_vant_riet(
        gassed.value / volume_m3,
        c.superficial_velocity(gas_m3_s, vessel.tank_diameter_m),
        liquid,
        volume_m3,
    )
    notes = (*gassed.extrapolated, *per_s.extrapolated)
    return c.Estimate(per_s.value * 3600, notes), c.VANT_RIET[liquid].name


def _reach(vessel: Vessel, power_w_m3: float) -> tuple[str, ...]:
    if vessel.volume_ml < 1000 or power_w_m3 <= USUAL_DRIVE_W_M3:
        return ()
    return (
        f"{power_w_m3 / 1000:,.1f} kW/m³ is more than production vessels are usually built for "
        "(2 to 5 kW/m³): this setting may be out of reach.",
    )


def _unverified(vessel: Vessel) -> tuple[str, ...]:
    if not vessel.unverified:
        return ()
    return (f"Not verified against a source: {', '.join(vessel.unverified)}.",)


def _assumptions(spec: ScaleUpSpec, small: Vessel, gas_vvm: float) -> tuple[str, ...]:
    origin = "as the protocol asks"
    if spec.gas is None:
        origin = (
            "as in the mini-bioreactor"
            if small.aeration == "sparged"
            else "assumed, because the mini-bioreactor is aerated through its headspace"
        )
    return (
        f"Gas in the target vessels: {gas_vvm:g} vvm (volumes per liquid volume and minute), "
        f"{origin}.",
        f"The liquid is taken as {spec.liquid}, with water's density and viscosity.",
        "Oxygen saturation is that of water at atmospheric pressure; "
        "the head of liquid in a tall vessel raises it.",
        "kLa of a correlation is good to ±20 to 40 % at best; measure it in the target vessel.",
    )
