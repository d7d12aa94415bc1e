"""Whether the runs show that a factor matters at all, which no best setting can do without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from analysis.diagnostics import LEVEL
from analysis.model_matrix import BLOCKS, is_nuisance

if TYPE_CHECKING:
    from analysis.response_model import ResponseModel


@dataclass(frozen=True)
class TLimits:
    """Sizes of t that chance exceeds in one of twenty experiments.

    Attributes:
        one: Of a single coefficient, the least sure one.
        all_at_once: Of the largest of all coefficients of the factors (Bonferroni).
    """

    one: float
    all_at_once: float


def t_limits(model: ResponseModel) -> TLimits | None:
    """What t values are held against; None where no coefficient has a standard error."""
    if not model.tested:
        return None
    known = [c.df for c in model.coefficients if c.df is not None and c.df > 0]
    count = sum(not is_nuisance(c.term) for c in model.coefficients)
    spread = stats.t(min(known)) if known else stats.norm
    return TLimits(*(float(spread.isf(LEVEL / 2 / tests)) for tests in (1, max(count, 1))))


def shows_an_effect(model: ResponseModel) -> bool | None:
    """Whether some effect stands out from scatter, over all terms at the 5 % level.

    A model of many terms has one below p = 0.05 by chance alone more often than not; so either
    all terms together must stand out (F test after the blocks), or one of them at the level
    divided by their number (Bonferroni).

    Returns:
        None when the fit leaves no error to test against.
    """
    rows = [row for row in model.anova.terms_adjusted if row.source != BLOCKS]
    tests = [row.p for row in rows if row.p is not None]
    if not tests:
        return None if rows and model.sigma is None else False
    if min(tests) < LEVEL / len(tests):
        return True
    together = _p_of_all_terms(model)
    return together is not None and together < LEVEL


def _p_of_all_terms(model: ResponseModel) -> float | None:
    """Of the terms after the blocks, where all are tested against the one residual."""
    error = model.anova.residual
    groups = [row for row in model.anova.groups if row.source != "blocks"]
    if not error.mean_sq or any(row.f is None for row in groups):
        return None
    df = sum(row.df for row in groups)
    f = sum(row.sum_sq for row in groups) / df / error.mean_sq
    return float(stats.f.sf(f, df, error.df))
