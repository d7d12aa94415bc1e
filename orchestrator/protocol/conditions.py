"""Conditions: one comparison of a channel with a quantity, such as ``do > 75 %``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from orchestrator.protocol.vocabulary import CHANNEL_UNITS, CHANNELS
from quantities import QuantityError, convert, same_dimension, split_number

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FORM = re.compile(
    r"^\s*(?P<channel>[A-Za-z_]\w*)\s*(?P<op><=|>=|<|>)\s*(?P<value>[^<>=\s].*?)\s*$"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A channel compared with a fixed value.

    Attributes:
        channel: One of `CHANNELS`.
        op: ``<``, ``<=``, ``>`` or ``>=``.
        value: Threshold in the channel's canonical unit.
        text: The condition as written (with factors bound).
    """

    channel: str
    op: str
    value: float
    text: str

    def holds(self, value: float) -> bool:
        """Whether a reading in canonical units fulfils the condition; NaN never does."""
        return _COMPARE[self.op](value, self.value)

    def __str__(self) -> str:
        return self.text


def parse_condition(text: str) -> Comparison:
    """Read a condition.

    Raises:
        ValueError: With a sentence saying what is wrong and what would be right.
    """
    match = _FORM.match(text)
    if match is None:
        raise ValueError(
            f"'{text}' is not a condition; write a channel, one of < <= > >=, "
            "and a quantity, such as 'do > 75 %'"
        )
    channel = match["channel"]
    if channel not in CHANNEL_UNITS:
        near = get_close_matches(channel, CHANNELS, n=1)
        right = f"did you mean `{near[0]}`?" if near else "channels are " + ", ".join(CHANNELS)
        raise ValueError(f"no channel is called `{channel}`; {right}")
    return Comparison(channel, match["op"], _threshold(channel, match["value"]), text.strip())


def _threshold(channel: str, text: str) -> float:
    unit = CHANNEL_UNITS[channel]
    measured = f"measured in {unit}" if unit else "a plain number without a unit"
    try:
        value, written = split_number(text)
        if not same_dimension(written, unit):
            raise ValueError(f"`{channel}` is {measured}; '{text}' is something else")
        return convert(value, written, unit)
    except QuantityError as error:
        raise ValueError(str(error)) from error


def _validate(raw: Any) -> Comparison:
    if isinstance(raw, Comparison):
        return raw
    if not isinstance(raw, str):
        raise PydanticCustomError("condition", "expected a condition such as 'do > 75 %'")
    try:
        return parse_condition(raw)
    except ValueError as error:
        raise PydanticCustomError("condition", "{reason}", {"reason": str(error)}) from error


Condition: TypeAlias = Annotated[
    Comparison,
    BeforeValidator(_validate),
    WithJsonSchema(
        {
            "type": "string",
            "title": "Condition",
            "pattern": rf"^\s*({'|'.join(CHANNELS)})\s*(<|<=|>|>=)\s*[^<>=\s].*$",
            "examples": ["do > 75 %"],
        }
    ),
]
