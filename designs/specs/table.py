"""A design that someone else made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from designs.specs.common import Design


class Table(Design):
    """A design of one's own: one mapping of factor to value per run."""

    kind: Literal["table"]
    rows: list[dict[str, Any]] = Field(
        min_length=1, description="The runs, such as [{feed_rate: 2 g/L/h, iptg: 1 µmol/L}]."
    )
