"""How good a fit is, in one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.diagnostics import LEVEL
from analysis.evidence import shows_an_effect
from analysis.wording import share

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel

_GOOD, _FAIR = 0.8, 0.5


@dataclass(frozen=True)
class Verdict:
    """What to think of a fit.

    Attributes:
        reproducibility: One less the scatter of replicates over the whole variation (mean
            squares); None without replicates, and where replicates share random groups.
        sentence: In words.
    """

    reproducibility: float | None
    sentence: str


def judge_fit(model: ResponseModel) -> Verdict:
    """The verdict on one model."""
    pure, total = model.anova.pure_error, model.anova.total
    repeats = None
    shared = bool(model.variance_components[:-1])
    if not shared and pure is not None and pure.mean_sq is not None and total.sum_sq > 0:
        repeats = 1 - pure.mean_sq * total.df / total.sum_sq
    return Verdict(repeats, _sentence(model))


def _sentence(model: ResponseModel) -> str:
    if model.sigma is None:
        return (
            "No verdict: the model takes every run it has, so nothing is left to check it against."
        )
    if shows_an_effect(model) is False:
        return "Not usable: no effect of any factor stands out from scatter."
    lack = model.anova.lack_of_fit
    misses = lack is not None and lack.p is not None and lack.p < LEVEL
    also = " It misses a shape that replicates agree on (lack of fit)." if misses else ""
    if model.r2_predicted is None:
        return f"Fitted, but not checked: some run alone decides a coefficient.{also}"
    foretold = max(model.r2_predicted, 0.0)
    told = f"it foretells {share(foretold)} of the variation of runs that it has not seen."
    if model.variance_components[:-1]:
        told = (
            f"it foretells {share(foretold)} of the variation of whole groups of runs that it "
            "has not seen."
        )
    if foretold >= _GOOD:
        return f"{'Good, with a reservation' if misses else 'Good'}: {told}{also}"
    if foretold >= _FAIR:
        return f"Fair: {told} Use it for direction, and confirm its numbers.{also}"
    return f"Weak: {told} Trust the direction of clear effects only.{also}"
