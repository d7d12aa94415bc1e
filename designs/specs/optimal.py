"""The section of designs that a search fits to model, constraints and vessels."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from designs.specs.common import Design

_MODELS = ("linear", "interactions", "quadratic")


def _model(raw: Any) -> Any:
    if raw in _MODELS or (isinstance(raw, list) and raw and all(isinstance(t, str) for t in raw)):
        return raw
    raise PydanticCustomError(
        "model", "a model is linear, interactions, quadratic or a list of terms: [a, b, 'a:b', a^2]"
    )


class Optimal(Design):
    """Runs that a search chooses so that the stated model is estimated best."""

    kind: Literal["optimal"]
    runs: int = Field(ge=2, description="Number of runs, given ones included.")
    criterion: Literal["D", "I", "A", "bayesian-D", "alias"] = Field(
        "D",
        description="D: smallest joint confidence region of the coefficients, for screening; I: "
        "smallest mean variance of prediction, for response surfaces; A: smallest mean variance of "
        "the coefficients; bayesian-D: D that looks at `potential` terms as far as runs allow; "
        "alias: `potential` terms enter the estimates least, at an `efficiency` that is kept.",
    )
    model: Annotated[
        Literal["linear", "interactions", "quadratic"] | list[str],
        BeforeValidator(_model),
        WithJsonSchema(
            {"anyOf": [{"enum": list(_MODELS)}, {"type": "array", "items": {"type": "string"}}]}
        ),
    ] = Field("quadratic", description="The model, or its terms: `[a, b, 'a:b', a^2]`.")
    potential: list[str] = Field(
        default=[],
        description="Terms that may matter; when empty, the second-order terms that `model` lacks "
        "(for `alias` the interactions).",
    )
    efficiency: float = Field(
        0.9,
        gt=0,
        le=1,
        description="With `alias`, the share of the D-optimal design's D-efficiency that is kept.",
    )
    constraints: list[str] = Field(
        default=[], description="What every run must keep, such as `a + 2 * b <= 6 g/L`."
    )
    disallowed: list[dict[str, Any]] = Field(
        default=[],
        description="Combinations that no run may have, such as `{medium: LB, ph: > 7.1}`.",
    )
    include: list[dict[str, Any]] = Field(default=[], description="Runs that the design must hold.")
    done: list[dict[str, Any]] = Field(
        default=[],
        description="Runs of an earlier night: the design completes them. `whole_plot: 1` tells "
        "which of them stood in one group.",
    )
    covariates: dict[str, list[Any]] = Field(
        default={},
        description="Values of a factor that are given and not chosen, one for each run.",
    )
    whole_plots: int | None = Field(
        None, ge=2, description="Groups of runs with one setting of the hard factors."
    )
    sub_plots: int | None = Field(
        None, ge=2, description="Groups within the whole plots, in all, where two are needed."
    )
    variance_ratio: float = Field(
        1.0, gt=0, description="Expected variance between groups over that between runs."
    )

    @model_validator(mode="after")
    def _plain(self) -> Optimal:
        if self.replicates > 1:
            raise PydanticCustomError(
                "replicates", "an optimal design repeats what is worth repeating; give more runs"
            )
        if (given := len(self.include) + self.centre_points) > self.runs:
            raise PydanticCustomError(
                "runs",
                "{given} runs are given, but the design has {runs} in all",
                {"given": given, "runs": self.runs},
            )
        return self
