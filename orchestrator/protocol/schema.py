"""JSON Schema of the files a scientist edits, for editors that complete and check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from hardware.station_spec import StationSpec
from orchestrator.protocol.protocol import Protocol
from orchestrator.protocol.wording import measured
from quantities import CANONICAL_UNITS, canonical_unit, split_number

Schema: TypeAlias = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "FactorReference"
_NAMES_A_FACTOR_MAY_GIVE = ("source", "with")
_ABOUT = ("title", "description", "default")
_OWN_UNITS = ("mL/min", "mm/s")
"""Units that a type keeps although their dimension has another canonical unit."""


def protocol_schema() -> Schema:
    """The schema of a protocol file; in `culture` a factor may stand for any quantity."""
    schema = Protocol.model_json_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    for name in _reachable(definitions, "Culture"):
        properties = definitions[name].get("properties", {})
        for key, node in properties.items():
            properties[key] = _with_reference(node, named=key in _NAMES_A_FACTOR_MAY_GIVE)
    definitions[_REFERENCE] = {
        "title": "Factor",
        "description": "The value of a factor.",
        "type": "string",
        "pattern": r"^\$[A-Za-z][A-Za-z0-9_]*$",
        "examples": ["$feed_rate"],
    }
    schema["properties"]["culture"]["description"] = "The procedure that every vessel follows."
    return _finished(schema, "inoculum protocol")


def station_schema() -> Schema:
    """The schema of a station file."""
    return _finished(StationSpec.model_json_schema(), "inoculum station")


def default_text(node: Schema) -> str | None:
    """The default of a schema node as it would be written in a file; None without one."""
    default = node.get("default")
    if default is None or isinstance(default, dict | list):
        return None
    example = next((e for leaf in _leaves(node) for e in leaf.get("examples", ())), "")
    unit = split_number(example)[1] if isinstance(example, str) and example[:1].isdigit() else ""
    if isinstance(default, float) and unit:
        kept = unit in CANONICAL_UNITS or unit in _OWN_UNITS
        return measured(default, unit if kept else canonical_unit(unit))
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def _finished(schema: Schema, title: str) -> Schema:
    for node in _nodes(schema):
        if "default" in node and "properties" not in node:
            text = default_text(node)
            if text is None:
                del node["default"]
            elif isinstance(node["default"], float) and _is_text(node):
                node["default"] = text
        if isinstance(node.get("description"), str):
            node["description"] = summary(node["description"])
    return {"$schema": _DIALECT, **schema, "title": title}


def summary(docstring: str) -> str:
    """A docstring without its parts for programmers, on one line."""
    text = docstring.split("\n\nAttributes:")[0].split("\n\nRaises:")[0]
    return " ".join(text.split())


def _is_text(node: Schema) -> bool:
    return any(leaf.get("type") == "string" for leaf in _leaves(node))


def _leaves(node: Schema) -> Iterator[Schema]:
    if "anyOf" not in node:
        yield node
    for option in node.get("anyOf", ()):
        yield from _leaves(option)


def _nodes(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
        for child in list(node.values()):
            yield from _nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _nodes(child)


def _reachable(definitions: dict[str, Schema], first: str) -> list[str]:
    found, waiting = [first], [first]
    while waiting:
        for node in _nodes(definitions[waiting.pop()]):
            name = str(node.get("$ref", "")).rsplit("/", 1)[-1]
            if name and name not in found:
                found.append(name)
                waiting.append(name)
    return found


def _with_reference(node: Schema, *, named: bool) -> Schema:
    leaves = list(_leaves(node))
    quantity = any(
        leaf.get("title") != "Condition"
        and (leaf.get("type") == "number" or (leaf.get("type") == "string" and "examples" in leaf))
        for leaf in leaves
    )
    if not quantity and not (named and any("pattern" in leaf for leaf in leaves)):
        return node
    about = {key: node[key] for key in _ABOUT if key in node}
    bare = {key: value for key, value in node.items() if key not in about}
    options = bare.get("anyOf", [bare])
    return {"anyOf": [*options, {"$ref": f"#/$defs/{_REFERENCE}"}], **about}
