"""Values in words: durations, volumes and the like, as a method section writes them."""

from __future__ import annotations

_SPANS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def duration(seconds: float) -> str:
    """Such as ``15 h``, ``10 min`` or ``90 s``: the largest unit that gives a short number."""
    for span, unit in _SPANS:
        if seconds >= span and round(seconds / span, 2) * span == seconds:
            return f"{seconds / span:g} {unit}"
    return f"{seconds:g} s"


def volume(millilitres: float) -> str:
    """Such as ``150 µL`` or ``10 mL``."""
    if 0 < millilitres < 1:
        return f"{millilitres * 1000:g} µL"
    return f"{millilitres:g} mL"


def measured(value: float, unit: str) -> str:
    """A number in a canonical unit, in the words above for durations and volumes."""
    if unit == "s":
        return duration(value)
    if unit == "mL":
        return volume(value)
    return f"{value:g} {unit}".strip()


def joined(words: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
