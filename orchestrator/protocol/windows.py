"""Windows: when something is wanted, how far from that it still serves, what must follow soon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.protocol.vocabulary import Interval, Model, Name
from quantities import in_unit

_EITHER_SIDE = re.compile(r"^\s*(±|\+/?-)\s*")
_EXAMPLE = "10 min"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from its time something may begin.

    Attributes:
        early_s: Before it.
        late_s: After it.
    """

    early_s: float
    late_s: float


def _tolerance(raw: Any) -> Tolerance:
    if isinstance(raw, Tolerance):
        return raw
    text = _EITHER_SIDE.sub("", raw) if isinstance(raw, str) else raw
    late_s = in_unit(text, "s", _EXAMPLE)
    if late_s <= 0:
        raise PydanticCustomError("window", "a window has to last some time, such as '10 min'")
    return Tolerance(late_s if text != raw else 0.0, late_s)


Within: TypeAlias = Annotated[
    Tolerance,
    PlainValidator(_tolerance),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*(±|\+/?-)?\s*(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*\S+.*$",
            "examples": [_EXAMPLE, "± 10 min"],
        }
    ),
]
"""Such as ``10 min`` (so much later) or ``± 10 min`` (so much to either side)."""


class Following(Model):
    """Something dosed that may have to wait for a sample."""

    within: Within = Field(default="5 min", validate_default=True)
    """How late a dose may begin, or with `±` how early too; later it is told as late."""
    follows: Name | None = None
    """Sample that comes first when both are due: the dose waits until it was drawn."""
    hold: Interval | None = None
    """How long after that sample the dose may begin at the latest; without it, `within`."""

    @model_validator(mode="after")
    def _hold_of_something(self) -> Following:
        if self.hold is not None and self.follows is None:
            raise PydanticCustomError(
                "hold", "`hold` counts from a sample; name it, such as `follows: plate`"
            )
        return self

    @property
    def early_s(self) -> float:
        """How long before its time a dose may begin; none that follows a sample begins early."""
        return 0.0 if self.follows is not None else self.within.early_s

    @property
    def after_sample_s(self) -> float:
        """How long after its sample the dose may begin at the latest."""
        return self.within.late_s if self.hold is None else self.hold
