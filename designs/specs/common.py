"""What every design section has: replicates, centre points, blocks and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag


class Section(BaseModel):
    """A part of a protocol file: unknown entries are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BlocksByCount(Section):
    """So many blocks of equal size, where sizes allow: ``{count: 2}``."""

    count: int = Field(ge=2, description="Number of blocks.")


class BlocksByPosition(Section):
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


class Design(Section):
    """The entries that every kind of design shares."""

    replicates: int = Field(1, ge=1, description="How often each point but the centre is run.")
    centre_points: int = Field(0, ge=0, description="Number of centre runs in all.")
    blocks: Blocks | None = Field(None, description="Groups of runs that are more alike.")
    seed: int = Field(0, ge=0, description="Same seed, same run sheet.")
    spares: int = Field(
        0, ge=0, description="Vessels kept free, in which runs of lost vessels can be repeated."
    )
