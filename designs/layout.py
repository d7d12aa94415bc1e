"""Where runs stand: the vessel array, its blocks, and the order within them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from designs.errors import DesignError
from designs.specs.common import Blocks, BlocksByCount

Banks: TypeAlias = tuple[tuple[str, ...], ...]
"""Groups of vessels by name."""


@dataclass(frozen=True)
class VesselLayout:
    """A rectangular array of vessels, named by row letter and column number.

    Attributes:
        rows: Number of rows, at most 26.
        columns: Number of columns.
        shared: Factors that physics makes hard to change, each with the banks of vessels that
            have one value of it.
    """

    rows: int
    columns: int
    shared: Mapping[str, Banks] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (1 <= self.rows <= len(string.ascii_uppercase) and self.columns >= 1):
            raise DesignError(
                f"an array has 1 to 26 rows and at least one column, not {self.rows} x "
                f"{self.columns}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """All vessels in row-major order: A1, A2, ... B1, ..."""
        return tuple(self._name(r, c) for r in range(self.rows) for c in range(self.columns))

    def places(self, runs: int, blocks: Blocks | None) -> list[tuple[str, ...]]:
        """The vessels of each block, as evenly many as runs and array allow.

        Without blocks the first vessels are taken. Blocks by count are stretches of them;
        blocks by column or row are as few columns or rows as hold the runs.

        Raises:
            DesignError: More runs than vessels, or too few runs for so many blocks.
        """
        if runs > len(self.names):
            raise DesignError(
                f"the design has {runs} runs, but the station has {len(self.names)} vessels; "
                "ask for fewer replicates, centre points or levels"
            )
        if blocks is None:
            return [self.names[:runs]]
        if isinstance(blocks, BlocksByCount):
            if runs < 2 * blocks.count:
                raise DesignError(
                    f"{runs} runs cannot make {blocks.count} blocks of two runs or more",
                    ("blocks", "count"),
                )
            names = iter(self.names)
            return [tuple(next(names) for _ in range(n)) for n in shares(runs, blocks.count)]
        lines = self._lines(blocks.by)
        used = -(-runs // len(lines[0]))
        return [line[:n] for line, n in zip(lines, shares(runs, used), strict=False)]

    def _lines(self, by: str) -> list[tuple[str, ...]]:
        rows, columns = range(self.rows), range(self.columns)
        if by == "row":
            return [tuple(self._name(r, c) for c in columns) for r in rows]
        return [tuple(self._name(r, c) for r in rows) for c in columns]

    @staticmethod
    def _name(row: int, column: int) -> str:
        return f"{string.ascii_uppercase[row]}{column + 1}"


def shares(total: int, parts: int) -> list[int]:
    """Split a number into parts that differ by one at most, the larger first."""
    each, over = divmod(total, parts)
    return [each + (part < over) for part in range(parts)]
