"""Is the fitted model to be believed: residuals, influence and concerns in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.scale import IDENTITY
from analysis.wording import listing, quantity

if TYPE_CHECKING:
    from analysis.response_model import ResponseModel

LEVEL = 0.05
"""Significance level of every test in a study."""

_R2_GAP = 0.2  # adjusted less predicted R²; the usual rule of thumb
_TESTABLE = 5000  # residuals; beyond, Royston's p is no longer accurate (scipy's own limit)
_POOR = 0.5  # predicted R² below this: less than half of what varies is foretold


@dataclass(frozen=True)
class Diagnostics:
    """Residuals and influence of each run, and what they say.

    Attributes:
        table: One row per run used, index as in the table given, columns ``observed``,
            ``fitted``, ``residual``, ``leverage``, ``studentized`` (internally),
            ``deleted`` (externally studentized), ``cook``, ``normal_score`` (the normal quantile
            its internally studentized residual is plotted against); NaN where undefined.
        normality_p: p of the Shapiro-Wilk test on the residuals; None when not testable.
        concerns: Sentences on what is wrong, most serious first; empty when nothing is.
    """

    table: pd.DataFrame
    normality_p: float | None
    concerns: tuple[str, ...]

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The concerns, or one reassuring sentence when there are none."""
        return self.concerns or ("The residuals give no reason to doubt the model.",)


def diagnose(model: ResponseModel) -> Diagnostics:
    """Residual diagnostics of a fitted model, with concerns at the 5 % level.

    Source: Myers, Montgomery & Anderson-Cook, Response Surface Methodology, section 2.7.
    """
    table = model.table.copy()
    table["deleted"] = _deleted(table["studentized"].to_numpy(), model.df_residual)
    table["normal_score"] = _normal_scores(table["studentized"])
    normality_p = _normality(table["residual"]) if model.sigma is not None else None
    return Diagnostics(table, normality_p, _concerns(model, table, normality_p))


def _deleted(studentized: np.ndarray, df: int) -> np.ndarray:
    """Residuals over a sigma that the run itself had no part in."""
    if df < 2:
        return np.full_like(studentized, np.nan)
    rest = np.maximum(df - studentized**2, 1e-12) / (df - 1)
    return np.asarray(studentized / np.sqrt(rest))


def _normal_scores(residuals: pd.Series) -> pd.Series:
    """Blom's approximation to the expected order statistics of a standard normal sample."""
    rank, n = residuals.rank(), residuals.notna().sum()
    return pd.Series(stats.norm.ppf((rank - 0.375) / (n + 0.25)), index=residuals.index)


def _normality(residuals: pd.Series) -> float | None:
    if not 3 <= len(residuals) <= _TESTABLE or np.ptp(residuals) == 0:
        return None
    return float(stats.shapiro(residuals).pvalue)


def _concerns(
    model: ResponseModel, table: pd.DataFrame, normality_p: float | None
) -> tuple[str, ...]:
    if not model.tested:
        return ("The fit leaves no error, so nothing can be said about its residuals.",)
    said = [
        *_on_lack_of_fit(model),
        *_on_prediction(model),
        *_on_outliers(model, table),
        *_on_influence(model, table),
    ]
    if normality_p is not None and normality_p < LEVEL:
        other = "" if model.scale == IDENTITY else "nother"
        said.append(
            f"The residuals are not normally distributed (Shapiro-Wilk p = {normality_p:.2g}); "
            f"a{other} transformation of {model.response} may help."
        )
    return tuple(said)


def _on_lack_of_fit(model: ResponseModel) -> list[str]:
    lack = model.anova.lack_of_fit
    if lack is None or lack.p is None or lack.p >= LEVEL:
        return []
    return [
        f"The model misses more than repeated runs scatter (lack of fit p = {lack.p:.2g}): "
        "the true surface has a shape it cannot take."
    ]


def _on_prediction(model: ResponseModel) -> list[str]:
    if model.sigma is None:
        return []  # of a generalised model other measures tell
    if model.variance_components[:-1]:
        return _on_new_groups(model)
    if model.r2_predicted is None or model.r2_adjusted is None:
        return ["At least one run alone decides a coefficient; prediction cannot be checked."]
    if model.r2_adjusted - model.r2_predicted > _R2_GAP:
        return [
            f"The model predicts runs it has not seen much worse (predicted R² "
            f"{model.r2_predicted:.2f}) than it fits those it has (adjusted R² "
            f"{model.r2_adjusted:.2f}); it may have too many terms or hang on a few runs."
        ]
    if model.r2_predicted < _POOR:
        return [
            f"The model foretells little of what varies between runs (predicted R² "
            f"{model.r2_predicted:.2f}); trust its predictions accordingly."
        ]
    return []


def _on_new_groups(model: ResponseModel) -> list[str]:
    """A mixed model is tried on whole groups of runs, such as a campaign that it has not seen."""
    if model.r2_predicted is None or model.r2_predicted >= _POOR:
        return []
    return [
        f"The model foretells little of how whole groups of runs come out that it has not seen "
        f"(predicted R² {model.r2_predicted:.2f}); trust the direction of clear effects only."
    ]


def _on_outliers(model: ResponseModel, table: pd.DataFrame) -> list[str]:
    """Externally studentized residuals against the t distribution, Bonferroni over all runs."""
    df = model.df_residual - 1
    if df < 1:
        return []
    number = partial(quantity, scatter=model.sigma)
    limit = float(stats.t.ppf(1 - LEVEL / 2 / len(table), df))
    return [
        f"Run {label} lies far from what the others predict ({number(row['observed'])} "
        f"against {number(row['fitted'])}); look at its record."
        for label, row in table[table["deleted"].abs() > limit].iterrows()
    ]


def _on_influence(model: ResponseModel, table: pd.DataFrame) -> list[str]:
    far = [str(label) for label in table.index[table["cook"] > 1]]
    if not far:
        return []
    runs = "Run" if len(far) == 1 else "Runs"
    return [f"{runs} {listing(far)} alone would change the coefficients much (Cook's distance)."]
