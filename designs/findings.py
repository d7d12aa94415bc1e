"""What an audit's facts mean, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from designs.factors import Factors

if TYPE_CHECKING:
    from designs.evaluation import DesignAudit

_NOTICED_CORRELATION = 0.3


def warnings_of(audit: DesignAudit, table: pd.DataFrame, factors: Factors) -> DesignAudit:
    """The audit with its sentences."""
    sentences = (
        *(_definitive() if _is_definitive(table) else _aliases(audit)),
        *_error(audit),
        *_spread(audit, table),
        *_blocks(audit),
        *_outside(table, factors),
    )
    return replace(audit, warnings=sentences)


def _aliases(audit: DesignAudit) -> Iterator[str]:
    if audit.resolution == 3:
        yield (
            f"Resolution III: main effects are mixed with two-factor interactions "
            f"(such as {audit.words[0].replace('*', ', ')}); what looks like a factor may be the "
            "work of two others."
        )
    pairs = {term: mixed for term, mixed in audit.aliased.items() if len(mixed) == 1}
    told = [
        f"{term} from {'the blocks' if mixed == ('block',) else mixed[0]}"
        for term, mixed in pairs.items()
        if mixed != ("(Intercept)",)
    ]
    if told:
        yield f"These runs cannot tell {listed(told)}."
    lost = [term for term in audit.aliased if term not in pairs]
    if lost:
        yield f"These runs cannot estimate {listed(lost)}; that takes more different points."


def _is_definitive(table: pd.DataFrame) -> bool:
    return bool((table["point"] == "definitive").any())


def _definitive() -> Iterator[str]:
    yield (
        "Main effects are clear of interactions and curvature; of these the runs can tell a few at "
        "a time, not all at once."
    )


def _error(audit: DesignAudit) -> Iterator[str]:
    if audit.residual_df == 0:
        yield (
            f"The model{' and the blocks use' if audit.blocks > 1 else ' uses'} up all "
            f"{audit.runs} runs: none is left to tell the error; add replicates or centre points."
        )
    elif audit.pure_error_df == 0:
        yield (
            "No setting is repeated, so lack of fit cannot be tested; add replicates or centre "
            "points."
        )


def _spread(audit: DesignAudit, table: pd.DataFrame) -> Iterator[str]:
    if audit.largest_correlation > _NOTICED_CORRELATION:
        yield (
            f"Two factors are correlated ({audit.largest_correlation:.2f}), so their effects "
            "are hard to tell apart."
        )
    if audit.unbalanced and not (table["point"] == "sample").any():
        yield f"The levels of {listed(list(audit.unbalanced))} do not occur equally often."


def _blocks(audit: DesignAudit) -> Iterator[str]:
    if audit.block_losses:
        worst = max(audit.block_losses, key=lambda term: audit.block_losses[term])
        yield (
            f"The runs were dealt to {audit.blocks} blocks as evenly as they go; differences "
            f"between blocks take up to {100 * audit.block_losses[worst]:.0f} % of the "
            f"information on a term ({worst})."
        )


def _outside(table: pd.DataFrame, factors: Factors) -> Iterator[str]:
    for name, factor in factors.continuous.items():
        least, most = float(table[name].min()), float(table[name].max())
        if least < factor.low or most > factor.high:
            yield (
                f"{name} runs from {least:.4g} to {most:.4g} {factor.unit}".rstrip()
                + f", beyond its bounds {factor.text(factor.low)} to {factor.text(factor.high)}."
            )


def listed(items: list[str], most: int = 6) -> str:
    """Items as one would say them: ``a, b and c``; of many the first few."""
    shown = items[:most]
    if len(items) > most:
        return f"{', '.join(shown)} and {len(items) - most} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
