"""Ways through the subsets of candidate terms."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import ModelError
from analysis.selection.heredity import Heredity, allowed, lacking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analysis.selection.fits import Criterion, Fits

_MOST_MODELS = 50_000
_RIVAL = 2.0  # units of the criterion within which models are hardly told apart

Seen = tuple[str, frozenset[str], float]


@dataclass(frozen=True)
class Path:
    """What a search went through: change, terms and criterion of each step, and the best terms."""

    best: frozenset[str]
    steps: tuple[Seen, ...]
    rivals: tuple[Seen, ...] = ()


def forward(fits: Fits, criterion: Criterion, heredity: Heredity) -> Path:
    """Add the term with the lowest criterion, with the parents it wants, as long as there is one.

    The best model of the whole way is chosen: a first step that does not pay may lead to one.
    """
    chosen: frozenset[str] = frozenset()
    steps: list[Seen] = [("start", chosen, fits.criterion(chosen, criterion))]
    while True:
        moves = [
            (f"+ {term}", chosen | {term} | _wanted(term, chosen, fits, heredity))
            for term in fits.candidates
            if term not in chosen
        ]
        if not moves:
            break
        change, grown = min(moves, key=lambda move: fits.criterion(move[1], criterion))
        value = fits.criterion(grown, criterion)
        if not np.isfinite(value):
            break
        chosen = grown
        steps.append((change, chosen, value))
    return Path(_lowest(steps), tuple(steps))


def _lowest(steps: Sequence[Seen]) -> frozenset[str]:
    return min(steps, key=lambda step: (step[2], len(step[1])))[1]


def _wanted(term: str, chosen: frozenset[str], fits: Fits, heredity: Heredity) -> frozenset[str]:
    """The forebears that come with a term."""
    if allowed(term, chosen, fits.candidates, heredity):
        return frozenset()
    missing = lacking(term, chosen, fits.candidates)
    if heredity == "weak":
        missing = (min(missing, key=lambda parent: fits.of(chosen | {parent})[0]),)
    found = frozenset(missing)
    for parent in missing:
        found |= _wanted(parent, chosen | found, fits, heredity)
    return found


def backward(fits: Fits, criterion: Criterion, heredity: Heredity) -> Path:
    """Drop the term whose loss leaves the lowest criterion, sparing parents, down to none.

    Starts from the largest model that has the criterion, leaving out candidates at the end where
    there are too many; the best model of the whole way is chosen.
    """
    chosen = _largest(fits, criterion)
    steps: list[Seen] = [("start", chosen, fits.criterion(chosen, criterion))]
    while chosen:
        moves = [
            (f"- {term}", chosen - {term})
            for term in fits.candidates
            if term in chosen and _spared(chosen - {term}, fits, heredity)
        ]
        if not moves:
            break
        change, left = min(moves, key=lambda move: fits.criterion(move[1], criterion))
        chosen = left
        steps.append((change, chosen, fits.criterion(chosen, criterion)))
    return Path(_lowest(steps), tuple(steps))


def _largest(fits: Fits, criterion: Criterion) -> frozenset[str]:
    chosen: frozenset[str] = frozenset()
    for term in fits.candidates:
        if np.isfinite(fits.criterion(chosen | {term}, criterion)):
            chosen |= {term}
    return chosen


def _spared(left: frozenset[str], fits: Fits, heredity: Heredity) -> bool:
    return all(allowed(term, left, fits.candidates, heredity) for term in left)


def best_subset(fits: Fits, criterion: Criterion, heredity: Heredity) -> Path:
    """The best of all models that keep heredity, of up to half as many terms as runs.

    Raises:
        ModelError: There are more than 50 000 of them.
    """
    best: dict[int, tuple[float, frozenset[str]]] = {}
    close: list[tuple[float, frozenset[str]]] = []
    lowest = np.inf
    models = list(islice(_models(fits, heredity), _MOST_MODELS + 1))
    if len(models) > _MOST_MODELS:
        raise ModelError(
            f"There are more than {_MOST_MODELS:,} models of these {len(fits.candidates)} terms; "
            "select forward, or name fewer terms."
        )
    for terms in models:
        value = fits.criterion(terms, criterion)
        if value < best.get(len(terms), (np.inf, terms))[0]:
            best[len(terms)] = (value, terms)
        lowest = min(lowest, value)
        if value <= lowest + _RIVAL:
            close.append((value, terms))
    value, terms = min(best.values(), key=lambda found: (found[0], len(found[1])))
    steps = tuple((f"size {size}", t, v) for size, (v, t) in sorted(best.items()))
    near = sorted((v, sorted(t), t) for v, t in close if v <= value + _RIVAL)
    return Path(terms, steps, tuple(("rival", t, v) for v, _, t in near))


def _models(fits: Fits, heredity: Heredity) -> Iterator[frozenset[str]]:
    """Every subset that keeps heredity, each once; parents stand before their children."""
    most = max(1, fits.runs // 2)
    order = sorted(fits.candidates, key=lambda term: (term.count(":") + term.count("^"), term))

    def grown(chosen: frozenset[str], after: int) -> Iterator[frozenset[str]]:
        yield chosen
        if len(chosen) == most:
            return
        for place in range(after, len(order)):
            if allowed(order[place], chosen, fits.candidates, heredity):
                yield from grown(chosen | {order[place]}, place + 1)

    yield from grown(frozenset(), 0)


def shrunken(
    fits: Fits,
    actives: Iterable[tuple[float, frozenset[str]]],
    criterion: Criterion,
    heredity: Heredity,
) -> Path:
    """The best, fitted anew without shrinkage, of the sets of terms that a penalty left."""
    steps: list[Seen] = [("start", frozenset(), fits.criterion(frozenset(), criterion))]
    for penalty, active in actives:
        terms = active
        for term in fits.ordered(active):
            terms |= _wanted(term, terms, fits, heredity)
        if all(terms != seen for _, seen, _ in steps):
            steps.append((f"penalty {penalty:.3g}", terms, fits.criterion(terms, criterion)))
    return Path(_lowest(steps), tuple(steps))
