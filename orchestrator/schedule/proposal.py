"""What would make an infeasible night feasible: starts one after the other, or early beginnings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from orchestrator.protocol.wording import duration
from orchestrator.schedule.course import Asked
from orchestrator.schedule.findings import findings_of
from orchestrator.schedule.plan import Plan, plan_of, planned
from orchestrator.schedule.precedent import Precedent
from orchestrator.schedule.words import span

_FACTORS = (1.0, 1.5, 2.0, 3.0, 5.0)
"""Staggers that are tried, in units of what the arm does for one vessel at one time."""


def proposals(plan: Plan, seen: Precedent) -> Iterator[str]:
    """What would keep all windows, each as a sentence; nothing when all are kept already.

    Args:
        plan: As it stands.
        seen: As the plan was made with.
    """
    if not _is_late(plan):
        return
    staggered = staggered_plan(plan, seen)
    if staggered is not None:
        last_s, vessels = max(staggered.starts_s.values()), len(plan.starts_s)
        apart = duration(last_s / (vessels - 1))
        yield (
            f"with starts {apart} apart every window is kept: write `stagger: {apart}` into "
            f"`culture`; the last of {vessels} vessels then starts {span(last_s)} after the first"
            + "".join(f"; but then {finding.message}" for finding in findings_of(staggered))
        )
    if not _is_late(_with_early_windows(plan, seen)):
        yield (
            "if all may begin as early as they may be late, every window is kept: write `±` before "
            "the durations of `within`"
        )


def staggered_plan(plan: Plan, seen: Precedent) -> Plan | None:
    """The plan with the smallest of a few staggers with which nothing is late; None without one."""
    if len(plan.starts_s) < 2:
        return None
    scan_s = plan.night.protocol.culture.scan
    tried = sorted({math.ceil(_service_s(plan) * f / scan_s) * scan_s for f in _FACTORS})
    for stagger_s in tried:
        starts_s = {vessel: number * stagger_s for number, vessel in enumerate(plan.starts_s)}
        staggered = plan_of(plan.night, seen, starts_s)
        if not _is_late(staggered):
            return staggered
    return None


def _service_s(plan: Plan) -> float:
    """The most that the arm does for one vessel at one time."""
    work: dict[tuple[str, float], float] = {}
    for one in plan.done:
        key = one.operation.vessel, one.asked.operation.due_s
        takes_s = max(one.end_s - one.start_s, one.operation.analysis_s)
        work[key] = work.get(key, 0.0) + takes_s
    return max(work.values(), default=0.0)


def _with_early_windows(plan: Plan, seen: Precedent) -> Plan:
    courses = [
        replace(course, asked=[_early(one) for one in course.asked]) for course in plan.courses
    ]
    return planned(plan.night, courses, plan.starts_s, seen)


def _early(one: Asked) -> Asked:
    if one.operation.early_s or one.time_s <= 0:
        return one
    early_s = one.operation.within_s
    operation = replace(one.operation, early_s=early_s)
    return replace(one, operation=operation, time_s=max(0.0, one.time_s - early_s))


def _is_late(plan: Plan) -> bool:
    return any(one.late_s > 0 for one in plan.done)
