"""Response-surface designs in the factors' cube."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from designs.specs.common import Design


def _axial_distance(raw: Any) -> Any:
    if raw in ("rotatable", "orthogonal"):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw < math.inf:
        raise PydanticCustomError("alpha", "alpha is rotatable, orthogonal or a number above 0")
    return float(raw)


class CentralComposite(Design):
    """A cube of at least resolution V, axial points and centre points."""

    kind: Literal["central-composite"]
    centre_points: int = Field(4, ge=0, description="Number of centre runs in all.")
    axial: Literal["circumscribed", "inscribed", "faced"] = Field(
        "circumscribed",
        description="Axial points outside the bounds, on them with the cube shrunk, or on the "
        "faces of the cube.",
    )
    cube: Literal["fraction", "full"] = Field(
        "fraction",
        description="The smallest fraction of resolution V, or all corners: more runs, and blocks "
        "of the cube that take no interaction away.",
    )
    alpha: Annotated[
        Literal["rotatable", "orthogonal"] | float,
        BeforeValidator(_axial_distance),
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["rotatable", "orthogonal"]},
                    {"type": "number", "exclusiveMinimum": 0},
                ]
            }
        ),
    ] = Field(
        "rotatable", description="Distance of the axial points from the centre, in coded units."
    )

    @model_validator(mode="after")
    def _faced_is_one(self) -> CentralComposite:
        if self.axial == "faced" and "alpha" in self.model_fields_set and self.alpha != 1:
            raise PydanticCustomError(
                "alpha", "faced axial points stand at alpha 1; leave alpha out"
            )
        return self


class BoxBehnken(Design):
    """Edge midpoints and centre points; three levels, no corner of the cube."""

    kind: Literal["box-behnken"]
    centre_points: int = Field(3, ge=0, description="Number of centre runs in all.")
