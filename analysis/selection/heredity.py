"""Heredity: which terms a term wants beside it before it is believed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from designs.model_terms import powers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Heredity = Literal["strong", "weak", "none"]
"""Strong: a term needs all its parents in the model; weak: one of them; none: no parent."""


@cache
def parents(term: str) -> tuple[str, ...]:
    """The terms of one power less: of ``a:b`` they are ``a`` and ``b``, of ``a^2`` it is ``a``."""
    exponents = powers(term)
    found = []
    for name in exponents:
        lowered = {**exponents, name: exponents[name] - 1}
        parts = [n if p == 1 else f"{n}^{p}" for n, p in lowered.items() if p]
        if parts:
            found.append(":".join(parts))
    return tuple(found)


@cache
def _normal(term: str) -> tuple[tuple[str, int], ...]:
    """A term whatever the order of its factors."""
    return tuple(sorted(powers(term).items()))


def canonical(term: str, among: Iterable[str]) -> str | None:
    """The text that ``among`` has for a term; None when it is not there."""
    wanted = _normal(term)
    return next((other for other in among if _normal(other) == wanted), None)


def lacking(term: str, chosen: Collection[str], candidates: Collection[str]) -> tuple[str, ...]:
    """The parents of a term that are candidates but were not chosen."""
    wanted = [canonical(parent, candidates) for parent in parents(term)]
    return tuple(parent for parent in wanted if parent is not None and parent not in chosen)


def allowed(
    term: str, chosen: Collection[str], candidates: Collection[str], heredity: Heredity
) -> bool:
    """Whether a term may stand beside ``chosen``; parents that are no candidates are not missed."""
    if heredity == "none":
        return True
    missing = lacking(term, chosen, candidates)
    if heredity == "strong":
        return not missing
    born = [p for p in parents(term) if canonical(p, candidates) is not None]
    return not born or len(missing) < len(born)


def kept_by_heredity(terms: Collection[str], heredity: Heredity) -> bool:
    """Whether every term of a model has the parents it wants."""
    return all(allowed(term, terms, terms_of_interest(terms), heredity) for term in terms)


def terms_of_interest(terms: Collection[str]) -> tuple[str, ...]:
    """The terms and all their forebears."""
    found = list(terms)
    for term in found:
        found.extend(p for p in parents(term) if canonical(p, found) is None)
    return tuple(found)
