"""What a plan cannot do, each at the line that asks for it, with the reason."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hardware.specs.pylabrobot import FULL_RACK, PyLabRobotSpec
from orchestrator.protocol import Diagnostic
from orchestrator.protocol.outline import outline_of
from orchestrator.protocol.wording import joined, volume
from orchestrator.schedule.plan import Line, Plan
from orchestrator.schedule.simulation import Done
from orchestrator.schedule.words import clock, span

_HOUR_S = 3600.0


def findings_of(plan: Plan) -> list[Diagnostic]:
    """Everything that is infeasible, in the order of the protocol's lines."""
    found = [*_late(plan), *stock_findings(plan), *_volumes(plan), *_base(plan)]
    return sorted(found)


def stock_findings(plan: Plan) -> list[Diagnostic]:
    """What runs out: bottles, room for waste, tips."""
    return sorted([*_bottles(plan), *_waste(plan), *_tips(plan)])


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
    """What the arm does between the time of an operation and its begin."""
    of = {id(one): other.what for other in plan.lines() for one in other.done}
    spent: dict[str, list[float]] = {}
    for one in plan.done:
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


def _bottles(plan: Plan) -> Iterator[Diagnostic]:
    source = plan.night.protocol.source
    outline = outline_of(source.at(("culture",)))
    for name, needed_ml in plan.drawn_ml.items():
        have_ml = bottles(plan).get(name)
        if have_ml is None or needed_ml <= have_ml:
            continue
        place = next(location for location, used in outline.sources if used == name)
        message = (
            f"all vessels together need {volume(round(needed_ml, 1))} of {name}, what the needle "
            f"is filled with and washed out of included; its bottle holds {volume(have_ml)}"
        )
        yield source.error(place, "E602", message)


def bottles(plan: Plan) -> dict[str, float]:
    """Volume of each bottle on the deck, mL."""
    arm = plan.night.station.liquid_handler
    places = arm.deck.sources.items() if arm is not None else ()
    return {name: place.volume for name, place in places}


def waste_room_ml(plan: Plan) -> float | None:
    """What the waste bottle holds; None when the station file does not say."""
    arm = plan.night.station.liquid_handler
    return getattr(getattr(arm and arm.deck, "waste", None), "volume", None)


def _waste(plan: Plan) -> Iterator[Diagnostic]:
    room_ml = waste_room_ml(plan)
    if room_ml is not None and plan.waste_ml > room_ml:
        message = (
            f"{volume(round(plan.waste_ml, 1))} come to the waste, base not counted; its bottle "
            f"holds {volume(room_ml)}"
        )
        yield plan.night.protocol.source.error(("culture",), "E602", message, key=True)


def tips_held(plan: Plan) -> int | None:
    """Tips in the racks at the start; None where the arm has a needle."""
    arm = plan.night.station.liquid_handler
    return sum(rack.tips for rack in arm.deck.racks) if isinstance(arm, PyLabRobotSpec) else None


def _tips(plan: Plan) -> Iterator[Diagnostic]:
    have = tips_held(plan)
    if have is None or plan.tips <= have:
        return
    racks = math.ceil((plan.tips - have) / FULL_RACK)
    more = "another full rack" if racks == 1 else f"{racks} more full racks"
    message = (
        f"{plan.tips:,} tips are needed, base not counted; the racks hold {have:,}. Stand {more} "
        "on the deck and name what was added under `tips` in the station file, or feed and sample "
        "more rarely"
    )
    yield plan.night.protocol.source.error(("culture",), "E602", message, key=True)


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
    hour_s, share = plan.busiest_hour
    if share + plan.base_s / _HOUR_S > 1:
        message = (
            f"were every vessel given base as often as it may, the arm would need "
            f"{span(plan.base_s)} of each hour for it, beside {span(share * _HOUR_S)} for all else "
            f"in the hour from {clock(hour_s)} on"
        )
        yield plan.night.protocol.source.warning(("culture", "control", "ph"), message, key=True)
