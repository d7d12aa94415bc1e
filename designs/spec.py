"""The ``design`` section of a protocol file: one model per kind of design."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BlocksByCount(_Section):
    """So many blocks of equal size, where sizes allow: ``{count: 2}``."""

    count: int = Field(ge=2, description="Number of blocks.")


class BlocksByPosition(_Section):
    """Blocks that are columns or rows of the vessel array: ``{by: column}``."""

    by: Literal["column", "row"] = Field(description="What makes a block.")


def _which_blocks(raw: Any) -> str | None:
    if isinstance(raw, BlocksByPosition) or (isinstance(raw, Mapping) and "by" in raw):
        return "blocks-by-position"
    return "blocks-by-count" if isinstance(raw, BlocksByCount | Mapping) else None


Blocks: TypeAlias = Annotated[
    Annotated[BlocksByCount, Tag("blocks-by-count")]
    | Annotated[BlocksByPosition, Tag("blocks-by-position")],
    Discriminator(
        _which_blocks,
        custom_error_type="blocks",
        custom_error_message="blocks are written as {count: 2} or {by: column}",
    ),
]


def _factor_levels(raw: Any) -> Any:
    counts = raw.values() if isinstance(raw, dict) else [raw]
    if any(type(count) is not int or count < 2 for count in counts):
        raise PydanticCustomError(
            "levels", "levels is a whole number of at least 2, or one for each factor by name"
        )
    return raw


def _axial_distance(raw: Any) -> Any:
    if raw in ("rotatable", "orthogonal"):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw < math.inf:
        raise PydanticCustomError("alpha", "alpha is rotatable, orthogonal or a number above 0")
    return float(raw)


class _Design(_Section):
    replicates: int = Field(1, ge=1, description="How often each point but the centre is run.")
    centre_points: int = Field(0, ge=0, description="Number of centre runs in all.")
    blocks: Blocks | None = Field(None, description="Groups of runs that are more alike.")
    seed: int = Field(0, ge=0, description="Same seed, same run sheet.")


class FullFactorial(_Design):
    """Every combination of the factors' levels."""

    kind: Literal["full-factorial"]
    levels: Annotated[
        int | dict[str, int],
        BeforeValidator(_factor_levels),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": 2},
                    {"type": "object", "additionalProperties": {"type": "integer", "minimum": 2}},
                ]
            }
        ),
    ] = Field(
        2, description="Levels of every continuous factor, or of each by name (2 where unnamed)."
    )


class Fractional(_Design):
    """A regular two-level fraction, by its generators or by the resolution wanted."""

    kind: Literal["fractional"]
    generators: dict[str, str] | None = Field(
        None,
        min_length=1,
        description="Factors defined as products of others, such as {ph: temperature*feed_rate}.",
    )
    resolution: int | None = Field(
        None, ge=3, description="The smallest fraction of at least this resolution is made."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Fractional:
        if (self.generators is None) == (self.resolution is None):
            raise PydanticCustomError(
                "fraction", "a fraction needs either generators or a resolution, and not both"
            )
        return self


class PlackettBurman(_Design):
    """A two-level screening design for main effects."""

    kind: Literal["plackett-burman"]
    runs: int | None = Field(
        None, ge=4, multiple_of=4, description="Runs before replication; the fewest when omitted."
    )


class CentralComposite(_Design):
    """A cube of at least resolution V, axial points and centre points."""

    kind: Literal["central-composite"]
    centre_points: int = Field(4, ge=0, description="Number of centre runs in all.")
    axial: Literal["circumscribed", "inscribed", "faced"] = Field(
        "circumscribed",
        description="Axial points outside the bounds, on them with the cube shrunk, or on the "
        "faces of the cube.",
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


class BoxBehnken(_Design):
    """Edge midpoints and centre points; three levels, no corner of the cube."""

    kind: Literal["box-behnken"]
    centre_points: int = Field(3, ge=0, description="Number of centre runs in all.")


class LatinHypercube(_Design):
    """Runs spread over the whole region, each factor's range evenly covered."""

    kind: Literal["latin-hypercube"]
    runs: int = Field(ge=2, description="Number of points.")
    criterion: Literal["random", "centred", "maximin", "correlation"] = Field(
        "correlation",
        description="Any hypercube, cells' midpoints, the largest smallest distance, or the "
        "smallest correlation between factors.",
    )


class Table(_Design):
    """A design of one's own: one mapping of factor to value per run."""

    kind: Literal["table"]
    rows: list[dict[str, Any]] = Field(
        min_length=1, description="The runs, such as [{feed_rate: 2 g/L/h, iptg: 1 µmol/L}]."
    )


DesignSpec: TypeAlias = Annotated[
    FullFactorial
    | Fractional
    | PlackettBurman
    | CentralComposite
    | BoxBehnken
    | LatinHypercube
    | Table,
    Field(discriminator="kind"),
]
