"""How numbers, settings and lists are written in a study's sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from designs import Factors


def quantity(value: float, unit: str = "") -> str:
    """A value to four significant digits, with its unit: ``"2.913 g/L/h"``."""
    return f"{_significant(value)} {unit}".strip()


def _significant(value: float) -> str:
    text = f"{value + 0.0:.4g}"
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
