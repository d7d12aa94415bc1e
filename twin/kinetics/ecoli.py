# ruff: noqa: N815 (the symbols are those of the publications)
"""E. coli fed-batch with overflow metabolism: Anane, Lopez, Neubauer & Cruz Bournazou 2017.

Biochem. Eng. J. 125:23-30. :func:`published` is the model as printed; :func:`derivatives` is the
twin's form of it, inside a broth and a vessel, with the departures listed in ``DEVIATIONS``.
Units: g/L, 1/h, g/g/h, dissolved oxygen in % air saturation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from twin import broth
from twin._kernel import kernel, record
from twin._parameters import ours, parameter
from twin.integrator import integrator_for

_ANANE = "Anane et al. 2017, Biochem Eng J 125:23-30"
_COPY: Final = "read in a secondary copy"
_ROSSO = "cardinal temperature model, Rosso et al. 1993, values from memory"
_CARDINAL_PH = "cardinal pH model, Rosso et al. 1995, values from memory"

Vector = NDArray[np.float64]

# states after broth.CELLS
BIOMASS, GLUCOSE, ACETATE, PRODUCT = range(broth.CELLS, broth.CELLS + 4)
# factors of the climate, after broth.FACTORS
VIGOUR = broth.FACTORS


@dataclass(frozen=True)
class AnaneParameters:
    """The 23 published numbers (rates at 37 degC and pH 7)."""

    Kap: float = parameter(0.5052, "g/g/h", _ANANE, _COPY)
    Ksa: float = parameter(0.0134, "g/L", _ANANE, _COPY)
    Ko: float = parameter(0.0001, "% air saturation", _ANANE, _COPY)
    Ks: float = parameter(0.0370, "g/L", _ANANE, _COPY)
    Kia: float = parameter(1.2399, "g/L", _ANANE, _COPY)
    Kis: float = parameter(2.1231, "g/g/h", _ANANE, _COPY)
    pAmax: float = parameter(0.2268, "g/g/h", _ANANE, _COPY)
    qAmax: float = parameter(0.1148, "g/g/h", _ANANE, _COPY)
    qm: float = parameter(0.0129, "g/g/h", _ANANE, _COPY)
    qSmax: float = parameter(0.6356, "g/g/h", _ANANE, _COPY)
    Yas: float = parameter(0.9097, "g/g", _ANANE, _COPY)
    Yoa: float = parameter(0.5440, "g/g", _ANANE, _COPY)
    Yxa: float = parameter(0.5718, "g/g", _ANANE, _COPY)
    Yem: float = parameter(0.5333, "g/g", _ANANE, _COPY)
    Yos: float = parameter(1.5620, "g/g", _ANANE, _COPY)
    Yxsof: float = parameter(0.2268, "g/g", _ANANE, _COPY)
    Cs: float = parameter(0.391, "g/g", _ANANE, _COPY)
    Cx: float = parameter(0.488, "g/g", _ANANE, _COPY)
    H: float = parameter(14000.0, "% L/g", _ANANE, _COPY)
    Si: float = parameter(300.0, "g/L", _ANANE, _COPY)
    kLa: float = parameter(220.0, "1/h", _ANANE, _COPY)
    DOTsat: float = parameter(99.0, "% air saturation", _ANANE, _COPY)
    tau: float = parameter(35.0, "s", _ANANE, _COPY)


@dataclass(frozen=True)
class EColiParameters(AnaneParameters):
    """Anane's numbers and what the twin adds to them."""

    T_min: float = parameter(4.9, "degC", _ROSSO, "unverified")
    T_opt: float = parameter(41.3, "degC", _ROSSO, "unverified")
    T_max: float = parameter(47.5, "degC", _ROSSO, "unverified")
    T_ref: float = ours(37.0, "degC", "the temperature at which Anane's rates are taken to hold")
    pH_min: float = parameter(4.4, "", _CARDINAL_PH, "unverified")
    pH_opt: float = parameter(7.0, "", _CARDINAL_PH, "unverified")
    pH_max: float = parameter(9.0, "", _CARDINAL_PH, "unverified")
    acid_per_biomass: float = ours(10.0, "mmol/g", "one proton per ammonium, 14 % nitrogen")
    respiratory_quotient: float = ours(1.0, "mol/mol", "growth on glucose")
    buffer_mm: float = ours(60.0, "mmol/L", "phosphate of a mineral medium")
    buffer_pk: float = ours(6.8, "", "phosphate at the ionic strength of a medium")
    burden: float = ours(0.35, "", "growth lost under full induction")
    K_burden: float = ours(0.015, "mmol/L", "half of that burden")
    qP_max: float = ours(0.04, "g/g/h", "sets the scale of the product")
    leak: float = ours(0.15, "", "expression without inducer, of the maximum")
    K_induction: float = ours(0.002, "mmol/L", "IPTG for half induction")
    K_overload: float = ours(0.050, "mmol/L", "IPTG above which over-expression misfolds")
    K_growth: float = ours(0.05, "1/h", "no expression without growth")
    K_repression: float = ours(6.0, "g/L", "glucose that represses half of expression")
    X_half: float = ours(18.0, "g/L", "the mineral medium sustains expression up to here")
    k_decay: float = ours(0.12, "1/h", "loss of active enzyme")
    activity_per_product: float = ours(0.9, "L/g/h", "assay: rate constant per enzyme")
    od_per_biomass: float = ours(1.0 / 0.36, "L/g", "OD600 of 1 is 0.36 g/L")


