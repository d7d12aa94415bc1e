"""The reference of the language, written from the same models that read the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestrator.protocol.diagnostics import CODES
from orchestrator.protocol.schema import Schema, default_text, protocol_schema, station_schema
from orchestrator.protocol.schema_walk import named_values
from orchestrator.protocol.vocabulary import CHANNEL_UNITS
from orchestrator.protocol.wording import joined

_HEAD = """\
# The protocol language

This page is generated from the models that read the files (`python -m orchestrator.protocol`).

A protocol file says what an experiment is: what is varied, how the cultures are run, what is
measured. A station file says what stands in the laboratory. Both are YAML with these rules:

- A quantity is a number with its unit, such as `1.5 g/L/h`, `37 degC`, `150 µL`, `12 h`. Any unit
  of the right kind will do; a bare number stands only where there is no unit, as for pH.
- `$name` stands for the value of factor `name`, anywhere in `culture` where a quantity stands.
- A condition compares a channel with a quantity or a factor, such as `do > 75 %`; the signs are
  `<`, `<=`, `>` and `>=`.
- There are no anchors, tags, merge keys, tabs or loops, and no key stands twice.

`inoculum check FILE` names every mistake at once, with file, line and column. With
`# yaml-language-server: $schema=schema/protocol.json` as its first line, an editor completes keys
and checks as you type.
"""


def protocol_language(protocols: Path) -> str:
    """The reference as Markdown.

    Args:
        protocols: Folder of the shipped protocols; its examples are quoted.
    """
    example = (protocols / "ecoli-feed-iptg.yaml").read_text(encoding="utf-8")
    parts = [_HEAD, _channels()]
    parts += _Page(protocol_schema(), _sections(example)).parts("The protocol file")
    parts += _Page(station_schema(), {}).parts("The station file")
    parts.append(_codes())
    return "\n".join(parts).rstrip() + "\n"


def _channels() -> str:
    rows = [f"| `{name}` | {unit or 'plain number'} |" for name, unit in CHANNEL_UNITS.items()]
    return "\n".join(["## Channels", "", "| channel | unit |", "|---|---|", *rows, ""])


def _codes() -> str:
    rows = [f"| {code} | {meaning} |" for code, meaning in CODES.items()]
    return "\n".join(["## Codes of findings", "", "| code | meaning |", "|---|---|", *rows, ""])


def _sections(text: str) -> dict[str, str]:
    """The lines of each top-level key of a file."""
    sections: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        if line[:1].isalpha():
            key = line.split(":")[0]
        if key and not line.startswith("#"):
            sections.setdefault(key, []).append(line)
    return {name: "\n".join(lines).rstrip() for name, lines in sections.items()}


class _Page:
    """One schema as headings and tables; every definition stands once, where it is first met."""

    def __init__(self, schema: Schema, examples: dict[str, str]) -> None:
        self._schema = schema
        self._definitions: dict[str, Schema] = schema.get("$defs", {})
        self._examples = examples
        self._told: set[str] = {"FactorReference"}

    def parts(self, title: str) -> Iterator[str]:
        yield f"## {title}\n"
        yield self._table(self._schema)
        for key, node in self._schema["properties"].items():
            below = [*self._untold(node)]
            if not below:
                continue
            yield f"### `{key}`\n"
            if key in self._examples:
                yield f"```yaml\n{self._examples[key]}\n```\n"
            for name in below:
                yield from self._definition(name)

    def _untold(self, node: Any) -> Iterator[str]:
        for name in _references(node):
            if name not in self._told:
                self._told.add(name)
                yield name
                yield from self._untold(self._definitions[name])

    def _definition(self, name: str) -> Iterator[str]:
        node = self._definitions[name]
        yield f"#### {name}\n"
        if "description" in node:
            yield f"{node['description']}\n"
        if "properties" in node:
            yield self._table(node)

    def _table(self, node: Schema) -> str:
        rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
        for key, field in node["properties"].items():
            needed = key in node.get("required", ())
            default = default_text(field)
            shown = "**needed**" if needed else f"`{default}`" if default else ""
            meaning = field.get("description", "")
            rows.append(f"| `{key}` | {self._value(field)} | {shown} | {meaning} |")
        return "\n".join([*rows, ""])

    def _value(self, node: Schema) -> str:
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[-1]
            return "" if name == "FactorReference" else f"[{name}](#{name.lower()})"
        for union in ("anyOf", "oneOf"):
            if union in node:
                options = [self._value(option) for option in node[union]]
                return joined(list(dict.fromkeys(filter(None, options))), "or")
        if "const" in node:
            return f"`{node['const']}`"
        if "enum" in node:
            return joined([f"`{word}`" for word in node["enum"]], "or")
        if node.get("type") == "array":
            return f"list of {self._value(node.get('items', {}))}"
        if node.get("type") == "object":
            inner = next(iter(named_values(node)), None)
            return f"names with {self._value(inner)}" if inner is not None else "keys"
        return _plain(node)


def _plain(node: Schema) -> str:
    if node.get("type") == "null":
        return ""
    if "examples" in node:
        return f"such as `{node['examples'][0]}`"
    kind = node.get("type", "anything")
    names: dict[Any, str] = {
        "string": "text",
        "integer": "whole number",
        "boolean": "`true` or `false`",
    }
    if isinstance(kind, list):
        return joined([str(names.get(k, k)) for k in kind], "or")
    return names.get(kind, str(kind))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[-1]
        for key, child in node.items():
            if key != "discriminator":
                yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
