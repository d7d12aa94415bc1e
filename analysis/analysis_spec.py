"""How the responses are modelled: the optional ``analysis`` section of a protocol."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from designs import DesignError
from designs.model_terms import powers

_Term = Annotated[str, Field(min_length=1, examples=["feed_rate", "feed_rate:iptg", "iptg^2"])]


class AnalysisSpec(BaseModel):
    """How the responses are modelled; every entry may be left out.

    Hard-to-change factors and blocks need no word here: the analysis takes their error terms from
    the run sheet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    terms: tuple[_Term, ...] = Field(
        (),
        description="Terms of the model, such as 'feed_rate', 'feed_rate:iptg' and 'iptg^2'; left "
        "out, the largest standard model that the runs can carry.",
    )
    select: Literal["none", "forward", "backward", "best-subset", "lasso", "dantzig"] = Field(
        "none",
        description="How to choose among the terms: not at all, by steps, among all subsets, or by "
        "shrinkage for designs with more terms than runs.",
    )
    criterion: Literal["aicc", "bic"] = Field(
        "aicc", description="What chosen terms are judged by; split plots are judged by tests."
    )
    heredity: Literal["strong", "weak", "none"] = Field(
        "strong",
        description="What a chosen interaction or square needs beside it: all terms it is made "
        "of, one of them, or none.",
    )
    transform: Literal["none", "log", "box-cox"] = Field(
        "none",
        description="Model the responses as they are, their logarithms, or the power of each that "
        "fits best (when 1 lies within its confidence interval, as they are).",
    )
    distribution: dict[str, Literal["binomial", "poisson", "gamma"]] = Field(
        default={},
        description="Responses that are shares, counts or of constant relative scatter, by name.",
    )
    blocks: Literal["fixed", "random"] = Field(
        "fixed", description="Whether blocks are these ones only or a sample of many."
    )
    random: tuple[str, ...] = Field(
        (),
        description="Further sources of scatter that vessels share: 'row', 'column', or a column "
        "of the results.",
    )
    weights: str | None = Field(
        None, description="Column of the results with the weight of each run."
    )
    covariates: tuple[str, ...] = Field(
        (), description="Measured quantities to allow for: responses or columns of the results."
    )
    measured: dict[str, str] = Field(
        default={},
        description="Factors whose setting was measured: the response to take in place of the "
        "setting, such as 'ph: actual_ph'.",
    )

    setpoint_error: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={},
        description="How exactly a factor's setting is met: standard deviation in its unit, of a "
        "factor on a log scale relative (0.05 for 5 %). The design space and the robust best "
        "setting count with it.",
    )

    @field_validator("terms")
    @classmethod
    def _are_terms(cls, terms: tuple[str, ...]) -> tuple[str, ...]:
        for term in terms:
            try:
                powers(term)
            except DesignError as error:
                raise PydanticCustomError("term", "{said}", {"said": str(error)}) from error
        return terms

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns of the results that each entry names."""
        return {
            "weights": () if self.weights is None else (self.weights,),
            "covariates": self.covariates,
            "measured": tuple(self.measured.values()),
        }


DEFAULT = AnalysisSpec()
"""What a protocol without the section means."""
