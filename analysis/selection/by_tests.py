"""Backward elimination by tests, for models whose likelihoods cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.errors import ModelError
from analysis.selection.heredity import Heredity, allowed
from analysis.selection.select import Selection, Step
from analysis.wording import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.fitted import ResponseModel

_LEVEL = 0.05


def eliminate(
    fitted: Callable[[Sequence[str]], ResponseModel],
    terms: Sequence[str],
    heredity: Heredity = "strong",
) -> Selection:
    """Drop the term of highest p above 5 %, sparing parents, until there is none.

    Split plots are judged so, each term against the error that it is subject to: restricted
    likelihoods of different terms are not comparable.

    Args:
        fitted: Fits a model of the terms given.
        terms: Candidates.
        heredity: What the remaining terms keep to.

    Raises:
        ModelError: No term is left, or the first model cannot be fitted.
    """
    model = fitted(terms)
    candidates = model.terms
    steps = [Step("start", model.terms, None)]
    while (worst := _worst(model, heredity)) is not None:
        left = [term for term in model.terms if term != worst]
        if not left:
            raise ModelError(
                f"None of the {len(candidates)} candidate terms has an effect on "
                f"'{model.response}' that can be seen."
            )
        model = fitted(left)
        steps.append(Step(f"- {worst}", model.terms, None))
    verb = "was" if len(model.terms) == 1 else "were"
    sentence = (
        f"{listing(model.terms)} {verb} kept of {len(candidates)} terms by backward elimination at "
        "5 %; the p values and intervals take no account of that choice."
    )
    model = replace(model, notes=(*model.notes, sentence))
    return Selection(model, "backward", "p", heredity, candidates, tuple(steps), (), sentence)


def _worst(model: ResponseModel, heredity: Heredity) -> str | None:
    tests = {row.source: row.p for row in model.anova.terms_adjusted if row.source in model.terms}
    droppable = [
        (p, term)
        for term, p in tests.items()
        if p is not None and p > _LEVEL and _spared(term, model.terms, heredity)
    ]
    return max(droppable)[1] if droppable else None


def _spared(term: str, terms: Sequence[str], heredity: Heredity) -> bool:
    left = [other for other in terms if other != term]
    return all(allowed(other, left, terms, heredity) for other in left)
