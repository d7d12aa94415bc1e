"""Analysis of variance as tables, with the error that each term is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.mixed.error_terms import random_terms
from analysis.model_matrix import BLOCKS
from analysis.report.parts import Table
from analysis.report.words import clarity, label, number, percent, probability, term_label
from analysis.scale import IDENTITY
from designs.model_terms import powers

if TYPE_CHECKING:
    from analysis.anova import AnovaRow
    from analysis.response_model import ResponseModel
    from analysis.study import ResponseStudy, Study

_SAME = 1e-9


def variance_tables(study: Study, response: ResponseStudy) -> tuple[Table, ...]:
    """The analysis of variance, the sequential one, and the components of the scatter."""
    model = response.model
    tables = [_adjusted(study, model)]
    if len(model.anova.terms) > 1:
        tables.append(_sequential(model))
    if len(model.variance_components) > 1:
        tables.append(_components(response))
    return tuple(tables)


def _adjusted(study: Study, model: ResponseModel) -> Table:
    anova, mixed = model.anova, bool(model.variance_components[:-1])
    rows: list[tuple[str, AnovaRow]] = [("model", anova.model)]
    rows += [(term_label(row.source), row) for row in anova.terms_adjusted]
    rows.append(("residual", anova.residual))
    rows += [
        (f"of which {row.source}", row)
        for row in (anova.lack_of_fit, anova.pure_error)
        if row is not None
    ]
    rows.append(("total", anova.total))
    groups = {"model", "residual", "total"}
    errors = _error_terms(study, model) if mixed else {}
    how = (
        "Tests by REML with the degrees of freedom of Kenward and Roger; each term is judged by "
        "the scatter of what it changes between, lack of fit by that of settings run again."
        if mixed
        else "Judged by the residual; lack of fit by pure error."
    )
    return Table(
        f"Analysis of variance, type III: each term with all others in the model. {how}",
        (
            "source", "degrees of freedom", "sum of squares", "mean square", "F",
            *(("error term",) if mixed else ()), "error degrees of freedom", "p", "effect",
        ),
        tuple(
            (
                name,
                str(row.df),
                number(row.sum_sq),
                number(row.mean_sq),
                number(row.f, 3),
                *((errors.get(row.source, ""),) if mixed else ()),
                number(row.df_error) if row.f is not None else "",
                probability(row.p),
                "" if row.p is None or name.startswith("of which") else clarity(row.p),
            )
            for name, row in rows
        ),
        frozenset({0, 5, 8}) if mixed else frozenset({0, 7}),
        frozenset(i for i, (name, _) in enumerate(rows) if name in groups),
    )  # fmt: skip


def _error_terms(study: Study, model: ResponseModel) -> dict[str, str]:
    """The stratum each term is judged in: the outermost whose groups it never changes within."""
    names = [c.name for c in model.variance_components[:-1]]
    strata = random_terms(study.table.loc[model.table.index], names)
    found = {}
    for row in model.anova.terms_adjusted:
        at = [i for i, c in enumerate(model.coefficients) if c.term == row.source]
        columns = model.matrix[:, at]
        found[row.source] = "between runs"
        for stratum in strata:
            means = np.stack([columns[stratum.labels == g].mean(axis=0) for g in stratum.labels])
            if np.abs(columns - means).max(initial=0.0) < _SAME:
                found[row.source] = f"between {stratum.words}s"
                break
    return found


def _sequential(model: ResponseModel) -> Table:
    return Table(
        "The same, type I: each term after those above it.",
        ("source", "degrees of freedom", "sum of squares", "mean square", "F", "p"),
        tuple(
            (
                term_label(row.source),
                str(row.df),
                number(row.sum_sq),
                number(row.mean_sq),
                number(row.f, 3),
                probability(row.p),
            )
            for row in model.anova.terms
        ),
    )


def _components(response: ResponseStudy) -> Table:
    parts = response.model.variance_components
    scale = response.model.scale
    unit = response.spec.unit if scale == IDENTITY else scale.words
    unit = f", {unit}" if unit else ""
    return Table(
        "Where the scatter comes from, the factors' effects taken out.",
        (
            "source",
            "groups",
            "variance",
            "its standard error",
            f"standard deviation{unit}",
            "share",
        ),
        tuple(
            (
                "run to run" if part.name == "residual" else label(part.name),
                str(part.groups),
                number(part.variance, 3),
                number(part.se, 3),
                number(part.sd, 3),
                percent(part.share),
            )
            for part in parts
        ),
    )


def cross_response(study: Study) -> Table | None:
    """Every term's coefficient in every response, its clarity beside it; None for one response."""
    responses = list(study.responses.values())
    if len(responses) < 2:
        return None
    names = dict.fromkeys(
        c.name for r in responses for c in r.model.coefficients if c.term != BLOCKS
    )
    by_name = [{c.name: c for c in r.model.coefficients} for r in responses]
    rows = []
    for name in sorted(names, key=lambda n: (n != "(Intercept)", len(powers(n.split("[")[0])))):
        cells = []
        for found in by_name:
            c = found.get(name)
            star = "" if c is None or c.p is None or c.p >= 0.05 else " *"
            cells.append("" if c is None else f"{number(c.estimate, 3)}{star}")
        rows.append((term_label(name), *cells))
    rows.append(("R²", *(percent(r.model.r2) for r in responses)))
    rows.append(("predicted R²", *(percent(r.model.r2_predicted) for r in responses)))
    rows.append(("runs", *(str(r.model.runs) for r in responses)))
    named = [(r.model.scale.of(label(r.name)), r.model.scale.unit(r.spec.unit)) for r in responses]
    header = ("term", *(f"{name} ({unit})" if unit else name for name, unit in named))
    return Table(
        "All responses side by side: coded coefficients; * p < 0.05.",
        header,
        tuple(rows),
        marked=frozenset(range(len(rows) - 3, len(rows))),
    )
