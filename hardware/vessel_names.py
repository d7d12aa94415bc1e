"""Names of vessels: a row letter and a column number, in row-major order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

_NAME = re.compile(r"^([A-Z])([1-9]\d?)$")
_RANGE = re.compile(r"^\s*(\S+?)\s*\.\.\s*(\S+)\s*$")


def array_names(rows: int, columns: int) -> tuple[str, ...]:
    """Names of a whole array: A1, A2, ..., then B1, ..."""
    return tuple(
        f"{ascii_uppercase[row]}{column + 1}" for row in range(rows) for column in range(columns)
    )


def row_and_column(name: str) -> tuple[int, int]:
    """Zero-based row and column of a vessel or well.

    Raises:
        ValueError: ``name`` is not a letter and a number.
    """
    match = _NAME.match(name)
    if match is None:
        raise ValueError(f"'{name}' is not a position such as 'A1'")
    return ascii_uppercase.index(match[1]), int(match[2]) - 1


def expand_names(written: str | Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Vessels meant by ``A1``, by ``A1..C8`` (in the order of ``names``) or by a list of these.

    Raises:
        ValueError: A name is not in ``names``, or a range runs backwards.
    """
    if not isinstance(written, str):
        return tuple(name for part in written for name in expand_names(part, names))
    ends = _RANGE.match(written)
    first, last = (ends[1], ends[2]) if ends else (written.strip(), written.strip())
    for end in (first, last):
        if end not in names:
            raise ValueError(
                f"'{end}' is not a vessel of this array, which goes from {names[0]} to {names[-1]}"
            )
    start, stop = names.index(first), names.index(last)
    if stop < start:
        raise ValueError(f"'{written}' runs backwards; write '{last}..{first}'")
    return tuple(names[start : stop + 1])
