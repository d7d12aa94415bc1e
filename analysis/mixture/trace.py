"""Response traces: what more of one component in place of the others does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis.mixture.blends import Blends
from analysis.wording import listing, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.fitted import ResponseModel

_POINTS = 21


@dataclass(frozen=True)
class Trace:
    """The response along one component, the others kept in the proportions of a reference blend.

    Attributes:
        component: Its name.
        reference: Its amount in the reference blend, in its unit.
        amounts: Of the component, ascending, in its unit; none where it cannot vary alone.
        predicted: Expected response at each.
        ci_low: 95 % confidence interval of each, lower end; NaN without an error estimate.
        ci_high: Upper end.
    """

    component: str
    reference: float
    amounts: tuple[float, ...]
    predicted: tuple[float, ...]
    ci_low: tuple[float, ...]
    ci_high: tuple[float, ...]


def response_traces(
    model: ResponseModel,
    held: Mapping[str, float | str],
    direction: Literal["cox", "piepel"] = "cox",
) -> tuple[Trace, ...]:
    """Traces through the middle of the tested blends, as far as blends were tested.

    Args:
        model: A model with the components of a mixture.
        held: Coded settings of the factors beside the mixture.
        direction: "cox" towards the pure component; "piepel" towards the pseudo-component, which
            takes what the others' lower bounds leave.

    Returns:
        One trace per component; empty without a mixture.

    Source: Cornell, Experiments with Mixtures (3rd ed. 2002), section 5.9; Piepel, Technometrics
        24 (1982) 97.
    """
    mixture = model.factors.mixture
    if not mixture:
        return ()
    blends = Blends.of(model.coded[list(mixture)].to_numpy(float), model.factors)
    pure = mixture.coded_pure if direction == "cox" else np.eye(len(mixture))
    return tuple(
        _along(model, held, name, blends.middle, _within(blends, towards))
        for name, towards in zip(mixture, pure - blends.middle, strict=True)
    )


def _within(blends: Blends, towards: np.ndarray) -> np.ndarray:
    """Blends on the line through the middle one, from side to side (n x q)."""
    back, forward = blends.reach(blends.middle, towards)
    if back == forward:
        return blends.middle[None, :]
    steps = np.linspace(back, forward, _POINTS)
    points = blends.middle + steps[:, None] * towards
    rounded = np.clip(points, blends.vertices.min(axis=0), blends.vertices.max(axis=0))
    return np.asarray(rounded)


def _along(
    model: ResponseModel,
    held: Mapping[str, float | str],
    name: str,
    middle: np.ndarray,
    blends: np.ndarray,
) -> Trace:
    mixture = model.factors.mixture
    reference = mixture.to_actual(pd.DataFrame([middle], columns=list(mixture)))[name].iloc[0]
    coded = pd.DataFrame(blends, columns=list(mixture))
    for other in model.factors.free:
        coded[other] = held[other]
    amounts = mixture.to_actual(coded)[name]
    table = model.predict(coded, coded=True)
    columns = (table[column] for column in ("mean", "ci_low", "ci_high"))
    return Trace(
        name, float(reference), tuple(amounts), *(tuple(map(float, column)) for column in columns)
    )


def on_mixture(model: ResponseModel, traces: tuple[Trace, ...], unit: str) -> tuple[str, ...]:
    """What is told of a mixture in words, and what is not; nothing without one.

    Args:
        model: The fitted model.
        traces: Its traces.
        unit: Of the response.
    """
    if not model.factors.mixture:
        return ()
    ranked = sorted(traces, key=lambda trace: -float(np.ptp(trace.predicted)))
    told = [
        f"from {quantity(trace.predicted[0])} to {quantity(trace.predicted[-1], unit)} with "
        f"{trace.component} from {quantity(trace.amounts[0])} to "
        f"{quantity(trace.amounts[-1], model.factors[trace.component].unit)}"
        for trace in ranked
        if len(trace.amounts) > 1
    ]
    left_out = (
        f"{listing(list(model.factors.mixture))} are parts of a mixture and cannot vary one by "
        "one, so no stationary point and no path of steepest ascent is told."
    )
    if not told:
        return (left_out,)
    return (
        f"As one component takes the place of all others in the middle blend, {model.response} "
        f"goes {listing(told)}.",
        left_out,
    )
