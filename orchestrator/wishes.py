"""Goals and limits given on the command line: which columns are responses, and what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from analysis.errors import ModelError
from analysis.responses import ResponseSpec


@dataclass(frozen=True)
class Wishes:
    """What a table without a protocol is analysed for.

    Attributes:
        responses: Columns to model, whatever is wanted of them.
        maximise: Columns that are to be high.
        minimise: Columns that are to be low.
        targets: ``NAME=VALUE``, values that are to be met.
        at_least: ``NAME=VALUE``, smallest acceptable values.
        at_most: ``NAME=VALUE``, largest acceptable values.
    """

    responses: Sequence[str] = ()
    maximise: Sequence[str] = ()
    minimise: Sequence[str] = ()
    targets: Sequence[str] = ()
    at_least: Sequence[str] = ()
    at_most: Sequence[str] = ()

    @property
    def given(self) -> bool:
        """Whether anything is wished or named."""
        return any(map(len, (self.responses, self.maximise, self.minimise))) or any(
            map(len, (self.targets, self.at_least, self.at_most))
        )

    def specs(self, units: Mapping[str, str]) -> dict[str, ResponseSpec]:
        """The responses, in the order they are first named.

        Args:
            units: Of the table's columns; a value may be in another unit of the same kind.

        Raises:
            ModelError: Two goals for one response, or a value that is none.
        """
        wanted: dict[str, dict[str, Any]] = {name: {} for name in self.responses}
        for goal, names in (("maximise", self.maximise), ("minimise", self.minimise)):
            for name in names:
                _give(wanted, name, "goal", goal)
        for text in self.targets:
            name, value = _pair(text, "--target")
            _give(wanted, name, "goal", "target")
            wanted[name]["target"] = value
        for option, key, texts in (
            ("--at-least", "low", self.at_least),
            ("--at-most", "high", self.at_most),
        ):
            for text in texts:
                name, value = _pair(text, option)
                _give(wanted, name, key, value)
        return {name: _spec(name, given, units.get(name, "")) for name, given in wanted.items()}


def _give(wanted: dict[str, dict[str, Any]], name: str, key: str, value: str) -> None:
    given = wanted.setdefault(name, {})
    if key in given and given[key] != value:
        what = "goals" if key == "goal" else "limits"
        raise ModelError(f"'{name}' was given two {what}: {given[key]} and {value}")
    given[key] = value


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise ModelError(f"{option} is written NAME=VALUE, such as {option} yield=80")
    return name, value


def _spec(name: str, given: Mapping[str, Any], unit: str) -> ResponseSpec:
    try:
        return ResponseSpec.model_validate({"unit": unit, **given})
    except ValidationError as error:
        reasons = "; ".join(str(one["msg"]) for one in error.errors())
        raise ModelError(f"response '{name}': {reasons}") from error
