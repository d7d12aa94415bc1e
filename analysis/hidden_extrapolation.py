"""Whether a setting within each factor's range still lies outside what was run together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.response_model import ResponseModel

_SAME = 1e-6  # share by which a leverage may differ by rounding


def on_extrapolation(
    models: Mapping[str, ResponseModel], coded: Mapping[str, float | str]
) -> tuple[str, ...]:
    """A sentence when a setting has more leverage than any run of a model; else nothing.

    Source: Montgomery, Peck and Vining, Introduction to Linear Regression Analysis, on hidden
    extrapolation: the runs' region is the smallest ellipsoid of equal leverage around them.
    """
    point = pd.DataFrame({name: [value] for name, value in coded.items()})
    beyond = []
    for name, model in models.items():
        # The rows of the runs on the same basis as the point: averaged over the blocks.
        runs = model.contrasts(model.coded, coded=True)
        inverse = np.linalg.pinv(runs.T @ runs)
        x = model.contrasts(point, coded=True)[0]
        there = float(x @ inverse @ x)
        most = float(np.einsum("ij,jk,ik->i", runs, inverse, runs).max())
        if there > most * (1 + _SAME):
            beyond.append((name, there, most))
    if not beyond:
        return ()
    name, there, most = max(beyond, key=lambda found: found[1] / found[2])
    return (
        "The best setting lies outside what was run together, though each factor is within its "
        f"range (leverage {there:.2g} in the model of {name}, of the runs {most:.2g} at most): "
        "what is predicted there is extrapolated.",
    )
