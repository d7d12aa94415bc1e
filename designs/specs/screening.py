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
