"""Changing single values in the text of a YAML file; comments and everything else stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from orchestrator.protocol.source import Location

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def with_values(text: str, values: Mapping[Location, str]) -> str:
    """The text with some values replaced.

    Args:
        text: A file that `orchestrator.protocol` has read without complaint.
        values: YAML text for each location, such as ``{("factors", "ph", "low"): "6.8"}``; text
            of several lines must be indented as it is to stand.

    Raises:
        KeyError: There is no such value.
    """
    root = yaml.compose(text, Loader=_LOADER)
    edits = sorted((_span(root, location), new) for location, new in values.items())
    for (start, end), new in reversed(edits):
        before = text[:start].rstrip(" ") if new.startswith("\n") else text[:start]
        text = before + new + text[end:]
    return text


def _span(node: Any, location: Location) -> tuple[int, int]:
    for step in location:
        node = next((value for key, value in node.value if key.value == step), None)
        if node is None:
            raise KeyError(location)
    return node.start_mark.index, _end(node)


def _end(node: Any) -> int:
    """Where a value's own text ends; PyYAML's mark of a block lies behind later comments."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)
