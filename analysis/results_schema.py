"""The JSON schema of ``results.json``, read from the types that are written into it."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
from pydantic import BaseModel

from analysis.results_file import Results
from designs import Factors

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: dict[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},  # what is not finite is null
    type(None): {"type": "null"},
    Any: {},
    object: {},
}
_CELL: Schema = {"type": ["number", "string", "boolean", "null"]}
_ARRAY: Schema = {
    "description": "Numbers, row by row where there are several dimensions.",
    "type": "array",
    "items": {"anyOf": [_CELL, {"$ref": "#/$defs/array"}]},
}
_TABLE: Schema = {
    "description": "A table: an object per row, a key per column.",
    "type": "array",
    "items": {"type": "object", "additionalProperties": _CELL},
}
_NUMBER: Schema = {"type": "number"}
_FACTOR: Schema = {
    "description": "A continuous factor, a component of a mixture, or one with levels; in its "
    "unit.",
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "unit": {"type": "string"},
                "low": _NUMBER,
                "high": _NUMBER,
                "scale": {"enum": ["linear", "log"]},
            },
            "required": ["unit", "low", "high", "scale"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "unit": {"type": "string"},
                "low": _NUMBER,
                "high": _NUMBER,
                "total": _NUMBER,
            },
            "required": ["unit", "low", "high", "total"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"levels": {"type": "array", "items": {"type": "string"}}},
            "required": ["levels"],
            "additionalProperties": False,
        },
    ],
}


def results_schema() -> Schema:
    """The schema of what `analysis.results_file.results_json` writes."""
    definitions: dict[str, Schema] = {"array": _ARRAY, "factor": _FACTOR, "table": _TABLE}
    root = _object(Results, definitions)
    return {"$schema": _DIALECT, "title": "inoculum results", **root, "$defs": definitions}


def _object(of: type, definitions: dict[str, Schema]) -> Schema:
    """A dataclass: every field that is told, each of them present."""
    told = [field for field in fields(of) if field.metadata.get("told", True)]
    names: dict[str, Any] = {}
    for base in reversed(of.__mro__[:-1]):
        names |= _names(base.__module__)
    hints = get_type_hints(of, localns=names)
    described = _described(of)
    properties = {}
    for field in told:
        schema = _schema(hints[field.name], definitions)
        about = described.get(field.name)
        properties[field.name] = {"description": about, **schema} if about else schema
    return {
        "description": " ".join((of.__doc__ or "").split("\n\n")[0].split()),
        "type": "object",
        "properties": properties,
        "required": [field.name for field in told],
        "additionalProperties": False,
    }


def _schema(hint: Any, definitions: dict[str, Schema]) -> Schema:
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(option, definitions) for option in inner]}
    if np.ndarray in (hint, origin):
        return {"$ref": "#/$defs/array"}
    if origin is None and isinstance(hint, type):
        return _of_class(hint, definitions)
    if origin is tuple and inner[-1] is not Ellipsis:
        items = [_schema(item, definitions) for item in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1], definitions)}
    return {"type": "array", "items": _schema(inner[0], definitions)}


def _of_class(of: type, definitions: dict[str, Schema]) -> Schema:
    if of is Factors:
        return {"type": "object", "additionalProperties": {"$ref": "#/$defs/factor"}}
    if of is pd.DataFrame:
        return {"$ref": "#/$defs/table"}
    if of is pd.Series:
        return {"type": "object", "additionalProperties": _CELL}
    name = f"{of.__module__.partition('.')[0]}.{of.__name__}"
    if name not in definitions:
        definitions[name] = {}  # a type may hold itself
        if is_dataclass(of):
            definitions[name] = _object(of, definitions)
        elif issubclass(of, BaseModel):
            schema = of.model_json_schema(mode="serialization")
            definitions |= schema.pop("$defs", {})
            definitions[name] = schema
        else:
            raise TypeError(f"{of.__name__} has no plain form")
    return {"$ref": f"#/$defs/{name}"}


@cache
def _names(module: str) -> dict[str, Any]:
    """All names that annotations in a module may use, those for type checking only as well."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            continue
        for line in node.body:
            if isinstance(line, ast.ImportFrom) and line.module:
                source = import_module(line.module)
                found |= {a.asname or a.name: getattr(source, a.name) for a in line.names}
            elif isinstance(line, ast.Import):
                found |= {a.asname or a.name: import_module(a.name) for a in line.names}
    return found | vars(sys.modules[module])


_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def _described(of: type) -> dict[str, str]:
    """What the docstrings say of each attribute, its own and those it inherits."""
    found: dict[str, str] = {}
    for base in reversed(of.__mro__):
        _, _, listed = inspect.cleandoc(base.__doc__ or "").partition("Attributes:\n")
        found |= {
            name: re.sub(r"\bNone\b", "null", " ".join(text.split()))
            for name, text in _ATTRIBUTE.findall(listed)
        }
    return found
