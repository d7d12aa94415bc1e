"""Terms that survive a penalty on the size of their coefficients, for more terms than runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.selection.fits import Fits

_STEPS = 60  # penalties tried, from that which lets nothing in down to a thousandth of it
_SMALL = 0.05  # of the largest coefficient: what is smaller is taken for none (Phoa et al. 2009)


def lasso_path(fits: Fits) -> Iterator[tuple[float, frozenset[str]]]:
    """Active terms of the lasso over falling penalties, by coordinate descent.

    Source: Friedman, Hastie & Tibshirani, J. Statistical Software 33(1) (2010).
    """
    x, y, owners = fits.standardised()
    largest = float(np.abs(x.T @ y).max())
    gram, moments = x.T @ x, x.T @ y
    coefficients = np.zeros(x.shape[1])
    for penalty in largest * np.geomspace(1, 1e-3, _STEPS):
        coefficients = _descended(gram, moments, float(penalty), coefficients)
        yield float(penalty), _active(coefficients, owners, 0.0)


def _descended(
    gram: np.ndarray, moments: np.ndarray, penalty: float, coefficients: np.ndarray
) -> np.ndarray:
    b = coefficients.copy()
    for _ in range(1000):
        before = b.copy()
        for j in range(len(b)):
            free = moments[j] - gram[j] @ b + gram[j, j] * b[j]
            b[j] = np.sign(free) * max(abs(free) - penalty, 0.0) / gram[j, j]
        if np.abs(b - before).max() <= 1e-7 * max(np.abs(b).max(), 1e-300):
            break
    return b


def dantzig_path(fits: Fits) -> Iterator[tuple[float, frozenset[str]]]:
    """Active terms of the Dantzig selector over falling penalties.

    Its coefficients have the smallest sum of sizes that leaves no column correlated with the
    residual by more than the penalty.

    Source: Candes & Tao, Annals of Statistics 35 (2007); Phoa, Pan & Xu, J. Statistical Planning
    and Inference 139 (2009), for supersaturated designs.
    """
    x, y, owners = fits.standardised()
    gram, moments = x.T @ x, x.T @ y
    count = x.shape[1]
    rows = np.block([[gram, -gram], [-gram, gram]])
    for penalty in np.abs(moments).max() * np.linspace(0.98, 0.0, _STEPS):
        limits = np.concatenate([penalty + moments, penalty - moments])
        found = linprog(np.ones(2 * count), A_ub=rows, b_ub=limits, method="highs")
        if found.x is None:
            continue
        coefficients = found.x[:count] - found.x[count:]
        yield float(penalty), _active(coefficients, owners, _SMALL)


def _active(coefficients: np.ndarray, owners: tuple[str, ...], small: float) -> frozenset[str]:
    size = np.abs(coefficients)
    at = np.flatnonzero(size > max(small * size.max(initial=0.0), 1e-12))
    return frozenset(owners[i] for i in at)
