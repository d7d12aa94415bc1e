"""A formula of the catalogue as factors and terms of ours, and our fit in the formula's columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from patsy import EvalFactor, ModelDesc, dmatrix

from analysis.response_model import ResponseModel, fit
from designs import CategoricalFactor, ContinuousFactor, Factors


class OutOfScope(Exception):
    """The number is none that an analysis of designed runs of ours is about; the text says why."""


def rhs_of(model: str, names: Sequence[str]) -> str:
    """The right side of a formula; Scheffé's models are written out."""
    if model.startswith("scheffe_"):
        if model == "scheffe_cubic":
            raise OutOfScope("full cubic blending (x1 x2 (x1 - x2)) is no term of ours")
        order = {"linear": 1, "quadratic": 2, "special_cubic": 3}[model.removeprefix("scheffe_")]
        terms = [":".join(c) for k in range(1, order + 1) for c in combinations(names, k)]
        return f"{' + '.join(terms)} - 1"
    # A line of its own called Block is a category, whatever numbers name the blocks.
    return re.sub(r"(^|\+\s*)Block(?=\s*(\+|$))", r"\1C(Block, Sum)", model.split("~", 1)[-1])


@dataclass(frozen=True, eq=False)
class Fitted:
    """Our model of some runs, its coefficients told in the columns of a formula.

    Attributes:
        model: Our fit.
        settings: Coded settings of the runs.
        y: The response.
        rhs: Right side of the formula.
    """

    model: ResponseModel
    settings: pd.DataFrame
    y: pd.Series
    rhs: str
    expanded: Expanded

    @cached_property
    def design(self) -> pd.DataFrame:
        return dmatrix(self.rhs, self.settings, return_type="dataframe")

    @cached_property
    def contrasts(self) -> pd.DataFrame:
        """The rows over our coefficients that give each of the formula's."""
        theirs = self.design.to_numpy()
        ours = self.model.matrix
        both = np.hstack([theirs, ours])
        ranks = [np.linalg.matrix_rank(m, tol=1e-8 * np.abs(m).max()) for m in (theirs, ours, both)]
        if len(set(ranks)) > 1:
            raise OutOfScope("a model through the origin, or a category aliased in part")
        rows = np.linalg.lstsq(theirs, ours, rcond=None)[0]
        return pd.DataFrame(rows, index=list(self.design.columns))

    def row(self, term: str) -> np.ndarray:
        """The row of a term as the catalogue writes it: ``A``, ``A·B``, ``A²``, ``power[160]``."""
        names = list(self.contrasts.index)
        if term in names:
            return self.contrasts.loc[term].to_numpy()
        level = re.fullmatch(r"(\w+)\[(.+)\]", term)
        if level:
            return self._level(*level.groups())
        wanted = set(formula_term(term).split(":"))
        for name in names:
            if set(name.split(":")) == wanted:
                return self.contrasts.loc[name].to_numpy()
        raise OutOfScope(f"the fit has no coefficient {term!r}")

    def _level(self, factor: str, level: str) -> np.ndarray:
        coded = [n for n in self.contrasts.index if n.startswith(f"C({factor}, Sum)[")]
        if not coded:
            raise OutOfScope(f"the fit has no level {level!r} of {factor}")
        for name in coded:
            if name.endswith(f".{level}]"):
                return self.contrasts.loc[name].to_numpy()
        return -self.contrasts.loc[coded].sum().to_numpy()

    def at(self, point: dict[str, Any]) -> np.ndarray:
        """The row of the mean at a coded point; what it leaves out is at its centre."""
        whole = pd.DataFrame([dict.fromkeys(self.settings.columns, 0.0) | point])
        whole = whole.astype(self.settings.dtypes.to_dict())
        return self.model.contrasts(self.expanded.columns(whole), coded=True)[0]


def formula_term(term: str) -> str:
    """A term written ``A·B`` or ``A²`` as the formula's column is called."""
    return ":".join(re.sub(r"^(\w+)²$", r"I(\1 ** 2)", part) for part in term.split("·"))


