"""What a design can tell, in lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
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
