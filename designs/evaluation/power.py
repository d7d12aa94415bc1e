"""Power: how likely a night shows an effect of a given size, from noncentral F."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from designs.evaluation.information import Information
from designs.factors import CategoricalFactor, Factors
from designs.model_terms import powers

WANTED_POWER = 0.8
"""Power at which an effect counts as detectable."""


@dataclass(frozen=True)
class Assumptions:
    """What is assumed of the response before there is one.

    Attributes:
        noise: Standard deviation between runs of the same setting, in units of the response.
        effect: Change of the response from a factor's low to its high level that should be
            seen, in the same units; a coefficient is half of it. Of a categorical factor two
            levels differ by it and the others lie half way.
        alpha: Probability of seeing an effect that is none.
        variance_ratio: Variance between whole plots over that between runs; it counts only
            where the design has whole plots.
    """

    noise: float = 1.0
    effect: float = 2.0
    alpha: float = 0.05
    variance_ratio: float = 1.0


@dataclass(frozen=True)
class TermPower:
    """What a design promises for one term.

    Attributes:
        term: The term.
        df: Its columns, the numerator's degrees of freedom.
        error_df: Degrees of freedom of the error it is judged by.
        se: Standard error of its coefficient (the largest of its columns), in units of the
            response.
        power: Probability that an effect of the assumed size is seen; None without error df.
        detectable: Effect that is seen with a probability of 80 %; None without error df.
    """

    term: str
    df: int
    error_df: float
    se: float
    power: float | None
    detectable: float | None


def term_power(
    information: Information, factors: Factors, assumed: Assumptions
) -> tuple[TermPower, ...]:
    """Power of every term of the model.

    A component of a mixture has none: its coefficient is the response to the pure component, and
    no effect.
    """
    return tuple(
        _term_power(information, factors, assumed, term)
        for term in information.model_terms
        if term not in factors.mixture
    )


def power_of_f(
    noncentrality: ArrayLike, df: ArrayLike, error_df: ArrayLike, alpha: float
) -> NDArray[np.float64]:
    """Probability that F exceeds its critical value.

    Args:
        noncentrality: ``beta' C^-1 beta / sigma^2``, any shape.
        df: Of the numerator; with 1 this is the two-sided t test.
        error_df: Of the denominator, above 0.
        alpha: Level of the test.
    """
    from scipy import special  # slow to load, and a design alone does not want it

    critical = special.fdtri(df, error_df, 1 - alpha)
    return np.asarray(1 - special.ncfdtr(df, error_df, noncentrality, critical))


def _term_power(
    information: Information, factors: Factors, assumed: Assumptions, term: str
) -> TermPower:
    from scipy import special

    at = information.positions(term)
    covariance = information.covariance[np.ix_(at, at)]
    error_df = error_df_of(information, term)
    unit = least_noncentrality(covariance, patterns(term, factors))  # of an effect of one noise
    power = detectable = None
    if error_df > 0:
        nc = unit * (assumed.effect / assumed.noise) ** 2
        power = float(power_of_f(nc, len(at), error_df, assumed.alpha))
        critical = special.fdtri(len(at), error_df, 1 - assumed.alpha)
        wanted = float(special.ncfdtrinc(len(at), error_df, 1 - WANTED_POWER, critical))
        detectable = assumed.noise * float(np.sqrt(wanted / unit))
    se = assumed.noise * float(np.sqrt(np.diag(covariance).max()))
    return TermPower(term, len(at), error_df, se, power, detectable)


def least_noncentrality(
    covariance: NDArray[np.float64], effects: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The smallest ``beta' C^-1 beta`` over effects.

    Args:
        covariance: Of a term's coefficients (... x q x q).
        effects: Coefficients that an effect of that size may mean (k x q).
    """
    solved = np.linalg.solve(covariance, effects.T)
    return np.asarray((effects.T * solved).sum(axis=-2).min(axis=-1))


def patterns(term: str, factors: Factors) -> NDArray[np.float64]:
    """Coefficients of a term whose effect is one, each way that can come about (k x q).

    A continuous factor changes the response by one from low to high. Of a categorical factor
    one level gives half more, another half less than the mean.
    """
    found = np.array([[0.5]])
    for name in powers(term):
        factor = factors[name]
        if isinstance(factor, CategoricalFactor):
            pairs = np.array([*permutations(range(len(factor.levels)), 2)])
            levels = np.zeros((len(pairs), len(factor.levels)))
            np.put_along_axis(levels, pairs, np.array([[1.0, -1.0]]), axis=1)
            found = np.array([np.kron(f, level) for f in found for level in levels[:, 1:]])
    return found


def error_df_of(information: Information, term: str) -> float:
    """Error df of a term: of a single column exact, else Fai and Cornelius' combination.

    Fai and Cornelius, J. Stat. Comput. Simul. 54:363 (1996).
    """
    at = information.positions(term)
    contrasts = np.zeros((len(at), information.X.shape[1]))
    contrasts[:, at] = np.linalg.eigh(information.covariance[np.ix_(at, at)])[1].T
    dfs = [information.residual_df(contrast) for contrast in contrasts]
    if len(dfs) == 1 or np.ptp(dfs) < 1e-6:
        return dfs[0]
    total = sum(df / (df - 2) for df in dfs if df > 2)
    return 2 * total / (total - len(dfs)) if total > len(dfs) else min(dfs)


def weakest(powers_of: Mapping[str, float]) -> str | None:
    """The term with the least power; None when there is none."""
    return min(powers_of, key=lambda term: powers_of[term]) if powers_of else None