DEVIATIONS: tuple[str, ...] = (
    "E. coli: maintenance respiration and acetate uptake stop without oxygen; as published they go "
    "on and dissolved oxygen becomes negative.",
    "E. coli: glucose that is taken up but cannot be oxidised for want of oxygen becomes acetate; "
    "as published it disappears.",
    "E. coli: oxygen per dissolved oxygen follows oxygen solubility at the broth's temperature "
    "(13,760 % L/g at 37 degC; published: 14,000), and air-saturated broth reads 100 % (99 there).",
    "E. coli: uptake rates follow temperature and pH by cardinal models, 1 at 37 degC and pH 7 "
    "(unverified constants); Anane's model has neither.",
    "E. coli: induction, product and activity are an illustrative extension, not fitted to data: "
    "IPTG burdens growth and in excess overloads expression, expression needs growth, is repressed "
    "by excess glucose, fades above about 18 g/L biomass, and active enzyme is lost by 12 % an "
    "hour (all constants unverified).",
    "E. coli: acid from ammonium uptake, the medium's buffer and the respiratory quotient are our "
    "assumptions (unverified constants).",
    "E. coli: carbon is not balanced, neither here nor as published (the yield of acetate, the "
    "product, maintenance).",
)


def specific_rates(
    p: Any, glucose: float, acetate: float, oxygen: float, vigour: float, closed: bool
) -> tuple[float, float, float, float]:
    """Anane's rates per gram of biomass.

    Args:
        p: parameters, :class:`AnaneParameters` or a record of them.
        glucose: g/L.
        acetate: g/L.
        oxygen: dissolved oxygen, % air saturation.
        vigour: factor on the maximal uptake rates; 1 as published.
        closed: whether the oxygen balance is closed as the twin needs it; False as published.

    Returns:
        mu (1/h), and g/g/h of glucose taken up, acetate released (net) and oxygen taken up.
    """
    aerobic = oxygen / (oxygen + p.Ko)
    uptake = vigour * p.qSmax / (1.0 + acetate / p.Kia) * glucose / (glucose + p.Ks)
    overflow = vigour * p.pAmax * uptake / (uptake + p.Kap)
    reuse = vigour * p.qAmax / (1.0 + uptake / p.Kis) * acetate / (acetate + p.Ksa)
    oxidised = (uptake - overflow) * aerobic
    maintenance = p.qm
    if closed:
        overflow = uptake - oxidised
        reuse *= aerobic
        maintenance *= aerobic
    anabolic = (oxidised - maintenance) * p.Yem * p.Cx / p.Cs
    mu = (oxidised - maintenance) * p.Yem + reuse * p.Yxa + overflow * p.Yxsof
    oxygen_uptake = p.Yos * (oxidised - anabolic) + reuse * p.Yoa
    return mu, uptake, overflow * p.Yas - reuse, oxygen_uptake


def published(y: Vector, p: AnaneParameters, feed_l_h: float = 0.0) -> Vector:
    """The right-hand side as published.

    Args:
        y: V (L), X, S, A (g/L), DOT (%), DOT as measured (%).
        p: the parameters.
        feed_l_h: feed of ``p.Si`` g/L glucose, L/h.

    Returns:
        dy/dt per hour, same order.
    """
    volume, biomass, glucose, acetate, oxygen, probe = y
    mu, uptake, release, oxygen_uptake = specific_rates(p, glucose, acetate, oxygen, 1.0, False)
    dilution = feed_l_h / volume
    return np.array(
        [
            feed_l_h,
            biomass * (mu - dilution),
            dilution * (p.Si - glucose) - uptake * biomass,
            release * biomass - dilution * acetate,
            p.kLa * (p.DOTsat - oxygen) - oxygen_uptake * biomass * p.H,
            3600.0 / p.tau * (oxygen - probe),
        ]
    )


@kernel
def cardinal_temperature(t: float, low: float, best: float, high: float) -> float:
    """Rosso's cardinal temperature factor: 1 at ``best``, 0 at and outside ``low`` and ``high``."""
    if t <= low or t >= high:
        return 0.0
    below = best - low
    slant = below * (t - best) - (best - high) * (best + low - 2.0 * t)
    return (t - high) * (t - low) ** 2 / (below * slant)


