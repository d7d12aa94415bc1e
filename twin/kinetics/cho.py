# ruff: noqa: N815 (the symbols are those of the publications)
"""CHO fed-batch: structure of Xing et al. 2010, parameters of Kornecki & Strube 2018.

Xing Z, Bishop N, Leister K, Li ZJ, Biotechnol. Prog. 2010;26:208-219; Kornecki M, Strube J,
Bioengineering 2018;5(1):25, Table 2. :func:`published` is the model as printed (cells/L, mmol/L);
:func:`derivatives` is the twin's form of it, inside a broth and a vessel, with the departures
listed in ``DEVIATIONS``; there cells are counted in 1e9/L, that is 1e6/mL.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from twin import broth
from twin._kernel import kernel, record
from twin._parameters import ours, parameter
from twin.integrator import integrator_for

_KORNECKI = "Kornecki & Strube 2018, Bioengineering 5(1):25, Table 2"
_XING = "Xing et al. 2010, Biotechnol Prog 26:208-219"
_MOELLER = "Moeller et al. 2020, Comput Chem Eng 134:106693, as in insilicho 1.1.4"
_READ: Final = "read in the source"
_COPY: Final = "read in a secondary copy"

Vector = NDArray[np.float64]

GLUCOSE_G_PER_MOL = 180.156
CELLS_PER_ML = 1e6  # one unit of the cell states

# states after broth.CELLS
VIABLE, DEAD, GLUCOSE, GLUTAMINE, LACTATE, AMMONIA, ANTIBODY = range(broth.CELLS, broth.CELLS + 7)
# factors of the climate, after broth.FACTORS
PACE, WARMTH, MILDNESS, PRODUCTIVITY = range(broth.FACTORS, broth.FACTORS + 4)


@dataclass(frozen=True)
class XingParameters:
    """The numbers of Xing's structure, as Kornecki & Strube report them."""

    mu_max: float = parameter(0.039, "1/h", _KORNECKI, _READ)
    kd: float = parameter(0.004, "1/h", _KORNECKI, _READ)
    Kglc: float = parameter(1.00, "mmol/L", _KORNECKI, _READ)
    Kgln: float = parameter(0.047, "mmol/L", _KORNECKI, _READ)
    KIlac: float = parameter(43.0, "mmol/L", _KORNECKI, _READ)
    KIamm: float = parameter(6.51, "mmol/L", _KORNECKI, _READ)
    KDlac: float = parameter(45.8, "mmol/L", _KORNECKI, _READ)
    KDamm: float = parameter(6.51, "mmol/L", _KORNECKI, _READ)
    Yxglc: float = parameter(0.357e9, "cells/mmol", _KORNECKI, _READ)
    Yxgln: float = parameter(0.974e9, "cells/mmol", _KORNECKI, _READ)
    Ylacglc: float = parameter(0.70, "mol/mol", _KORNECKI, _READ)
    Yammgln: float = parameter(0.67, "mol/mol", _KORNECKI, _READ)
    r_amm: float = parameter(6.3e-12, "mmol/cell/h", _KORNECKI, _READ)
    m_glc: float = parameter(69.2e-12, "mmol/cell/h", _KORNECKI, _READ)
    a1: float = parameter(3.2e-12, "mmol/cell/h", _KORNECKI, _READ)
    a2: float = parameter(2.1, "mmol/L", _KORNECKI, _READ)
    d_gln: float = parameter(7.2e-3, "1/h", _XING, _COPY)
    QmAb: float = parameter(1.51e-12, "g/cell/h", _KORNECKI, _READ)


KORNECKI_2018 = XingParameters()
# Xing's own set (read in a secondary copy); its product term had another form and is not used
XING_2010 = replace(KORNECKI_2018, mu_max=0.029, kd=0.016, Kglc=0.084, Yxglc=1.69e8, Ylacglc=1.23)


