"""What a plan cannot do, each at the line that asks for it, with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hardware.specs.pylabrobot import FULL_RACK
from orchestrator.protocol import Diagnostic
from orchestrator.protocol.outline import outline_of
from orchestrator.protocol.source import Source
from orchestrator.protocol.wording import joined, volume
from orchestrator.schedule.arm_plan import HOUR_S, ArmPlan
from orchestrator.schedule.plan import Line, Plan
from orchestrator.schedule.simulation import Done
from orchestrator.schedule.words import clock, span


def findings_of(plan: Plan) -> list[Diagnostic]:
    """Everything that is infeasible, in the order of the protocol's lines."""
    found = [*_late(plan), *stock_findings(plan), *_volumes(plan), *_base(plan)]
    return sorted(found)


def stock_findings(plan: Plan) -> list[Diagnostic]:
    """What runs out: bottles, room for waste, tips."""
    source = plan.night.protocol.source
    return sorted(
        finding
        for arm in plan.arms
        for of in (_bottles, _waste, _tips)
        for finding in of(source, arm)
    )


def _late(plan: Plan) -> Iterator[Diagnostic]:
    source = plan.night.protocol.source
    for line in plan.lines():
        if not line.late:
            continue
        worst = line.worst
        message = (
            f"{len(line.late)} of {len(line.done)} begin after their window, the worst "
            f"{span(worst.late_s)} after it ({worst.operation.vessel}, due at "
            f"{clock(worst.operation.due_s)}); {_why(plan, line, worst)}"
        )
        yield source.error(line.place, "E602", message, key=len(line.place) == 4)


def _why(plan: Plan, line: Line, worst: Done) -> str:
    """What its arm does between the time of an operation and its begin."""
    of = {id(one): other.what for other in plan.lines() for one in other.done}
    spent: dict[str, list[float]] = {}
    its = next(arm for arm in plan.arms if arm.name == worst.arm)
    for one in its.done:
        if one.end_s > worst.operation.due_s and one.start_s < worst.start_s:
            spent.setdefault(of[id(one)], []).append(one.end_s - one.start_s)
    busy_s = sum(map(sum, spent.values()))
    waited_s = worst.start_s - worst.operation.due_s
    if worst.operation.analysis_s and busy_s < waited_s / 2:
        return (
            f"the analyser takes {span(worst.operation.analysis_s)} for each, and none may wait "
            f"longer than {span(worst.operation.hold_s or 0.0)}"
        )
    most = sorted(spent.items(), key=lambda item: -sum(item[1]))
    parts = [f"{len(times)} x {what} ({span(sum(times))})" for what, times in most]
    return f"until it begins the arm does {joined(parts)}" if parts else "the arm comes too late"


def _bottles(source: Source, arm: ArmPlan) -> Iterator[Diagnostic]:
    outline = outline_of(source.at(("culture",)))
    for name, needed_ml in arm.drawn_ml.items():
        have_ml = arm.bottles_ml[name]
        if needed_ml <= have_ml:
            continue
        place = next(location for location, used in outline.sources if used == name)
        message = (
            f"all vessels{arm.of} together need {volume(round(needed_ml, 1))} of {name}, what the "
            f"needle is filled with and washed out of included; its bottle holds {volume(have_ml)}"
        )
        yield source.error(place, "E602", message)


def _waste(source: Source, arm: ArmPlan) -> Iterator[Diagnostic]:
    room_ml = arm.waste_room_ml
    if room_ml is not None and arm.waste_ml > room_ml:
        message = (
            f"{volume(round(arm.waste_ml, 1))} come to the waste{arm.of}{arm.without_base}; "
            f"its bottle holds {volume(room_ml)}"
        )
        yield source.error(("culture",), "E602", message, key=True)


def _tips(source: Source, arm: ArmPlan) -> Iterator[Diagnostic]:
    have = arm.tips_held
    if have is None or arm.tips <= have:
        return
    racks = math.ceil((arm.tips - have) / FULL_RACK)
    more = "another full rack" if racks == 1 else f"{racks} more full racks"
    message = (
        f"{arm.tips:,} tips are needed{arm.without_base}; the racks{arm.of} hold {have:,}. Stand "
        f"{more} on the deck and name what was added under `tips` in the station file, or feed and "
        "sample more rarely"
    )
    yield source.error(("culture",), "E602", message, key=True)


def _volumes(plan: Plan) -> Iterator[Diagnostic]:
    protocol, working = plan.night.protocol, plan.night.station.vessels.volume
    low = min(plan.courses, key=lambda course: course.lowest_ml)
    high = max(plan.courses, key=lambda course: course.highest_ml)
    limit = protocol.limits.volume
    bounds = [(working.low, working.high, "the station's working volume", ("culture", "volume"))]
    if limit is not None:
        least, most = limit.low or 0.0, limit.high or working.high
        bounds.append((least, most, "its limit", ("limits", "volume")))
    for least, most, what, place in bounds:
        if low.lowest_ml < least - 1e-9:
            message = f"{low.vessel} falls to {low.lowest_ml:.4g} mL, below {what}"
            yield protocol.source.error(place, "E602", f"{message} ({volume(least)})")
        if high.highest_ml > most + 1e-9:
            message = f"{high.vessel} rises to {high.highest_ml:.4g} mL, above {what}"
            said = f"{message} ({volume(most)}), base not counted"
            yield protocol.source.error(place, "E602", said)


def _base(plan: Plan) -> Iterator[Diagnostic]:
    for arm in plan.arms:
        hour_s, share = arm.busiest_hour
        if share + arm.base_s / HOUR_S <= 1:
            continue
        message = (
            f"were every vessel given base as often as it may, the arm {arm.name}".rstrip()
            + f" would need {span(arm.base_s)} of each hour for it, beside {span(share * HOUR_S)} "
            f"for all else in the hour from {clock(hour_s)} on"
        )
        yield plan.night.protocol.source.warning(("culture", "control", "ph"), message, key=True)