@kernel
def cardinal_ph(ph: float, low: float, best: float, high: float) -> float:
    """The cardinal pH factor: 1 at ``best``, 0 at and outside ``low`` and ``high``."""
    if ph <= low or ph >= high:
        return 0.0
    reach = (ph - low) * (ph - high)
    return reach / (reach - (ph - best) ** 2)


@kernel
def expression(p: Any, mu: float, inducer: float, biomass: float, glucose: float) -> float:
    """Specific production of active enzyme qP, g/g/h (ours, illustrative)."""
    response = inducer / (p.K_induction + inducer + inducer * inducer / p.K_overload)
    induction = p.leak + (1.0 - p.leak) * response
    growing = max(mu, 0.0) / (max(mu, 0.0) + p.K_growth)
    sustained = 1.0 / (1.0 + (biomass / p.X_half) ** 4)
    repressed = 1.0 / (1.0 + glucose / p.K_repression)
    return float(p.qP_max * induction * growing * sustained * repressed)


_specific_rates = kernel(specific_rates)


@kernel
def climate_of(state: Vector, organism: Any, vessel: Any, climate: Vector) -> None:
    """What temperature and pH do to the broth and the cells."""
    p = organism
    broth.weather(state, vessel, p.buffer_pk, climate)
    climate[VIGOUR] = (
        cardinal_temperature(state[broth.TEMPERATURE], p.T_min, p.T_opt, p.T_max)
        / cardinal_temperature(p.T_ref, p.T_min, p.T_opt, p.T_max)
        * cardinal_ph(climate[broth.PH], p.pH_min, p.pH_opt, p.pH_max)
    )


@kernel
def derivatives(
    state: Vector, organism: Any, vessel: Any, conditions: Vector, climate: Vector, slope: Vector
) -> None:
    """The twin's right-hand side: cells in a broth in a vessel (:mod:`twin.broth`), per hour."""
    p = organism
    biomass, glucose = max(state[BIOMASS], 0.0), max(state[GLUCOSE], 0.0)
    inducer = state[broth.INDUCER]
    mu, uptake, release, oxygen_uptake = _specific_rates(
        p, glucose, max(state[ACETATE], 0.0), max(state[broth.DO], 0.0), climate[VIGOUR], True
    )
    if mu > 0.0:
        mu *= 1.0 - p.burden * inducer / (p.K_burden + inducer)
    slope[BIOMASS] = mu * biomass
    slope[GLUCOSE] = -uptake * biomass
    slope[ACETATE] = release * biomass
    produced = expression(p, mu, inducer, biomass, glucose) * biomass
    slope[PRODUCT] = produced - p.k_decay * state[PRODUCT]
    oxygen_mm_h = oxygen_uptake * biomass * 1000.0 / 32.0
    acid_mm_h = max(mu, 0.0) * biomass * p.acid_per_biomass + release * biomass * 1000.0 / 60.05
    broth.exchange(
        state, vessel, conditions, climate, slope,
        oxygen_mm_h, p.respiratory_quotient * oxygen_mm_h, acid_mm_h,
    )  # fmt: skip


class EColi:
    """E. coli as :class:`twin.culture.Culture` needs it."""

    deviations: ClassVar[tuple[str, ...]] = DEVIATIONS
    units: ClassVar[Mapping[str, str]] = {
        "biomass": "g/L",
        "viability": "%",
        "glucose": "g/L",
        "acetate": "g/L",
        "iptg": "mmol/L",
        "product": "g/L",
        "activity": "1/h",
    }

    def __init__(self, parameters: EColiParameters | None = None) -> None:
        self.parameters = parameters or EColiParameters()
        self.record = record(self.parameters)
        self.integrator = INTEGRATOR

    def contents(self, biomass: float, glucose_g_l: float, glutamine_mm: float) -> list[float]:
        """The organism's states in a liquid; glutamine is not one of them."""
        return [biomass, glucose_g_l, 0.0, 0.0]

    def composition(self, state: Vector) -> dict[str, float]:
        """What a laboratory would find, in :attr:`units`."""
        return {
            "biomass": float(state[BIOMASS]),
            "viability": 100.0,
            "glucose": float(state[GLUCOSE]),
            "acetate": float(state[ACETATE]),
            "iptg": float(state[broth.INDUCER]),
            "product": float(state[PRODUCT]),
            "activity": float(self.parameters.activity_per_product * state[PRODUCT]),
        }

    def optical_density(self, state: Vector) -> float:
        """OD600 as an ideal photometer gives it."""
        return float(state.item(BIOMASS) * self.parameters.od_per_biomass)


INTEGRATOR = integrator_for("ecoli", derivatives, climate_of)
