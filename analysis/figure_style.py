"""How every figure looks and how it becomes a small, deterministic, themeable SVG.

Figures are drawn with fixed colours; `Canvas.svg` turns each of them into a CSS variable with
that colour as fallback. A page may therefore darken them, and a figure saved alone still has
its colours. Text stays text: it takes the page's font, and any alphabet can be shown.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

INK = "#1c2127"
MUTED = "#626b76"
RULE = "#dde1e6"
ACCENT = "#0b6e99"
WARM = "#c4511a"

CATEGORIES = ("#0072b2", "#d55e00", "#00875f", "#b2578c", "#7a6a00", "#5a5f8a")
"""Okabe and Ito's colours, darkened where needed to stand on white."""

STEPS = ("#d99000", "#cf5440", "#a3307f", "#5b2fa3", "#23195c")
"""Ordered levels, low to high: lightness falls evenly, so the order survives colour blindness."""

COLOURS: dict[str, str] = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "accent": ACCENT,
    "warm": WARM,
    **{f"category-{i}": colour for i, colour in enumerate(CATEGORIES, start=1)},
    **{f"step-{i}": colour for i, colour in enumerate(STEPS, start=1)},
}
"""CSS variable (``--figure-<name>``) of each colour a figure may use."""

LINE_STYLES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.6)),
    (0, (1.4, 1.4)),
    (0, (5, 1.4, 1.2, 1.4)),
    (0, (9, 2)),
    "-",
)
"""Beside the colours, so that series differ without them too."""

_RC: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.color": RULE,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": 8.5,
}

_NUMERIC_ATTRIBUTE = re.compile(r' (?:d|x|y|transform|width|height|viewBox)="[^"]*"')
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_UNWANTED = re.compile(r"<metadata>.*?</metadata>|<style .*?</style>|<!--.*?-->", re.DOTALL)
_ID_USE = re.compile(r'( id="|url\(#|href="#)')


_PAGE = "page:"

Links = Mapping[Any, str] | None
"""Anchor in the page by label of a run; None for a figure that stands alone."""


def page_links(runs: Iterable[Any], links: Links) -> list[str] | None:
    """Link targets of a figure's points; `Canvas.svg` makes links within the page of them."""
    if links is None:
        return None
    return [f"{_PAGE}{links[run]}" for run in runs]


class Canvas:
    """One figure while it is drawn.

    Attributes:
        figure: The matplotlib figure.
        name: Unique within a page; ids inside the SVG begin with it.
        description: What a reader who cannot see the figure is told.
    """

    def __init__(self, name: str, description: str, width: float, height: float) -> None:
        self.name = name
        self.description = description
        self.figure = Figure(figsize=(width, height))
        FigureCanvasSVG(self.figure)

    def axes(self, grid: str = "y") -> Axes:
        """A single pair of axes with grid lines along ``grid`` ("x", "y", "both" or "")."""
        axes = self.figure.add_subplot()
        show_grid(axes, grid)
        return axes

    def svg(self) -> str:
        """The finished figure."""
        buffer = io.StringIO()
        with warnings.catch_warnings():
            # Only measures text; the page's own fonts draw the glyphs DejaVu lacks.
            warnings.filterwarnings("ignore", r"Glyph .* missing from font")
            nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
            self.figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
        width, height = self.figure.get_size_inches() * 72
        return _finish(buffer.getvalue(), self.name, self.description, (width, height))


@contextmanager
def canvas(
    name: str, description: str, *, width: float = 5.2, height: float = 3.5
) -> Iterator[Canvas]:
    """Draw a figure under the house style; sizes in inches of 72 SVG units.

    The style holds while drawing only, so nothing outside sees it.
    """
    with mpl.rc_context({**_RC, "svg.hashsalt": name}):
        yield Canvas(name, description, width, height)


def show_grid(axes: Axes, along: str) -> None:
    """Quiet grid lines, no tick marks."""
    if along:
        axes.grid(True, axis=along)  # type: ignore[arg-type]
    axes.tick_params(length=0)


def number(value: float, _position: object = None) -> str:
    """An axis number without exponent where that is readable."""
    text = f"{value:.4g}"
    if "e" in text and 1e-4 <= abs(value) < 1e7:
        text = f"{value:,.0f}" if abs(value) >= 1 else f"{value:.6f}".rstrip("0")
    return text.replace("-", "−")


def log_axis(axes: Axes, which: str, low: float, high: float) -> None:
    """A logarithmic axis labelled in actual units at 1, 2, 5 (or 1 only when wide)."""
    wide = high / low > 1e3
    set_scale = axes.set_xscale if which == "x" else axes.set_yscale
    set_scale("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=20))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(number))
    axis.set_minor_formatter(NullFormatter())


def plain_axis(axes: Axes, which: str, ticks: int = 6, whole: bool = False) -> None:
    """A linear axis with few, plain numbers."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(ticks, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(number))


def with_unit(label: str, unit: str) -> str:
    """An axis label: ``feed rate (g/L/h)``."""
    return f"{label} ({unit})" if unit else label


def _finish(svg: str, name: str, description: str, size: tuple[float, float]) -> str:
    svg = svg[svg.index(">", svg.index("<svg")) + 1 :]
    svg = _UNWANTED.sub("", svg)
    svg = _NUMERIC_ATTRIBUTE.sub(lambda m: _LONG_NUMBER.sub(_shortened, m[0]), svg)
    svg = _ID_USE.sub(lambda m: f"{m[1]}{name}-", svg)
    svg = svg.replace(f'href="{_PAGE}', 'href="#')
    for variable, colour in COLOURS.items():
        # Colours stand in style attributes only; a text that looks like one stays as it is.
        svg = re.sub(rf"(?<=[a-z]: ){colour}(?=[;\"])", f"var(--figure-{variable}, {colour})", svg)
    opening = (
        f'<svg role="img" aria-label="{html.escape(description)}" '
        f'viewBox="0 0 {size[0]:g} {size[1]:g}" style="stroke-linejoin: round; '
        f'max-width: {1.4 * size[0]:.0f}px" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return re.sub(r"\s*\n\s*", " ", opening + svg).strip()


def _shortened(match: re.Match[str]) -> str:
    # A SVG unit is about a pixel: less than a tenth of it cannot be seen.
    return f"{float(match[0]):.1f}".rstrip("0").rstrip(".")