@dataclass(frozen=True)
class ChoParameters(XingParameters):
    """Kornecki's numbers and what the twin adds to them."""

    T_growth: float = parameter(36.40, "degC", _MOELLER, _COPY)
    width_T_growth: float = parameter(3.12, "degC", _MOELLER, _COPY)
    pH_growth: float = parameter(6.99, "", _MOELLER, _COPY)
    width_pH_growth: float = parameter(1.00, "", _MOELLER + ' ("arbitrary" there)', _COPY)
    kd_min: float = parameter(0.001, "1/h", _MOELLER, _COPY)
    k_lysis: float = parameter(0.001, "1/h", _MOELLER, _COPY)
    qO2: float = parameter(3.2e-10, "mmol/cell/h", "cbsm's copy of Xing 2010", _COPY)
    T_ref: float = ours(37.0, "degC", "the temperature at which Kornecki's rates are taken to hold")
    Q10: float = ours(2.0, "", "maintenance, respiration and glutamine decay per 10 degC")
    T_product: float = ours(33.5, "degC", "mild hypothermia raises specific productivity")
    width_T_product: float = ours(5.0, "degC", "how broad that rise is")
    pH_product: float = ours(7.0, "", "most productive pH")
    width_pH_product: float = ours(0.35, "", "how broad that optimum is")
    K_limit: float = ours(0.05, "mmol/L", "where a substrate used up stops its own consumption")
    k_stress: float = ours(0.02, "1/h", "death without glucose or oxygen, or far from pH 7")
    K_starve: float = ours(0.2, "mmol/L", "glucose at which half of that death sets in")
    K_oxygen: float = ours(1.0, "% air saturation", "half of respiration and growth")
    respiratory_quotient: float = ours(1.0, "mol/mol", "about 1 on glucose and glutamine")
    q_lac: float = ours(8e-11, "mmol/cell/h", "lactate taken up again, so that it levels off")
    K_lac: float = ours(10.0, "mmol/L", "lactate at half of that uptake")
    buffer_mm: float = ours(40.0, "mmol/L", "phosphate, HEPES and amino acids of a medium")
    buffer_pk: float = ours(7.0, "", "of those together")
    od_per_cells: float = ours(0.1, "1/(1e6 cells/mL)", "1e7 cells/mL read about 1, dead or alive")


DEVIATIONS: tuple[str, ...] = (
    "CHO: maintenance glucose stops when glucose is used up, and ammonia uptake when ammonia is; "
    "as published both go on and the concentrations become negative.",
    "CHO: substrates are consumed for gross growth; as published for growth minus death, so that "
    "dying cells return glucose and glutamine.",
    "CHO: cells also die at a basal rate (Moeller 2020) and by starvation, lack of oxygen or a pH "
    "far from 7 (ours, unverified), and dead cells lyse (Moeller 2020); as published starvation "
    "never kills and there is no viability.",
    "CHO: cells take lactate up again, so that it levels off near 20 mmol/L (ours, "
    "unverified); as published it only accumulates.",
    "CHO: growth follows temperature and pH by Moeller et al. 2020 (the authors call the pH term "
    "arbitrary); the model of Xing and Kornecki has neither.",
    "CHO: specific productivity depends on temperature and pH with an optimum near 33.5 degC and "
    "pH 7.0, and maintenance, respiration and glutamine decay have a Q10 of 2: illustrative, ours, "
    "unverified.",
    "CHO: oxygen uptake, the respiratory quotient, the medium's buffers and acid from lactate less "
    "ammonia are assumptions (unverified constants).",
)


def growth(p: Any, glucose: float, glutamine: float, lactate: float, ammonia: float) -> float:
    """Xing's specific growth rate, 1/h; concentrations in mmol/L."""
    substrates = glucose / (p.Kglc + glucose) * glutamine / (p.Kgln + glutamine)
    inhibition = p.KIlac / (p.KIlac + lactate) * p.KIamm / (p.KIamm + ammonia)
    return float(p.mu_max * substrates * inhibition)


