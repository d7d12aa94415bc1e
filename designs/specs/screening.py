"""Designs for main effects of many factors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from designs.specs.common import Design
from designs.specs.factorial import Fold


class PlackettBurman(Design):
    """A two-level screening design for main effects."""

    kind: Literal["plackett-burman"]
    runs: int | None = Field(
        None, ge=4, multiple_of=4, description="Runs before replication; the fewest when omitted."
    )
    fold: Fold | None = Field(
        None, description="The runs again with signs reversed, as a second block."
    )


class DefinitiveScreening(Design):
    """Three levels; main effects clear of each other and of all effects of second order."""

    kind: Literal["definitive-screening"]
    centre_points: int = Field(
        0,
        ge=0,
        description="Number of centre runs in all. 0 gives one to each block, two where factors "
        "are categorical.",
    )
    fake_factors: int = Field(
        0, ge=0, description="Columns added for runs that tell the error; four runs for two."
    )
