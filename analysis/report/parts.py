"""What sections are made of: tables, figures, single numbers."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Table:
    """A table as text.

    Attributes:
        caption: What the table shows.
        header: Column headers.
        rows: Cells; the first of a row names it.
        text_columns: Positions of columns that hold words and are set flush left.
        marked: Rows that are set apart.
        anchors: Of each row in the page; empty for none.
        links: Where the first cell of each row leads; empty for nowhere.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: frozenset[int] = frozenset({0})
    marked: frozenset[int] = frozenset()
    anchors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption.

    Attributes:
        svg: The drawing.
        caption: How to read it.
        wide: Scrolls on a phone, where it would become too small to read.
    """

    svg: Markup
    caption: str
    wide: bool = False


@dataclass(frozen=True)
class Tile:
    """One number that stands out.

    Attributes:
        name: What it is.
        value: The number.
        unit: Its unit.
        notes: Small print below it.
    """

    name: str
    value: str
    unit: str = ""
    notes: tuple[str, ...] = ()


def figure(svg: str | None, caption: str, wide: bool = False) -> Figure | None:
    """A figure for the template; None stays None. The SVG is ours and already escaped."""
    return None if svg is None else Figure(Markup(svg), caption, wide)  # noqa: S704