def toxic_death(p: Any, lactate: float, ammonia: float) -> float:
    """Xing's specific death rate, 1/h; concentrations in mmol/L."""
    return float(p.kd * lactate / (p.KDlac + lactate) * ammonia / (p.KDamm + ammonia))


def published(
    y: Vector,
    p: XingParameters,
    feed_l_h: float = 0.0,
    feed_glucose: float = 0.0,
    feed_glutamine: float = 0.0,
) -> Vector:
    """The right-hand side as published.

    Args:
        y: viable cells (1/L), glucose, glutamine, lactate, ammonia (mmol/L), antibody (g/L), V (L).
        p: the parameters.
        feed_l_h: feed, L/h.
        feed_glucose: glucose in the feed, mmol/L.
        feed_glutamine: glutamine in the feed, mmol/L.

    Returns:
        dy/dt per hour, same order.
    """
    cells, glucose, glutamine, lactate, ammonia, antibody, volume = y
    net = growth(p, glucose, glutamine, lactate, ammonia) - toxic_death(p, lactate, ammonia)
    dilution = feed_l_h / volume
    q_glucose = net / p.Yxglc + p.m_glc
    q_glutamine = net / p.Yxgln + p.a1 * glutamine / (p.a2 + glutamine)
    decay = p.d_gln * glutamine
    return np.array(
        [
            (net - dilution) * cells,
            -q_glucose * cells + dilution * (feed_glucose - glucose),
            -q_glutamine * cells - decay + dilution * (feed_glutamine - glutamine),
            p.Ylacglc * q_glucose * cells - dilution * lactate,
            (p.Yammgln * net / p.Yxgln - p.r_amm) * cells + decay - dilution * ammonia,
            p.QmAb * cells - dilution * antibody,
            feed_l_h,
        ]
    )


_growth = kernel(growth)
_toxic_death = kernel(toxic_death)


@kernel
def bell(value: float, best: float, width: float) -> float:
    """exp(-((value - best)/width)^2), the form of Moeller's factors."""
    return math.exp(-(((value - best) / width) ** 2))


@kernel
def productivity(p: Any, temperature: float, ph: float) -> float:
    """Specific productivity, g/cell/h: ``QmAb`` at the reference temperature and the best pH."""
    warmth = bell(temperature, p.T_product, p.width_T_product) / bell(
        p.T_ref, p.T_product, p.width_T_product
    )
    return float(p.QmAb * warmth * bell(ph, p.pH_product, p.width_pH_product))


@kernel
def climate_of(state: Vector, organism: Any, vessel: Any, climate: Vector) -> None:
    """What temperature and pH do to the broth and the cells."""
    p = organism
    broth.weather(state, vessel, p.buffer_pk, climate)
    temperature, ph = state[broth.TEMPERATURE], climate[broth.PH]
    climate[PACE] = p.Q10 ** ((temperature - p.T_ref) / 10.0)
    climate[WARMTH] = bell(temperature, p.T_growth, p.width_T_growth)
    climate[MILDNESS] = bell(ph, p.pH_growth, p.width_pH_growth)
    climate[PRODUCTIVITY] = productivity(p, temperature, ph)


