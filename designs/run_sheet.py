"""The run sheet: one row per vessel, all that the design knows in explicit columns."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

import pandas as pd

from designs.errors import DesignError
from designs.factors import RUN_COLUMNS, STRATA_COLUMNS, Factors
from designs.strata import Stratum, strata_of

if TYPE_CHECKING:
    from designs.evaluation import DesignAudit

_INTEGER_COLUMNS = ("run", "standard_order", "replicate", "block")


@dataclass(frozen=True, eq=False)
class RunSheet:
    """An expanded design.

    Structure stands in columns, never in row names or attributes, so that sorting or saving
    the table loses nothing.

    Attributes:
        table: Columns ``run`` (1..n, execution order), ``standard_order`` (1..n), ``point``
            (factorial, axial, centre, edge, screening, definitive, sample or given),
            ``replicate`` (from 1), ``block`` (from 1), ``vessel``; where factors are hard to
            change ``whole_plot`` and perhaps ``sub_plot`` (from 1); then one per factor: actual
            values in the factor's unit, or the level's text.
        factors: The factors, with units and coding.
    """

    table: pd.DataFrame
    factors: Factors

    @property
    def coded(self) -> pd.DataFrame:
        """The factors' columns in coded units (level text for categorical factors)."""
        return self.factors.to_coded(self.table)

    @property
    def strata(self) -> tuple[Stratum, ...]:
        """The groups in which hard factors stay constant, the outermost first; none if all vary."""
        return strata_of(self.table, self.factors)

    def levels(self) -> dict[str, dict[str, float | str]]:
        """Each vessel's factor values, ready to be bound to a procedure."""
        values = self.table[list(self.factors)].to_dict(orient="records")
        return {
            str(vessel): {str(name): value for name, value in row.items()}
            for vessel, row in zip(self.table["vessel"], values, strict=True)
        }

    def diagnostics(self) -> DesignAudit:
        """What this design can and cannot tell."""
        from designs.evaluation import audit

        return audit(self.table, self.factors)

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write the table; headers of continuous factors carry the unit: ``feed_rate [g/L/h]``.

        Numbers are written with all their digits, so that `from_csv` gives the same table.
        """
        headers = {name: _header(self.factors, name) for name in self.factors}
        self.table.rename(columns=headers).to_csv(
            path, index=False, encoding="utf-8", lineterminator="\n"
        )

    @classmethod
    def from_csv(
        cls, path: str | PathLike[str], factors: Factors, *, plain: bool = False
    ) -> RunSheet:
        """Read a run sheet; columns that belong to no run sheet are left out.

        Args:
            path: A file that `to_csv` wrote, perhaps edited since.
            factors: The factors of the protocol it belongs to.
            plain: Whether a table of the factors alone will do; runs are then in one block, in
                the order of the rows, and a row's number is its vessel.

        Raises:
            DesignError: A column is missing, has another unit, or holds what is no value there.
        """
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if plain:
            raw = _completed(raw)
        columns = {name: name for name in RUN_COLUMNS}
        columns |= {name: name for name in STRATA_COLUMNS if name in raw.columns}
        columns |= {_header(factors, name): name for name in factors}
        if missing := [header for header in columns if header not in raw.columns]:
            raise DesignError(
                f"the run sheet has no column '{missing[0]}'; it has {', '.join(raw.columns)}"
            )
        table = raw[list(columns)].rename(columns=columns)
        for name in (*_INTEGER_COLUMNS, *(n for n in STRATA_COLUMNS if n in table)):
            table[name] = _numbers(table[name], int)
        for name in factors.numeric:
            table[name] = _numbers(table[name], float)
        sheet = cls(table, factors)
        if table["vessel"].duplicated().any() or table["run"].duplicated().any():
            raise DesignError("the run sheet gives a run or a vessel twice")
        factors.to_coded(table)  # refuses unknown levels and missing values
        return sheet


def _completed(raw: pd.DataFrame) -> pd.DataFrame:
    """A table with those columns of a run sheet that it lacks."""
    number = [str(1 + row) for row in range(len(raw))]
    usual = {
        "run": number,
        "standard_order": number,
        "point": "given",
        "replicate": "1",
        "block": "1",
        "vessel": [f"row {text}" for text in number],
    }
    return raw.assign(**{name: value for name, value in usual.items() if name not in raw})


def _header(factors: Factors, name: str) -> str:
    factor = factors[name]
    return f"{name} [{factor.unit}]" if factor.unit else name


def _numbers(column: pd.Series[str], kind: type[int] | type[float]) -> list[int] | list[float]:
    try:
        return [kind(text) for text in column]
    except ValueError as error:
        raise DesignError(f"column '{column.name}' of the run sheet: {error}") from error
