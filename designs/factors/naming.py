"""Names that factors may have."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

RUN_COLUMNS = ("run", "standard_order", "point", "replicate", "block", "vessel")
"""Columns of a run sheet that say how a run stands in the design; no factor may be called so."""

STRATA_COLUMNS = ("whole_plot", "sub_plot")
"""Further columns of a run sheet whose design has factors that are hard to change."""

RESERVED_COLUMNS = RUN_COLUMNS + STRATA_COLUMNS

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def name_problem(name: str) -> str | None:
    """Why nothing may be called so, as a sentence; None for a good name."""
    if not _NAME.fullmatch(name):
        return (
            f"'{name}' cannot name a factor; use a letter, then letters, digits and underscores, "
            "such as 'feed_rate'"
        )
    if name in RESERVED_COLUMNS:
        return f"'{name}' cannot name a factor, because a column of the run sheet is called so"
    return None


def _factor_name(name: str) -> str:
    if problem := name_problem(name):
        raise PydanticCustomError("factor_name", "{problem}", {"problem": problem})
    return name


FactorName: TypeAlias = Annotated[str, AfterValidator(_factor_name)]
