"""Which power of the response a model fits best: Box and Cox's transformation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq, minimize_scalar

from analysis.errors import ModelError
from analysis.fitted import CONFIDENCE
from analysis.scale import IDENTITY, Scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.fitted import ResponseModel
    from analysis.problem import Problem

_USUAL = (1.0, 0.5, 0.0, -0.5, -1.0, 2.0, -2.0)  # powers with a name, most welcome first
_FAR = 5.0  # exponents beyond this are no transformation anyone would use
_GRID = np.round(np.arange(-2.0, 2.01, 0.1), 10)


@dataclass(frozen=True)
class BoxCox:
    """The likelihood of the model over powers of the response.

    Attributes:
        exponent: Power of largest likelihood; 0 stands for the logarithm.
        low: Lower end of its 95 % confidence interval; None beyond -5.
        high: Upper end; None beyond 5.
        log_likelihood: At ``exponent``, of the response over its geometric mean (as R's MASS).
        suggested: A usual power within the interval: 1 (leave as it is), 0.5, 0, -0.5, -1, 2 or
            -2, in this order of preference; ``exponent`` to one decimal when none is.
        profile: ``exponent`` and ``log_likelihood`` from -2 to 2, to draw.
        sentence: What it means, in words.
    """

    exponent: float
    low: float | None
    high: float | None
    log_likelihood: float
    suggested: float
    profile: pd.DataFrame
    sentence: str

    @property
    def scale(self) -> Scale:
        """The suggested transformation."""
        if self.suggested == 1:
            return IDENTITY
        return Scale("power", self.suggested) if self.suggested else Scale("log")


def box_cox(problem: Problem) -> BoxCox:
    """Profile the likelihood of a problem over powers of its response.

    Raises:
        ModelError: The response is not positive in every run, or the model leaves no error.

    Source: Box & Cox, J. Royal Statistical Society B 26 (1964) 211-252.
    """
    return profiled(problem.observed, problem.matrix.values, problem.weights, problem.response)


def profiled(y: np.ndarray, x: np.ndarray, w: np.ndarray, response: str) -> BoxCox:
    """Profile the likelihood over powers of a response.

    Args:
        y: The response (n).
        x: Model matrix (n x p).
        w: Weights (n).
        response: Its name.

    Raises:
        ModelError: It is not positive in every run, or the model leaves no error.
    """
    if not (y > 0).all():
        raise ModelError(
            f"'{response}' is nought or negative in some runs, so no power of it can be sought."
        )
    if x.shape[0] == x.shape[1]:
        raise ModelError("A model with as many coefficients as runs fits every power alike.")
    q, _ = np.linalg.qr(x * np.sqrt(w)[:, None])
    relative = y / np.exp(np.mean(np.log(y)))

    def likelihood(exponent: float) -> float:
        rest = _power(relative, exponent) * np.sqrt(w)
        rest = rest - q @ (q.T @ rest)
        return -len(y) / 2 * float(np.log(rest @ rest))

    found = minimize_scalar(
        lambda e: -likelihood(e), bounds=(-_FAR, _FAR), method="bounded", options={"xatol": 1e-8}
    )
    best, top = float(found.x), likelihood(float(found.x))
    floor = top - float(stats.chi2.ppf(CONFIDENCE, 1)) / 2
    low, high = (_crossing(likelihood, floor, best, end) for end in (-_FAR, _FAR))
    suggested = _suggested(best, low, high)
    profile = pd.DataFrame({"exponent": _GRID, "log_likelihood": [likelihood(e) for e in _GRID]})
    sentence = _sentence(response, best, low, high, suggested)
    return BoxCox(best, low, high, top, suggested, profile, sentence)


def usual_powers(model: ResponseModel) -> BoxCox | None:
    """Powers of the response of a least-squares model, as a check; None where none can be told."""
    if model.method != "least squares" or model.sigma is None or model.scale != IDENTITY:
        return None
    observed = model.table["observed"].to_numpy(float)
    try:
        return profiled(observed, model.matrix, np.ones(len(observed)), model.response)
    except ModelError:
        return None


def _power(relative: np.ndarray, exponent: float) -> np.ndarray:
    if abs(exponent) < 1e-8:
        return np.asarray(np.log(relative))
    return np.asarray(np.expm1(exponent * np.log(relative)) / exponent)


def _crossing(
    likelihood: Callable[[float], float], floor: float, best: float, end: float
) -> float | None:
    if likelihood(end) > floor:
        return None
    return float(brentq(lambda e: likelihood(e) - floor, best, end, xtol=1e-10))


def _suggested(best: float, low: float | None, high: float | None) -> float:
    for usual in _USUAL:
        if (low is None or low <= usual) and (high is None or usual <= high):
            return usual
    return round(best, 1)


def _sentence(
    response: str, best: float, low: float | None, high: float | None, suggested: float
) -> str:
    ends = " to ".join("beyond ±5" if end is None else f"{end:.2f}" for end in (low, high))
    said = f"The power of {response} that fits best is {best:.2f} (95 % confidence {ends}): "
    if suggested == 1:
        return f"{said}no transformation is called for."
    scale = Scale("power", suggested) if suggested else Scale("log")
    return f"{said}model its {scale.words}."
