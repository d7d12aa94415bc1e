"""Designs that fill the whole region."""

from __future__ import annotations

from typing import Literal

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
