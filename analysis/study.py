"""The whole analysis of one campaign: a model per response, the best setting, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from designs.factors import Factors

    from analysis.canonical import AscentStep, CanonicalAnalysis
    from analysis.diagnostics import Diagnostics
    from analysis.optimum import Optimum
    from analysis.response_model import ResponseModel
    from analysis.responses import ResponseSpec


@dataclass(frozen=True)
class ResponseStudy:
    """One response: its model, whether to believe it, and where it is best.

    Attributes:
        name: Response name (the column of the table).
        spec: As the protocol describes it (unit, goal, limits).
        model: Fitted model.
        diagnostics: Residuals and verdicts.
        canonical: Shape of the surface; None for a model without curvature in every
            continuous factor of it.
        ascent: Path of steepest ascent (descent when the goal is to minimise); empty when
            nothing can be climbed.
        optimum: Best setting for this response alone; None when its goal is "none".
        sentences: What matters for this response, in words.
    """

    name: str
    spec: ResponseSpec
    model: ResponseModel
    diagnostics: Diagnostics
    canonical: CanonicalAnalysis | None
    ascent: tuple[AscentStep, ...]
    optimum: Optimum | None
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """All that was found in a campaign.

    Attributes:
        factors: Factors of the design.
        table: The table that was analysed (a row per run).
        responses: Modelled responses, in the protocol's order.
        unfitted: Responses that could not be modelled, with the reason as a sentence.
        optimum: Joint best setting over all goals and limits; None when no response has a goal.
        answer: The answer in plain words, most important first.
        cautions: What is not known or not to be trusted, in plain words.
    """

    factors: Factors
    table: pd.DataFrame
    responses: dict[str, ResponseStudy]
    unfitted: dict[str, str]
    optimum: Optimum | None
    answer: tuple[str, ...]
    cautions: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Every number the report shows, as plain JSON types without NaN, ordered."""
        raise NotImplementedError
