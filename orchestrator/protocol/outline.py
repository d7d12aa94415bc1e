"""The names in a procedure, read from raw data so that a mistake elsewhere hides none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from orchestrator.protocol.source import Location

Named: TypeAlias = tuple[tuple[Location, str], ...]
"""Names with their places in the file."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Who is called what, and who refers to whom.

    Attributes:
        phases: Names of the phases.
        samples: Names of the samples.
        sampled_from: Phases from which samples are taken.
        sources: Reagents that are dosed.
        followed: Samples that doses wait for.
    """

    phases: Named = ()
    samples: Named = ()
    sampled_from: Named = ()
    sources: Named = ()
    followed: Named = ()

    @property
    def phase_names(self) -> list[str]:
        """Names of the phases, each once."""
        return list(dict.fromkeys(name for _, name in self.phases))

    @property
    def sample_names(self) -> list[str]:
        """Names of the samples, each once."""
        return list(dict.fromkeys(name for _, name in self.samples))


def outline_of(culture: Any) -> Outline:
    """Read the names of a raw (bound) `culture` section, whatever else is wrong with it."""
    base: Location = ("culture",)
    return Outline(
        phases=tuple(_texts(culture, base, "phases", "*", "name")),
        samples=tuple(_texts(culture, base, "samples", "*", "name")),
        sampled_from=tuple(_texts(culture, base, "samples", "*", "from")),
        sources=(
            *_texts(culture, base, "control", "ph", "with"),
            *_texts(culture, base, "phases", "*", "feed", "source"),
            *_texts(culture, base, "phases", "*", "events", "*", "add", "source"),
        ),
        followed=(
            *_texts(culture, base, "phases", "*", "feed", "follows"),
            *_texts(culture, base, "phases", "*", "events", "*", "follows"),
        ),
    )


def _texts(node: Any, location: Location, *path: str) -> Iterator[tuple[Location, str]]:
    if not path:
        if isinstance(node, str) and "$" not in node:
            yield location, node
    elif path[0] == "*":
        for position, item in enumerate(node if isinstance(node, list) else ()):
            yield from _texts(item, (*location, position), *path[1:])
    elif isinstance(node, dict) and path[0] in node:
        yield from _texts(node[path[0]], (*location, path[0]), *path[1:])
