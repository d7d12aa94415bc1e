"""Designs for the components of a mixture, perhaps beside other factors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from designs.specs.common import Design
from designs.specs.factorial import Levels


class MixtureDesign(Design):
    """Blends of the components that state a total; other factors are crossed with the blends."""

    kind: Literal["mixture"]
    points: Literal["simplex-lattice", "simplex-centroid", "extreme-vertices"] = Field(
        description="Shares in even steps; every subset in equal shares; or the corners of the "
        "region that bounds and constraints leave."
    )
    degree: int = Field(
        2, ge=1, description="Steps of a simplex-lattice: 2 has pure components and halves."
    )
    axial: bool = Field(
        False, description="Adds blends half-way from the centroid to each pure component."
    )
    centroids: tuple[Literal["edges", "faces", "overall"], ...] = Field(
        ("edges", "overall"),
        strict=False,
        description="What extreme vertices are joined by: the middles of edges and plane faces, "
        "and of the region.",
    )
    constraints: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Linear constraints for extreme vertices, such as 'a + 2*b <= 5 g/L'.",
    )
    levels: Levels = Field(
        2, description="Levels of every continuous factor beside the mixture, or of each by name."
    )