@kernel
def derivatives(
    state: Vector, organism: Any, vessel: Any, conditions: Vector, climate: Vector, slope: Vector
) -> None:
    """The twin's right-hand side: cells in a broth in a vessel (:mod:`twin.broth`), per hour."""
    p = organism
    glucose, glutamine = max(state[GLUCOSE], 0.0), max(state[GLUTAMINE], 0.0)
    lactate, ammonia = max(state[LACTATE], 0.0), max(state[AMMONIA], 0.0)
    oxygen = max(state[broth.DO], 0.0)
    aerobic = oxygen / (p.K_oxygen + oxygen)
    pace, mildness = climate[PACE], climate[MILDNESS]
    mu = _growth(p, glucose, glutamine, lactate, ammonia) * climate[WARMTH] * mildness * aerobic
    acidic = 1.0 - mildness
    stress = p.K_starve / (p.K_starve + glucose) + 1.0 - aerobic + acidic
    death = _toxic_death(p, lactate, ammonia) + p.kd_min + p.k_stress * stress
    # per 1e9 cells and hour from here on
    q_glucose = 1e9 * (mu / p.Yxglc + p.m_glc * pace * glucose / (p.K_limit + glucose))
    q_glutamine = 1e9 * (mu / p.Yxgln + p.a1 * pace * glutamine / (p.a2 + glutamine))
    q_lactate = 1e9 * p.q_lac * pace * aerobic * lactate / (p.K_lac + lactate)
    decay = p.d_gln * pace * glutamine
    q_ammonia = 1e9 * (p.Yammgln * mu / p.Yxgln - p.r_amm * pace * ammonia / (p.K_limit + ammonia))
    cells = max(state[VIABLE], 0.0)
    slope[VIABLE] = (mu - death) * cells
    slope[DEAD] = death * cells - p.k_lysis * state[DEAD]
    slope[GLUCOSE] = -q_glucose * cells
    slope[GLUTAMINE] = -q_glutamine * cells - decay
    slope[LACTATE] = (p.Ylacglc * q_glucose - q_lactate) * cells
    slope[AMMONIA] = q_ammonia * cells + decay
    slope[ANTIBODY] = 1e9 * climate[PRODUCTIVITY] * cells
    oxygen_mm_h = 1e9 * p.qO2 * pace * aerobic * cells
    broth.exchange(
        state, vessel, conditions, climate, slope,
        oxygen_mm_h, p.respiratory_quotient * oxygen_mm_h, slope[LACTATE] - slope[AMMONIA],
    )  # fmt: skip


class Cho:
    """CHO as :class:`twin.culture.Culture` needs it."""

    deviations: ClassVar[tuple[str, ...]] = DEVIATIONS
    units: ClassVar[Mapping[str, str]] = {
        "biomass": "1/mL",
        "viability": "%",
        "glucose": "g/L",
        "glutamine": "mmol/L",
        "lactate": "mmol/L",
        "ammonia": "mmol/L",
        "product": "g/L",
        "titer": "g/L",
    }

    def __init__(self, parameters: ChoParameters | None = None) -> None:
        self.parameters = parameters or ChoParameters()
        self.record = record(self.parameters)
        self.integrator = INTEGRATOR

    def contents(self, biomass: float, glucose_g_l: float, glutamine_mm: float) -> list[float]:
        """The organism's states in a liquid with these cells/mL and nutrients."""
        glucose_mm = glucose_g_l * 1000.0 / GLUCOSE_G_PER_MOL
        return [biomass / CELLS_PER_ML, 0.0, glucose_mm, glutamine_mm, 0.0, 0.0, 0.0]

    def composition(self, state: Vector) -> dict[str, float]:
        """What a laboratory would find, in :attr:`units`; biomass is viable cells."""
        viable, dead = float(state[VIABLE]), float(state[DEAD])
        return {
            "biomass": viable * CELLS_PER_ML,
            "viability": 100.0 * viable / (viable + dead) if viable + dead > 0.0 else 0.0,
            "glucose": float(state[GLUCOSE]) * GLUCOSE_G_PER_MOL / 1000.0,
            "glutamine": float(state[GLUTAMINE]),
            "lactate": float(state[LACTATE]),
            "ammonia": float(state[AMMONIA]),
            "product": float(state[ANTIBODY]),
            "titer": float(state[ANTIBODY]),
        }

    def optical_density(self, state: Vector) -> float:
        """Optical density as an ideal photometer gives it, from living and dead cells."""
        return float((state.item(VIABLE) + state.item(DEAD)) * self.parameters.od_per_cells)


INTEGRATOR = integrator_for("cho", derivatives, climate_of)
