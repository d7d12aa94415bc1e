"""How numbers, settings and lists are written in a study's sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from designs import Factors


def quantity(value: float, unit: str = "", scatter: float | None = None) -> str:
    """A value with its unit: ``"2.913 g/L/h"``.

    Four significant digits, or as many more as it takes to show the first digit of ``scatter``.
    """
    digits = 4
    if scatter and value:
        first = math.floor(math.log10(abs(value))) - math.floor(math.log10(abs(scatter)))
        digits = max(digits, first + 1)
    return f"{_significant(value, min(digits, 12))} {unit}".strip()


def share(part: float) -> str:
    """A part of one in percent: ``"99.8 %"``."""
    return f"{100 * part:.3g} %"


def chance(probability: float) -> str:
    """A probability in percent; never certainty: ``"more than 99.9 %"``."""
    if probability > 0.999:
        return "more than 99.9 %"
    if probability < 0.001:
        return "less than 0.1 %"
    return share(probability)


def _significant(value: float, digits: int) -> str:
    text = f"{value + 0.0:.{digits}g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    if 0 <= int(exponent) < 6:
        return f"{float(text):.0f}"
    return f"{mantissa}e{int(exponent)}"


def setting(settings: Mapping[str, float | str], factors: Factors) -> str:
    """A setting in words: ``"feed_rate 2.913 g/L/h, medium TB"``."""
    return ", ".join(
        f"{name} {value}"
        if isinstance(value, str)
        else f"{name} {quantity(value, factors[name].unit)}"
        for name, value in settings.items()
    )


def listing(items: Sequence[str]) -> str:
    """``"a"``, ``"a and b"``, ``"a, b and c"``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
