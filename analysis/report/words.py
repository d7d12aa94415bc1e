"""How a report writes names, numbers and verdicts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from analysis.wording import quantity
from designs import CategoricalFactor, ContinuousFactor, MixtureFactor


def label(name: str) -> str:
    """A name of the protocol as a reader sees it: ``feed_rate`` is "feed rate"."""
    return name.replace("_", " ")


def term_label(term: str) -> str:
    """A model term in mathematical dress: "feed rate × iptg", "iptg²"."""
    text = label(term).replace(":", " × ")
    for digit, raised in (("^2", "²"), ("^3", "³"), ("^4", "⁴")):
        text = text.replace(digit, raised)
    if block := re.fullmatch(r"block\[(.*)\]", text):
        return f"block {block[1]}, against the first"
    return text.replace("(Intercept)", "expected at the centre")


def dressed(sentence: str, names: Iterable[str]) -> str:
    """A sentence with the terms it names written as `term_label` writes them."""
    power = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    one = rf"(?:{power})(?:\^\d)?"
    named = rf"(?<![\w-]){one}(?::{one})*(?![\w-])"
    return re.sub(named, lambda m: term_label(m[0]), sentence).replace(" %", "\u00a0%")


def number(value: object, digits: int = 4) -> str:
    """A number to significant digits; a dash where there is none; text as it is."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if not isinstance(value, int | float):
        return str(value)
    rounded = float(f"{value:.{digits}g}")
    if rounded and 1e4 <= abs(rounded) < 1e7:
        return f"{rounded:,.0f}".replace("-", "−")
    return quantity(rounded).replace("-", "−")


def probability(p: float | None) -> str:
    """A p value: "< 0.001" or three decimals."""
    if p is None or not math.isfinite(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def percent(share: float | None) -> str:
    """A share as whole percent."""
    return "–" if share is None else f"{100 * share:.0f} %".replace("-", "−")


def clarity(p: float | None) -> str:
    """What a p value means, in words."""
    if p is None:
        return "not testable"
    if p < 0.05:
        return "clear"
    return "perhaps" if p < 0.1 else "not seen"


def span(factor: ContinuousFactor | CategoricalFactor | MixtureFactor) -> tuple[str, str, str]:
    """Low end, high end and scale of a factor, its levels, or the total it is part of."""
    if isinstance(factor, CategoricalFactor):
        return ", ".join(factor.levels), "", "levels"
    if isinstance(factor, MixtureFactor):
        return number(factor.low), number(factor.high), f"part of {factor.total.text}"
    return number(factor.low), number(factor.high), factor.scale
