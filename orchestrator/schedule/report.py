"""A plan told: for a person, and for a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.protocol.wording import duration, volume
from orchestrator.schedule.arm_plan import HOUR_S, ArmPlan
from orchestrator.schedule.plan import Line, Plan
from orchestrator.schedule.words import clock, deviation, span

HEADERS = ("what", "how many", "every", "window", "arm, each", "worst", "late")


def rows(plan: Plan) -> list[tuple[object, ...]]:
    """A table row for each line of the protocol, under `HEADERS`."""
    return [
        (
            line.what,
            len(line.done),
            _every(line),
            _window(line),
            span(line.mean_s),
            deviation(line.worst.deviation_s),
            len(line.late) or "none",
        )
        for line in plan.lines()
    ]


def _every(line: Line) -> str:
    if line.done[0].operation.kind == "ph":
        return "as before"
    return duration(line.period_s) if line.period_s else "once"


def _window(line: Line) -> str:
    first = line.done[0].operation
    late = duration(round(first.within_s, 3))
    return f"± {late}" if first.early_s == first.within_s else late


def sentences(plan: Plan) -> Iterator[str]:
    """What a plan comes to."""
    if not plan.arms:
        yield f"No operations of an arm, the night ends at {clock(plan.end_s)}."
    for arm in plan.arms:
        hour_s, share = arm.busiest_hour
        last_s = max((one.end_s for one in arm.done), default=0.0)
        yield (
            f"{len(arm.done):,} operations of the arm {arm.name}".rstrip()
            + f", the last ends at {clock(last_s)}. It is busy {arm.utilisation:.0%} of the time, "
            f"{share:.0%} in the hour from {clock(hour_s)} on."
        )
        if arm.base_s:
            yield _about_base(arm)
    for phase, lasts_s in plan.assumed.items():
        yield f"Readings end phase {phase}; it is planned with {duration(lasts_s)} at the longest."
    yield from supplies(plan)
    low = min(plan.courses, key=lambda course: course.lowest_ml)
    high = max(plan.courses, key=lambda course: course.highest_ml)
    yield (
        f"Cultures hold {low.lowest_ml:.4g} mL ({low.vessel}) to {high.highest_ml:.4g} mL "
        f"({high.vessel}), base not counted."
    )


def _about_base(arm: ArmPlan) -> str:
    told = f"Base, were it dosed as often as may be, takes {span(arm.base_s)} of an hour more."
    if lost_ml := arm.washed_out_ml:
        told += (
            f" Each time that it comes between others, up to {volume(round(lost_ml, 3))} of what "
            "the needle holds is washed out; the bottles below count it only --from a rehearsal."
        )
    return told


def supplies(plan: Plan) -> Iterator[str]:
    """What has to be there: in bottles, room for waste, tips, wells."""
    for name, given_ml in plan.pumped_ml.items():
        yield f"{name}, by the vessels' own pumps: {volume(round(given_ml, 1))}."
    for arm in plan.arms:
        told = _supplies_of(arm)
        yield from [f"{arm.name}: {' '.join(told)}"] if arm.name else told


def _supplies_of(arm: ArmPlan) -> Iterator[str]:
    for name, needed_ml in arm.drawn_ml.items():
        yield f"{name}: {volume(round(needed_ml, 1))} of {volume(arm.bottles_ml[name])}."
    if arm.waste_ml:
        of = f" of {volume(arm.waste_room_ml)}" if arm.waste_room_ml else ""
        yield f"Waste: {volume(round(arm.waste_ml, 1))}{of}."
    if arm.tips_held is not None:
        yield f"Tips: {arm.tips:,} of {arm.tips_held:,}."
    if arm.wells:
        yield f"Wells: {arm.wells:,} of {arm.wells_held:,}."


def to_json(plan: Plan) -> dict[str, Any]:
    """The whole plan, every operation included; times in s, volumes in mL."""
    return {
        "end_s": plan.end_s,
        "arms": [_arm_to_json(arm) for arm in plan.arms],
        "assumed_s": dict(plan.assumed),
        "starts_s": dict(plan.starts_s),
        "pumped_ml": dict(plan.pumped_ml),
        "volumes_ml": {
            course.vessel: {"lowest": course.lowest_ml, "highest": course.highest_ml}
            for course in plan.courses
        },
        "operations": [
            {
                "vessel": one.operation.vessel,
                "arm": one.arm or None,
                "what": line.what,
                "due_s": one.operation.due_s,
                "start_s": one.start_s,
                "end_s": one.end_s,
                "deviation_s": one.deviation_s,
                "late_s": one.late_s,
            }
            for line in plan.lines()
            for one in line.done
        ],
    }


def _arm_to_json(arm: ArmPlan) -> dict[str, Any]:
    hour_s, share = arm.busiest_hour
    return {
        "name": arm.name or None,
        "utilisation": arm.utilisation,
        "busiest_hour_s": hour_s,
        "busiest_hour_share": share,
        "base_share_at_most": arm.base_s / HOUR_S,
        "bottles_ml": {
            name: {"needed": needed_ml, "holds": arm.bottles_ml[name]}
            for name, needed_ml in arm.drawn_ml.items()
        },
        "waste_ml": {"comes": arm.waste_ml, "holds": arm.waste_room_ml},
        "wells": {"filled": arm.wells, "there": arm.wells_held},
        "tips": {"needed": arm.tips, "there": arm.tips_held},
    }
