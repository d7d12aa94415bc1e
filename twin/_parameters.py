"""Numbers that carry their unit, their source and how far the source was checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Literal, Protocol

Evidence = Literal["read in the source", "read in a secondary copy", "unverified"]


class ParameterSet(Protocol):
    """A frozen dataclass whose fields were all made with :func:`parameter`."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True)
class Source:
    """Where one number of the twin comes from.

    Attributes:
        name: the parameter's name in its parameter set.
        value: its value in ``unit``.
        unit: its unit; empty for a pure number.
        source: publication, or "ours" for a number this project chose.
        evidence: how far the number was checked against the source.
    """

    name: str
    value: float
    unit: str
    source: str
    evidence: Evidence


def parameter(value: float, unit: str, source: str, evidence: Evidence) -> float:
    """A dataclass field with a default value and its provenance in the metadata."""
    metadata = {"unit": unit, "source": source, "evidence": evidence}
    return field(default=value, metadata=metadata)


def ours(value: float, unit: str, why: str) -> float:
    """A field whose value this project chose, for the reason given: always "unverified"."""
    return parameter(value, unit, f"ours: {why}", "unverified")


def sources_of(parameters: ParameterSet) -> Iterator[Source]:
    """The provenance of every number of a parameter set, in the order of its fields."""
    for item in fields(parameters):
        if "source" in item.metadata:
            yield Source(item.name, getattr(parameters, item.name), **item.metadata)
