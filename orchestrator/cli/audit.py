"""What a design can tell, in lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from designs import DesignAudit


def told(audit: DesignAudit) -> Iterator[str]:
    """The audit as sentences, what is wrong last."""
    yield (
        f"{audit.runs} runs at {audit.distinct_points} different settings"
        + (f" in {audit.blocks} blocks" if audit.blocks > 1 else "")
        + "."
    )
    yield f"Can be estimated: {', '.join(audit.terms)}."
    yield (
        f"{audit.residual_df} runs are left to tell the error, {audit.pure_error_df} of them from "
        "repeated settings."
    )
    if audit.resolution is not None:
        words = f" ({', '.join(audit.words)})" if audit.words else ""
        yield f"The two-level part has resolution {audit.resolution}{words}."
    yield from _aliases(audit)
    yield (
        f"D-efficiency {audit.d_efficiency:.1f} %; main effects are "
        + (
            "uncorrelated."
            if audit.orthogonal
            else f"correlated by {audit.largest_correlation:.2f}."
        )
    )
    for term, partners in audit.aliased.items():
        yield f"{term} cannot be told from {', '.join(partners)}."
    for warning in audit.warnings:
        yield f"Note: {warning}"


def _aliases(audit: DesignAudit) -> Iterator[str]:
    if audit.aliases.defining:
        yield f"Defining relation: I = {' = '.join(_first(audit.aliases.defining))}."
    if audit.aliases.sets:
        yield f"Alias sets: {'; '.join(_first(audit.aliases.sets))}."
    for name, shares in audit.aliases.partial.items():
        mixed = [f"{share:+.2g} {pair}" for pair, share in shares.items()]
        yield f"The effect of {name} holds {', '.join(_first(mixed))}."


def _first(items: Sequence[str], most: int = 12) -> list[str]:
    more = len(items) - most
    return [*items[:most], f"{more} more"] if more > 0 else list(items)
