"""Tolerance intervals of a regression: where a stated share of all new runs falls.

A prediction interval is about one new run; a tolerance interval holds at least a share
("content") of all runs at a setting, with a stated confidence. It is what a specification is
compared with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from analysis.errors import ModelError
from analysis.intervals.several_variances import half_widths
from analysis.mixed.inference import MixedInference

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

Side = Literal["both", "low", "high"]


def tolerance_factor(
    content: float, confidence: float, df: float, spread: float, side: Side = "both"
) -> float:
    """How many standard deviations of a run the interval reaches from the predicted mean.

    One-sided factors are exact (non-central t), two-sided ones as well: the content of
    ``mean ± k s`` is averaged over where the estimated mean lies and how large ``s`` came out,
    and k is what makes the chance of too little content equal to one minus the confidence.

    Args:
        content: Share of runs to be held, such as 0.95.
        confidence: That at least this share is held.
        df: Degrees of freedom of the standard deviation.
        spread: Variance of the predicted mean in units of the run variance (the leverage of the
            point; 1/n for a plain sample).
        side: "both", or the one end that is bounded.

    Source: Krishnamoorthy & Mathew, Statistical Tolerance Regions (2009), sections 2.3 and 3.2.
    """
    if side != "both":
        shift = stats.norm.ppf(content) / np.sqrt(spread)
        return float(stats.nct.ppf(confidence, df, shift) * np.sqrt(spread))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    z = 4.5 * (nodes + 1)  # how far off the mean lies, 0 to 9 of its own standard deviations
    weights = 9.0 * weights * stats.norm.pdf(z)  # both ways alike
    reach = stats.ncx2.ppf(content, 1, spread * z**2)  # square of the half width that is needed

    def lacking(k: float) -> float:
        return float(weights @ stats.chi2.sf(df * reach / k**2, df)) - confidence

    chi2 = stats.chi2.ppf(1 - confidence, df)
    guess = float(np.sqrt(df * stats.ncx2.ppf(content, 1, spread) / chi2))  # Howe's
    return float(brentq(lacking, guess / 4, guess * 4, xtol=1e-9 * guess))


def tolerance_interval(
    model: ResponseModel,
    points: pd.DataFrame,
    *,
    coded: bool = False,
    content: float = 0.95,
    confidence: float = 0.95,
    side: Side = "both",
) -> pd.DataFrame:
    """Where at least ``content`` of all runs at a setting fall, with ``confidence``.

    Pointwise: the confidence is for each setting by itself. With random terms (whole plots,
    blocks) a run is one in new groups, see `analysis.intervals.several_variances`.

    Args:
        model: A fitted model.
        points: One row per point, a column per factor.
        coded: Whether ``points`` are coded; otherwise in the factors' units.
        content: Share of the runs.
        confidence: That at least this share falls within.
        side: "both", or "low" or "high" for the one end that is bounded.

    Returns:
        Columns ``mean``, ``ti_low``, ``ti_high`` in the response's unit; an end that is not
        bounded is infinite, all ends are NaN where the fit leaves no error. Index as ``points``.

    Raises:
        ModelError: Content or confidence are no shares between 0 and 1.
    """
    for name, share in (("content", content), ("confidence", confidence)):
        if not 0 < share < 1:
            raise ModelError(f"The {name} of a tolerance interval lies between 0 and 1.")
    x = model.contrasts(points, coded=coded)
    eta = x @ model.estimates
    half = _half_widths(model, x, content, confidence, side)
    back = model.scale.inverse
    unbounded = np.full(len(x), np.inf)
    return pd.DataFrame(
        {
            "mean": back(eta),
            "ti_low": -unbounded if side == "high" else back(eta - half),
            "ti_high": unbounded if side == "low" else back(eta + half),
        },
        index=points.index,
    )


def _half_widths(
    model: ResponseModel, x: np.ndarray, content: float, confidence: float, side: Side
) -> np.ndarray:
    if model.run_sigma is None:
        return np.full(len(x), np.nan)
    if isinstance(model.inference, MixedInference):
        return half_widths(model.inference, x, content, confidence, two_sided=side == "both")
    variance, df = model.inference.new_run(np.zeros((1, x.shape[1])))
    spread = np.einsum("ij,jk,ik->i", x, model.covariance, x) / variance[0]
    distinct, which = np.unique(spread.round(12), return_inverse=True)
    factors = [
        tolerance_factor(content, confidence, float(df[0]), float(h), side) for h in distinct
    ]
    return np.asarray(np.array(factors)[which] * np.sqrt(variance[0]))
