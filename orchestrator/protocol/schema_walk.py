"""Finding one's way through a JSON Schema by a pydantic location."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

from pydantic import BaseModel

Schema: TypeAlias = dict[str, Any]


class SchemaWalk:
    """Answers what the schema says about a location: its keys, meaning, tags and examples."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema
        self._definitions: dict[str, Schema] = schema.get("$defs", {})

    def keys(self, loc: tuple[str | int, ...]) -> list[str]:
        """Keys that a mapping at a location may have."""
        return list(dict.fromkeys(k for node in self._at(loc) for k in node.get("properties", ())))

    def description(self, loc: tuple[str | int, ...]) -> str:
        """First sentence of what is said of a key, without its full stop."""
        for parent in self._at(loc[:-1]):
            field = parent.get("properties", {}).get(loc[-1], {})
            for node in (field, *self._open(field)):
                if "description" in node:
                    first: str = node["description"].split(";")[0].split(". ")[0]
                    return first.strip().rstrip(".")
        return ""

    def example(self, loc: tuple[str | int, ...]) -> str:
        """An example of the value at a location; empty when there is none."""
        for node in self._at(loc):
            for example in node.get("examples", ()):
                return str(example)
        return ""

    def tags(self, loc: tuple[str | int, ...]) -> list[str]:
        """The kinds that a discriminated union at a location has."""
        union = self._union(loc)
        return list(union.get("mapping", ()))

    def tag_key(self, loc: tuple[str | int, ...]) -> str:
        """The key that says the kind."""
        return str(self._union(loc).get("propertyName", "kind"))

    def _union(self, loc: tuple[str | int, ...]) -> Schema:
        for node in self._reach(loc):
            for option in (node, *node.get("anyOf", ())):
                if "discriminator" in option:
                    found: Schema = option["discriminator"]
                    return found
        return {}

    def _at(self, loc: tuple[str | int, ...]) -> list[Schema]:
        return [leaf for node in self._reach(loc) for leaf in self._open(node)]

    def _reach(self, loc: tuple[str | int, ...]) -> list[Schema]:
        nodes = [self._resolve(self._root)]
        for step in loc:
            reached = [child for node in nodes for child in self._children(node, step)]
            nodes = reached or nodes  # a validator's own name in the location leads nowhere
        return nodes

    def _resolve(self, node: Schema) -> Schema:
        while "$ref" in node:
            node = self._definitions[node["$ref"].rsplit("/", 1)[-1]]
        return node

    def _open(self, node: Schema) -> Iterator[Schema]:
        node = self._resolve(node)
        options = node.get("anyOf", node.get("oneOf"))
        if options is None:
            yield node
            return
        for option in options:
            yield from self._open(option)

    def _children(self, node: Schema, step: str | int) -> Iterator[Schema]:
        for option in (node, *node.get("anyOf", ())):
            union = self._resolve(option)
            tagged = union.get("discriminator", {}).get("mapping", {})
            if step in tagged:
                yield self._resolve({"$ref": tagged[step]})
                return
        for leaf in self._open(node):
            if isinstance(step, int):
                items = leaf.get("items")
                if isinstance(items, dict):
                    yield self._resolve(items)
            elif step in leaf.get("properties", {}):
                yield self._resolve(leaf["properties"][step])
            else:
                yield from map(self._resolve, named_values(leaf))


def named_values(node: Schema) -> Iterator[Schema]:
    """What stands under the names of a mapping that is free to name its entries."""
    yield from node.get("patternProperties", {}).values()
    if isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


@cache
def walk_of(model: type[BaseModel]) -> SchemaWalk:
    """The way through a model's schema."""
    return SchemaWalk(model.model_json_schema())
