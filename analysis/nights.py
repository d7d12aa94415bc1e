"""Several nights of one experiment as one table, each night a block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import ModelError
from analysis.wording import listing
from designs import CategoricalFactor, ContinuousFactor, Factors, MixtureFactor

if TYPE_CHECKING:
    from analysis.analysis_spec import AnalysisSpec
    from analysis.responses import ResponseSpec

_WISHES = frozenset({"goal", "target", "low", "high"})
_CHANGES = ("easy", "hard", "very-hard")


@dataclass(frozen=True)
class Night:
    """What one night gave.

    Attributes:
        label: What it is called in the report.
        table: A row per run, settings and responses in their units.
        factors: Its factors.
        responses: How its responses were taken, and what was wanted of them.
    """

    label: str
    table: pd.DataFrame
    factors: Factors
    responses: Mapping[str, ResponseSpec]


@dataclass(frozen=True)
class JoinedNights:
    """Several nights, ready to be analysed as one.

    Attributes:
        table: All runs, numbered anew in the order of the nights. ``night`` names the night,
            ``vessel`` leads with it, ``block`` is the night or a block within it.
        factors: The first night's, their ranges widened to hold every night.
        responses: Those that all nights have, with the wishes of the first.
        nested: Whether some night has blocks of its own.
        differences: What differs between the nights, as sentences.
    """

    table: pd.DataFrame
    factors: Factors
    responses: dict[str, ResponseSpec]
    nested: bool
    differences: tuple[str, ...]

    def modelled(self, how: AnalysisSpec) -> AnalysisSpec:
        """How to model them: random blocks within nights come with random nights."""
        if not (self.nested and how.blocks == "random"):
            return how
        return how.model_copy(update={"random": ("night", *how.random)})


def join_nights(nights: Sequence[Night]) -> JoinedNights:
    """Put nights together, if they are of one experiment.

    Raises:
        ModelError: They differ in factors, responses or units; the text says in what.
    """
    twice = [label for label, count in Counter(n.label for n in nights).items() if count > 1]
    if twice:
        raise ModelError(f"'{twice[0]}' names two nights; rename a folder.")
    first = nights[0]
    for other in nights[1:]:
        _require_same(first, other, "factors", list(first.factors), list(other.factors))
        _require_same(first, other, "responses", list(first.responses), list(other.responses))
    factors = Factors({name: _joined_factor(name, nights) for name in first.factors})
    responses, told = _joined_responses(nights)
    nested = any(night.table["block"].nunique() > 1 for night in nights)
    table = pd.concat([_labelled(night, nested) for night in nights], ignore_index=True)
    table = table.assign(run=range(1, len(table) + 1), standard_order=range(1, len(table) + 1))
    return JoinedNights(table, factors, responses, nested, told)


def _require_same(
    first: Night, other: Night, what: str, mine: list[str], theirs: list[str]
) -> None:
    for one, has, lacks in ((first, mine, theirs), (other, theirs, mine)):
        only = [name for name in has if name not in lacks]
        if only:
            raise ModelError(
                f"{first.label} and {other.label} cannot be analysed together: {listing(only)} "
                f"{'are' if len(only) > 1 else 'is'} among the {what} of {one.label} only."
            )


def _joined_factor(name: str, nights: Sequence[Night]) -> Any:
    first, *others = (night.factors[name] for night in nights)
    for night, other in zip(nights[1:], others, strict=True):
        for what, mine, theirs in (
            ("a factor of another kind", type(first), type(other)),
            (f"in '{other.unit}', not '{first.unit}',", first.unit, other.unit),
            ("on another scale", _scale(first), _scale(other)),
            ("part of another total", _total(first), _total(other)),
        ):
            if mine != theirs:
                raise ModelError(
                    f"{nights[0].label} and {night.label} cannot be analysed together: {name} is "
                    f"{what} in {night.label}."
                )
    every: list[Any] = [first, *others]
    change = max((factor.change for factor in every), key=_CHANGES.index)
    if isinstance(first, CategoricalFactor):
        levels = tuple(dict.fromkeys(level for factor in every for level in factor.levels))
        return first.model_copy(update={"levels": levels, "change": change})
    lowest = min(every, key=lambda factor: factor.low)
    highest = max(every, key=lambda factor: factor.high)
    wide = {"low": lowest.low_bound, "high": highest.high_bound, "change": change}
    if isinstance(first, MixtureFactor):
        given = {key: value for key, value in wide.items() if value is not None}
        return MixtureFactor.model_validate({"total": first.total, **given})
    # Which values a night could choose from plays no part any more.
    return ContinuousFactor.model_validate({"scale": first.scale, **wide})


def _scale(factor: Any) -> str:
    return factor.scale if isinstance(factor, ContinuousFactor) else ""


def _total(factor: Any) -> float:
    return factor.whole if isinstance(factor, MixtureFactor) else 0.0


def _joined_responses(
    nights: Sequence[Night],
) -> tuple[dict[str, ResponseSpec], tuple[str, ...]]:
    """What all nights measured alike, and what is to be told of the rest."""
    first, told, kept = nights[0], [], {}
    for name, spec in first.responses.items():
        if (spec.take or "").startswith("component-"):
            told.append(
                f"{name} is left out: a component is of one night's own curves and is not "
                "comparable between nights."
            )
            continue
        for night in nights[1:]:
            other = night.responses[name]
            if other.unit != spec.unit:
                raise ModelError(
                    f"{first.label} and {night.label} cannot be analysed together: the unit of "
                    f"{name} is '{spec.unit}' in the one, '{other.unit}' in the other."
                )
            differ = [key for key, value in dict(spec).items() if value != getattr(other, key)]
            if taken := [key for key in differ if key not in _WISHES]:
                told.append(
                    f"{name} was taken otherwise in {night.label} ({listing(taken)}): a difference "
                    "between the nights may come of that."
                )
            if set(differ) & _WISHES:
                told.append(f"What is wanted of {name} is what {first.label} says.")
        kept[name] = spec
    return kept, tuple(dict.fromkeys(told))


def _labelled(night: Night, nested: bool) -> pd.DataFrame:
    table = night.table
    vessel = table["vessel"].astype(str)
    block = f"{night.label}, block " + table["block"].astype(str) if nested else night.label
    return table.assign(
        night=night.label,
        vessel=f"{night.label} " + vessel,
        block=block,
        row=vessel.str[:1],
        column=vessel.str[1:],
    )
