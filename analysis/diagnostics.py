"""Is the fitted model to be believed: residuals, influence and verdicts in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Diagnostics:
    """Residuals and influence of each run, and what they say.

    Attributes:
        table: One row per run used, index as in the table given, columns ``observed``,
            ``fitted``, ``residual``, ``leverage``, ``studentized`` (internally),
            ``deleted`` (externally studentized), ``cook``, ``normal_score`` (the normal quantile
            its internally studentized residual is plotted against); NaN where undefined.
        normality_p: p of the Shapiro-Wilk test on the residuals; None when not testable.
        verdicts: Sentences, most serious first; one reassuring sentence when nothing is wrong.
    """

    table: pd.DataFrame
    normality_p: float | None
    verdicts: tuple[str, ...]
