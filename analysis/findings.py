"""What a study says in plain words: the answer first, then what is not to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.anova import LINEAR_MIXTURE
from analysis.diagnostics import LEVEL
from analysis.evidence import shows_an_effect
from analysis.model_matrix import BLOCKS, is_nuisance, unique
from analysis.scale import IDENTITY
from analysis.wording import listing, quantity, share
from designs.model_terms import powers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.anova import AnovaRow
    from analysis.canonical import CanonicalAnalysis
    from analysis.optimum import Optimum
    from analysis.response_model import ResponseModel
    from analysis.responses import ResponseSpec
    from analysis.study import ResponseStudy


def answer(studies: Mapping[str, ResponseStudy], best: Optimum | None) -> tuple[str, ...]:
    """The best setting, what is predicted there, and what matters for each response."""
    if not studies:
        return ("No response could be modelled.",)
    silent = [study for study in studies.values() if not _any_effect(study.model)]
    if best is None:
        said = ["No response has a goal, so no setting is called the best."]
    else:
        said = list(best.sentences)
        if best.supported is False:  # said already of the responses with a wish
            silent = [study for study in silent if study.name not in best.predictions]
    said.extend(_no_effect(study.model) for study in silent)
    said.extend(_importance(s.model) for s in studies.values() if _any_effect(s.model))
    return tuple(said)


def cautions(studies: Mapping[str, ResponseStudy], unfitted: Mapping[str, str]) -> tuple[str, ...]:
    """What is not known or not to be trusted, response by response."""
    said = [f"{name} was not modelled: {reason}" for name, reason in unfitted.items()]
    for name, study in studies.items():
        worries = [
            *study.model.notes,
            *study.diagnostics.concerns,
            *_on_blocks(study.model),
        ]
        said.extend(f"{name}: {worry}" if len(studies) > 1 else worry for worry in worries)
    return tuple(said)


def about(
    model: ResponseModel, spec: ResponseSpec, shape: CanonicalAnalysis | None
) -> tuple[str, ...]:
    """What matters for one response, how well the model tells it, and the surface's shape."""
    said = [_importance(model) if _any_effect(model) else _no_effect(model)]
    plain = model.scale == IDENTITY
    unit = spec.unit if plain else f"in the {model.scale.words} of {model.response}"
    if model.sigma is not None and model.r2 is not None:
        foretold = (
            f" and foretells {share(model.r2_predicted)} of that between runs it has not seen"
            if model.r2_predicted is not None and model.r2_predicted > 0
            else ""
        )
        said.append(
            f"The model explains {share(model.r2)} of the variation between runs{foretold}; what "
            f"is left scatters with a standard deviation of {quantity(model.sigma, unit)}"
            f"{_shared_scatter(model, unit)}."
        )
    if shape is not None:
        said.append(shape.sentence)
    return tuple(said)


def _shared_scatter(model: ResponseModel, unit: str) -> str:
    """What groups of runs add: ``" from run to run, from one row to the next by 0.3 g/L"``."""
    parts = [
        f"{component.name.replace('_', ' ')} to the next by "
        f"{quantity(component.variance**0.5, unit)}"
        for component in model.variance_components[:-1]
    ]
    return f" from run to run, from one {listing(parts)}" if parts else ""


def _on_blocks(model: ResponseModel) -> list[str]:
    tests = [row.p for row in model.anova.terms_adjusted if row.source == BLOCKS]
    if not any(p is not None and p < LEVEL for p in tests):
        return []
    return [
        f"The blocks differ ({_p(tests[0])}): predictions are for the average of these blocks, "
        "and a new run in a new block will scatter more than its interval says."
    ]


def _any_effect(model: ResponseModel) -> bool:
    """Whether some factor can be seen to matter; without an error estimate, perhaps."""
    return shows_an_effect(model) is not False


def _no_effect(model: ResponseModel) -> str:
    return (
        f"These runs show no effect of any factor on {model.response} that stands out from "
        "scatter; a best setting for it is little more than a guess."
    )


def _importance(model: ResponseModel) -> str:
    rows = [row for row in model.anova.terms_adjusted if not is_nuisance(row.source)]
    if not model.tested:
        ranked = sorted(rows, key=lambda row: -row.sum_sq / row.df)
        names = listing([row.source for row in ranked[:3]])
        return f"{model.response} changes most with {names} (no test is possible)."
    seen = sorted((r for r in rows if r.p is not None and r.p < LEVEL), key=lambda r: -(r.f or 0))
    if not seen:  # all terms together stand out, none by itself
        return f"{model.response} depends on the factors, but no single effect stands out."
    factors = unique(name for row in seen for name in powers(row.source))
    said = f"{model.response} depends on {listing([_through(name, seen) for name in factors])}"
    # A component of a mixture matters through the others, so none is said to have no effect.
    named = [name for row in rows for name in powers(row.source) if name in model.factors.free]
    unseen = [name for name in named if name not in factors]
    if unseen:
        said += f"; no effect of {listing(unique(unseen))} was seen"
    return f"{said}."


def _through(factor: str, seen: Sequence[AnovaRow]) -> str:
    """A factor with the terms it works through, strongest first."""
    rows = [row for row in seen if factor in powers(row.source)]
    terms = [row.source for row in rows]
    through = "" if terms == [factor] else f"{', '.join(terms)}; "
    factor = "the shares alone" if factor == LINEAR_MIXTURE else factor
    return f"{factor} ({through}{_p(rows[0].p)})"


def _p(p: float | None) -> str:
    return "p < 0.001" if p is not None and p < 0.001 else f"p = {p:.2g}"
