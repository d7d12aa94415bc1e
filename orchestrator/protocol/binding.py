"""Putting a factor's value where its name stands: `$feed_rate` becomes ``2.9 g/L/h``.

Binding is a replacement of text in the raw data, before validation, so that the models of the
procedure need not know that factors exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.protocol.source import Location

_REFERENCE = re.compile(r"^\s*(?:[A-Za-z_]\w*\s*(?:<=|>=|<|>)\s*)?\$(?P<name>[A-Za-z_][\w-]*)\s*$")
_IN_PLACE = re.compile(r"\$[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a factor stands.

    Attributes:
        location: Where, from the top of the file.
        name: The factor's name without the `$`; None when the `$` stands where it cannot.
    """

    location: Location
    name: str | None


def find_references(data: Any, location: Location = ()) -> Iterator[Reference]:
    """All places of raw data where a `$` stands, in the order of the file."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from find_references(value, (*location, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from find_references(value, (*location, position))
    elif isinstance(data, str) and "$" in data:
        match = _REFERENCE.match(data)
        yield Reference(location, match["name"] if match else None)


def bind(data: Any, levels: Mapping[str, str]) -> Any:
    """A copy of raw data with every known `$name` replaced by its level's text.

    Args:
        data: Raw data of the `culture` section.
        levels: Text of each factor's level, such as ``{"feed_rate": "2.9 g/L/h"}``.
    """
    if isinstance(data, dict):
        return {key: bind(value, levels) for key, value in data.items()}
    if isinstance(data, list):
        return [bind(value, levels) for value in data]
    if isinstance(data, str) and "$" in data:
        match = _REFERENCE.match(data)
        if match is not None and match["name"] in levels:
            level = levels[match["name"]]
            return _IN_PLACE.sub(lambda _: level, data).strip()
    return data