@dataclass(frozen=True)
class Expanded:
    """A formula in our words.

    Attributes:
        factors: A factor per column that the formula works with.
        codes: Of each factor: what the formula calls it.
        terms: The formula's terms as ours, by the formula's name. A category nested in others,
            which the formula gives no line of its own, brings its margins along.
    """

    factors: Factors
    codes: dict[str, str]
    terms: dict[str, tuple[str, ...]]

    @property
    def all_terms(self) -> list[str]:
        """Every term once."""
        return list(dict.fromkeys(term for terms in self.terms.values() for term in terms))

    def columns(self, settings: pd.DataFrame) -> pd.DataFrame:
        """The factors' columns at coded settings."""
        found = {}
        for name, code in self.codes.items():
            plain = re.fullmatch(r"(?:C\()?(\w+)(?:,.*)?\)?", code)
            if isinstance(self.factors[name], CategoricalFactor):
                assert plain is not None
                found[name] = settings[plain[1]].map(_level_text).to_numpy()
            elif code in settings:
                found[name] = settings[code].to_numpy(float)
            else:
                found[name] = np.asarray(dmatrix(f"0 + {code}", settings), dtype=float)[:, 0]
        table = pd.DataFrame(found)
        parts = list(self.factors.mixture)
        if parts:  # proportions printed rounded still make one
            table[parts] = table[parts].div(table[parts].sum(axis=1), axis=0)
        return table


def _level_text(level: Any) -> str:
    return f"level {level}"


def expand(rhs: str, settings: pd.DataFrame, model: str) -> Expanded:
    """Read a formula over coded settings."""
    described = ModelDesc.from_formula(rhs)
    factors: dict[str, Any] = {}
    codes: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}
    blend = model.startswith("scheffe_") or _is_mixture(described, settings)

    def named(code: str) -> str:
        found = next((name for name, other in codes.items() if other == code), None)
        if found is None:
            found = f"f{len(codes)}"
            codes[found] = code
            factors[found] = _factor(code, settings, blend)
        return found

    for term in described.rhs_termlist:
        parts = []
        for part in term.factors:
            assert isinstance(part, EvalFactor)
            squared = re.fullmatch(r"I\((\w+)\s*\*\*\s*(\d)\)", part.code)
            simple = squared and is_numeric_dtype(settings[squared[1]])
            parts.append(f"{named(squared[1])}^{squared[2]}" if simple else named(part.code))
        if parts:
            terms[term.name()] = (":".join(parts),)
    if not terms:  # the mean alone: a factor that nothing uses
        factors["f0"], codes["f0"] = ContinuousFactor(low="-1", high="1"), settings.columns[0]
    return Expanded(Factors(factors), codes, _with_margins(terms, factors))


def _with_margins(
    terms: dict[str, tuple[str, ...]], factors: dict[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Beside each term what a formula's full coding of its categories spans."""
    present = {frozenset(own.split(":")) for (own,) in terms.values()}
    whole = {}
    for name, (own,) in terms.items():
        parts = own.split(":")
        nested = [p for p in parts if isinstance(factors.get(p), CategoricalFactor)]
        margins = [
            ":".join(p for p in parts if p not in dropped)
            for count in range(len(nested), 0, -1)
            for dropped in combinations(nested, count)
        ]
        absent = [m for m in margins if m and frozenset(m.split(":")) not in present]
        whole[name] = (*absent, own)
    return whole


def _is_mixture(described: ModelDesc, settings: pd.DataFrame) -> bool:
    if any(len(term.factors) == 0 for term in described.rhs_termlist):
        return False
    alone = [t.factors[0].code for t in described.rhs_termlist if len(t.factors) == 1]
    numeric = [c for c in alone if c in settings and is_numeric_dtype(settings[c])]
    return len(numeric) > 1 and bool(np.allclose(settings[numeric].sum(axis=1), 1, atol=1e-6))


def _factor(code: str, settings: pd.DataFrame, blend: bool) -> Any:
    category = re.fullmatch(r"C\((\w+)(?:,.*)?\)", code)
    column = settings.get(category[1] if category else code)
    if category or (column is not None and not is_numeric_dtype(column)):
        levels = sorted(column.unique())
        return CategoricalFactor(levels=[_level_text(level) for level in levels])
    if blend and column is not None:
        from designs import MixtureFactor

        return MixtureFactor(total="1", low="0")
    return ContinuousFactor(low="-1", high="1")


def fit_formula(settings: pd.DataFrame, y: pd.Series, model: str, **how: Any) -> Fitted:
    """Our fit of a formula."""
    rhs = rhs_of(model, list(settings.columns))
    expanded = expand(rhs, settings, model)
    table = expanded.columns(settings).assign(y=y.to_numpy())
    ours = fit(table, expanded.factors, "y", expanded.all_terms, **how)
    used = settings[y.notna().to_numpy()].reset_index(drop=True)
    found = Fitted(ours, used, y.dropna().reset_index(drop=True), rhs, expanded)
    if len(found.contrasts) == 0:
        raise OutOfScope("an empty model")
    return found
