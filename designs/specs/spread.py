"""Designs that fill the whole region."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from designs.specs.common import Design


class LatinHypercube(Design):
    """Runs spread over the whole region, each factor's range evenly covered."""

    kind: Literal["latin-hypercube"]
    runs: int = Field(ge=2, description="Number of points.")
    criterion: Literal["random", "centred", "maximin", "correlation"] = Field(
        "correlation",
        description="Any hypercube, cells' midpoints, the largest smallest distance, or the "
        "smallest correlation between factors.",
    )


class SpaceFilling(Design):
    """Runs that keep far apart, or follow a Sobol sequence; constraints may bound the region."""

    kind: Literal["space-filling"]
    runs: int = Field(ge=2, description="Number of points.")
    method: Literal["maximin", "sobol"] = Field(
        "maximin",
        description="The largest smallest distance between runs (a Latin hypercube where nothing "
        "bounds the region), or a scrambled Sobol sequence.",
    )
    constraints: list[str] = Field(
        default=[], description="What every run must keep, such as `a + 2 * b <= 6 g/L`."
    )
    disallowed: list[dict[str, Any]] = Field(
        default=[],
        description="Combinations that no run may have, such as `{medium: LB, ph: > 7.1}`.",
    )
