"""A plan told: for a person, and for a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.protocol.wording import duration, volume
from orchestrator.schedule.findings import bottles, tips_held, waste_room_ml
from orchestrator.schedule.plan import Line, Plan
from orchestrator.schedule.words import clock, deviation, span

HEADERS = ("what", "how many", "every", "window", "arm, each", "worst", "late")
_HOUR_S = 3600.0


def rows(plan: Plan) -> list[tuple[object, ...]]:
    """A table row for each line of the protocol, under `HEADERS`."""
    return [
        (
            line.what,
            len(line.done),
            duration(line.period_s) if line.period_s else "once",
            _window(line),
            span(line.mean_s),
            deviation(line.worst.deviation_s),
            len(line.late) or "none",
        )
        for line in plan.lines()
    ]


def _window(line: Line) -> str:
    first = line.done[0].operation
    late = duration(round(first.within_s, 3))
    return f"± {late}" if first.early_s == first.within_s else late


def sentences(plan: Plan) -> Iterator[str]:
    """What a plan comes to."""
    hour_s, share = plan.busiest_hour
    yield (
        f"{len(plan.done):,} operations of the arm, the last ends at {clock(plan.end_s)}. It is "
        f"busy {plan.utilisation:.0%} of the time, {share:.0%} in the hour from {clock(hour_s)} on."
    )
    if plan.base_s:
        yield f"Base, were it dosed as often as may be, takes {span(plan.base_s)} of an hour more."
    for phase, lasts_s in plan.assumed.items():
        yield f"Readings end phase {phase}; it is planned with {duration(lasts_s)} at the longest."
    yield from supplies(plan)
    low = min(plan.courses, key=lambda course: course.lowest_ml)
    high = max(plan.courses, key=lambda course: course.highest_ml)
    yield (
        f"Cultures hold {low.lowest_ml:.4g} mL ({low.vessel}) to {high.highest_ml:.4g} mL "
        f"({high.vessel}), base not counted."
    )


def supplies(plan: Plan) -> Iterator[str]:
    """What has to be there: in bottles, room for waste, tips, wells."""
    held = bottles(plan)
    for name, needed_ml in plan.drawn_ml.items():
        of = f" of {volume(held[name])}" if name in held else ""
        yield f"{name}: {volume(round(needed_ml, 1))}{of}."
    room_ml = waste_room_ml(plan)
    if plan.waste_ml:
        of = f" of {volume(room_ml)}" if room_ml else ""
        yield f"Waste: {volume(round(plan.waste_ml, 1))}{of}."
    if (tips := tips_held(plan)) is not None:
        yield f"Tips: {plan.tips:,} of {tips:,}."
    if plan.wells:
        yield f"Wells: {plan.wells:,} of {sum(1 for _ in plan.night.wells()):,}."


def to_json(plan: Plan) -> dict[str, Any]:
    """The whole plan, every operation included; times in s, volumes in mL."""
    hour_s, share = plan.busiest_hour
    return {
        "end_s": plan.end_s,
        "arm": {
            "utilisation": plan.utilisation,
            "busiest_hour_s": hour_s,
            "busiest_hour_share": share,
            "base_share_at_most": plan.base_s / _HOUR_S,
        },
        "assumed_s": dict(plan.assumed),
        "starts_s": dict(plan.starts_s),
        "bottles_ml": {
            name: {"needed": needed_ml, "holds": bottles(plan).get(name)}
            for name, needed_ml in plan.drawn_ml.items()
        },
        "waste_ml": {"comes": plan.waste_ml, "holds": waste_room_ml(plan)},
        "wells": {"filled": plan.wells, "there": sum(1 for _ in plan.night.wells())},
        "tips": {"needed": plan.tips, "there": tips_held(plan)},
        "volumes_ml": {
            course.vessel: {"lowest": course.lowest_ml, "highest": course.highest_ml}
            for course in plan.courses
        },
        "operations": [
            {
                "vessel": one.operation.vessel,
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
