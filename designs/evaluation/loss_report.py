"""What it means that vessels are lost, told while the night still runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from designs.evaluation.information import Information, information_of
from designs.evaluation.power import Assumptions, term_power, weakest
from designs.factors import Factors
from designs.findings import listed
from designs.model_terms import INTERCEPT, alias_of
from designs.run_sheet import RunSheet

_NOTICED = 0.01
_MOST_NAMED = 5


@dataclass(frozen=True)
class LossReport:
    """The design without the vessels that were lost.

    Attributes:
        vessels: The lost ones that had a run.
        runs_left: Runs that remain.
        residual_df: Of these, what is left to tell the error.
        inestimable: Terms of the model that can no longer be estimated, each with the terms
            it is now mixed with (empty where it takes more points than are left).
        power_before: Power of each term as planned.
        power: Power of each term that can still be estimated.
        d_efficiency_before: As planned, in percent.
        d_efficiency: Of the model that can still be estimated.
        repeats: For each lost vessel the others that have its setting.
        spares: For each lost vessel the free ones that could repeat it, best first.
        sentences: All this in words, most important first.
    """

    vessels: tuple[str, ...]
    runs_left: int
    residual_df: int
    inestimable: Mapping[str, tuple[str, ...]]
    power_before: Mapping[str, float]
    power: Mapping[str, float]
    d_efficiency_before: float
    d_efficiency: float
    repeats: Mapping[str, tuple[str, ...]]
    spares: Mapping[str, tuple[str, ...]]
    sentences: tuple[str, ...]


def effect_of_losing(
    sheet: RunSheet,
    vessels: Collection[str],
    *,
    spares: Sequence[str] = (),
    assumed: Assumptions | None = None,
) -> LossReport:
    """What the loss of vessels means for the design.

    Args:
        sheet: The design as planned.
        vessels: All that are lost by now; those without a run are passed over.
        spares: Vessels that are free and could repeat a run.
        assumed: Noise and effect that power is told for.
    """
    assumed = assumed or Assumptions()
    gone = sheet.table["vessel"].isin(list(vessels))
    left = replace(sheet, table=sheet.table[~gone].reset_index(drop=True))
    before = information_of(sheet, variance_ratio=assumed.variance_ratio)
    lost = tuple(str(vessel) for vessel in sheet.table["vessel"][gone])
    repeats = {vessel: _same_setting(sheet, vessel, gone) for vessel in lost}
    free = [spare for spare in spares if spare not in set(sheet.table["vessel"])]
    reachable = {vessel: _nearest(vessel, free) for vessel in lost}
    after = (
        None
        if left.table.empty
        else information_of(left, before.model_terms, assumed.variance_ratio)
    )
    report = LossReport(
        vessels=lost,
        runs_left=len(left.table),
        residual_df=after.runs - after.X.shape[1] if after else 0,
        inestimable=_inestimable(left, before, after),
        power_before=_powers(before, sheet.factors, assumed),
        power=_powers(after, sheet.factors, assumed) if after else {},
        d_efficiency_before=before.d_efficiency,
        d_efficiency=after.d_efficiency if after else 0.0,
        repeats=repeats,
        spares=reachable,
        sentences=(),
    )
    return replace(report, sentences=tuple(_told(report, sheet, assumed)))


def _powers(information: Information, factors: Factors, assumed: Assumptions) -> dict[str, float]:
    told = term_power(information, factors, assumed)
    return {each.term: each.power for each in told if each.power is not None}


def _inestimable(
    left: RunSheet, before: Information, after: Information | None
) -> dict[str, tuple[str, ...]]:
    if after is None:
        return dict.fromkeys(before.model_terms, ())
    kept, coded = after.model_terms, left.coded
    return {
        term: tuple(name for name in alias_of(coded, term, kept, left.factors) if name != INTERCEPT)
        for term in before.model_terms
        if term not in kept
    }


def _same_setting(sheet: RunSheet, vessel: str, gone: pd.Series[bool]) -> tuple[str, ...]:
    coded = sheet.coded
    numeric = list(sheet.factors.continuous)
    coded[numeric] = coded[numeric].round(9)
    setting = coded[sheet.table["vessel"] == vessel].iloc[0]
    alike = (coded == setting).all(axis=1) & ~gone
    return tuple(str(name) for name in sheet.table["vessel"][alike])


def _nearest(vessel: str, spares: Sequence[str]) -> tuple[str, ...]:
    """Spare vessels in the same column, then in the same row, then the others."""
    return tuple(
        sorted(spares, key=lambda spare: (spare[1:] != vessel[1:], spare[:1] != vessel[:1]))
    )


def _told(report: LossReport, sheet: RunSheet, assumed: Assumptions) -> Iterator[str]:
    if not report.vessels:
        yield "No vessel of the design is lost."
        return
    verb = "is" if len(report.vessels) == 1 else "are"
    yield (
        f"{listed(list(report.vessels))} {verb} lost: {report.runs_left} of "
        f"{len(sheet.table)} runs remain."
    )
    if not report.runs_left:
        yield "No term of the model can be estimated."
        return
    for term, mixed in report.inestimable.items():
        yield f"{term} can no longer be {_from(mixed)}."
    if not report.inestimable:
        yield "Every term of the model can still be estimated."
    yield from _power_told(report, assumed)
    taken: set[str] = set()
    for vessel in report.vessels:
        spare = next((free for free in report.spares[vessel] if free not in taken), None)
        taken |= {spare} if spare else set()
        yield _repeat_told(report, sheet, vessel, spare)


def _from(mixed: tuple[str, ...]) -> str:
    others = ["the blocks" if name == "block" else name for name in mixed]
    return f"told from {listed(others)}" if others else "estimated"


def _power_told(report: LossReport, assumed: Assumptions) -> Iterator[str]:
    if not report.power:
        yield "No run is left to tell the error."
        return
    falls = {
        term: power - report.power_before.get(term, power) for term, power in report.power.items()
    }
    term = weakest(falls)
    if term is None or -falls[term] < _NOTICED:
        yield "Its power is hardly less than planned."
        return
    yield (
        f"The power to see a change of {assumed.effect / assumed.noise:g} times the noise falls "
        f"most for {term}, from {100 * report.power_before[term]:.0f} % to "
        f"{100 * report.power[term]:.0f} %."
    )


def _repeat_told(report: LossReport, sheet: RunSheet, vessel: str, spare: str | None) -> str:
    row, same = sheet.table[sheet.table["vessel"] == vessel].iloc[0], report.repeats[vessel]
    names = list(sheet.factors)[:_MOST_NAMED]
    more = ["…"] if len(sheet.factors) > _MOST_NAMED else []
    setting = ", ".join([*(f"{name} {_short(sheet, name, row[name])}" for name in names), *more])
    if same:
        has = "has" if len(same) == 1 else "have"
        told = f"{listed(list(same))} {has} the setting of {vessel} too ({setting})"
    else:
        told = f"No other vessel has the setting of {vessel} ({setting})"
    return f"{told}; {spare} is free and could repeat it." if spare else f"{told}."


def _short(sheet: RunSheet, name: str, value: float | str) -> str:
    if name in sheet.factors.categorical:
        return str(value)
    return f"{float(value):.4g} {sheet.factors[name].unit}".strip()
