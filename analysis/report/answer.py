"""The answer: what is best, what is predicted there, what is known and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.report.parts import Tile
from analysis.report.words import label, number
from analysis.wording import listing

if TYPE_CHECKING:
    from analysis.report.context import ReportContext
    from analysis.study import Study


def lead(study: Study) -> str:
    """The answer in one sentence."""
    best = study.optimum
    if best is None or not best.feasible or not best.supported:
        return study.answer[0]
    where = listing([f"{t.name} {t.value} {t.unit}".strip() for t in best_setting(study)])
    if len(best.goals) > 1:
        return f"As far as these runs tell, all goals together are met best at {where}."
    name, goal = next(iter(best.goals.items()))
    reached = {"maximise": "is highest", "minimise": "is lowest", "target": "meets its target"}
    return f"As far as these runs tell, {label(name)} {reached.get(goal, 'is best')} at {where}."


def known(study: Study) -> tuple[str, ...]:
    """What was found, beyond the lead, the best setting and the predictions there."""
    best = study.optimum
    told = set() if best is None else set(best.sentences[: 1 + len(best.predictions)])
    return tuple(s for s in study.answer if s not in told and s != lead(study))


def best_setting(study: Study) -> tuple[Tile, ...]:
    """One tile per factor of the best setting; empty without one, or where none is shown."""
    if study.optimum is None or study.optimum.supported is False:
        return ()
    return tuple(
        Tile(
            label(name),
            value if isinstance(value, str) else number(value, 3),
            study.factors[name].unit,
            ("at the edge of the tested range",) if name in study.optimum.at_edge else (),
        )
        for name, value in study.optimum.settings.items()
    )


def predictions(study: Study) -> tuple[Tile, ...]:
    """One tile per response of the joint optimum: the expected value with its intervals."""
    if study.optimum is None:
        return ()
    tiles = []
    for name, predicted in study.optimum.predictions.items():
        notes = []
        if predicted.ci_low is not None and predicted.ci_high is not None:
            notes.append(
                f"95 % confidence {number(predicted.ci_low, 3)} to {number(predicted.ci_high, 3)}"
            )
        if predicted.pi_low is not None and predicted.pi_high is not None:
            notes.append(
                f"one new run {number(predicted.pi_low, 3)} to {number(predicted.pi_high, 3)}"
            )
        unit = study.responses[name].spec.unit if name in study.responses else ""
        tiles.append(Tile(label(name), number(predicted.mean, 3), unit, tuple(notes)))
    return tuple(tiles)


def unknown(study: Study, context: ReportContext) -> tuple[str, ...]:
    """What is not known, most serious first."""
    said = []
    if context.rehearsed:
        said.append("How a real culture behaves: these numbers come from the twin.")
    said.extend(study.cautions)
    if context.lost:
        vessels = ", ".join(context.lost)
        said.append(f"What {vessels} would have shown: lost, see the course of the experiment.")
    if context.scale_up is not None and any(row.flags for row in context.scale_up.rows):
        said.append("Whether the scale-up holds: some of its numbers are extrapolated, see there.")
    return tuple(said)
