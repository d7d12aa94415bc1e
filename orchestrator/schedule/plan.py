"""The plan of a night: what the arms do when, and what they use up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardware.arm_times import forecast
from orchestrator.engine.control import base_dose
from orchestrator.schedule.arm_plan import HOUR_S, ArmPlan
from orchestrator.schedule.course import Asked, Course, assumed_s, course_of
from orchestrator.schedule.precedent import NO_PRECEDENT, Precedent
from orchestrator.schedule.simulation import Done, Shift, arm_times, simulate

if TYPE_CHECKING:
    from orchestrator.night import Night


@dataclass(frozen=True)
class Line:
    """One line of the protocol, over all vessels.

    Attributes:
        what: Such as ``sample plate`` or ``feed glucose-400 in fed-batch``.
        place: Where the protocol says so.
        period_s: Time between two; None when it happens once.
        done: Its operations, in the order of time.
    """

    what: str
    place: tuple[str | int, ...]
    period_s: float | None
    done: tuple[Done, ...]

    @property
    def late(self) -> tuple[Done, ...]:
        """Those that begin after their window."""
        return tuple(one for one in self.done if one.late_s > 0)

    @property
    def worst(self) -> Done:
        """The one that begins longest after its window; if none does, after its time."""
        return max(self.done, key=lambda one: (one.late_s, one.deviation_s))

    @property
    def mean_s(self) -> float:
        """Seconds of the arm for one."""
        return sum(one.end_s - one.start_s for one in self.done) / len(self.done)


@dataclass(frozen=True)
class Plan:
    """What the arms make of a night.

    Attributes:
        night: What was planned.
        courses: What each culture asks for.
        done: What the arms do, in the order of time.
        arms: The same of each arm, with what it uses up.
        pumped_ml: What the vessels' own pumps give, of each source.
        starts_s: Campaign time at which each vessel starts.
        assumed: Phases whose end readings decide, with the time that was taken for them, s; the
            longest of all vessels.
    """

    night: Night
    courses: tuple[Course, ...]
    done: tuple[Done, ...]
    arms: tuple[ArmPlan, ...]
    pumped_ml: Mapping[str, float]
    starts_s: Mapping[str, float]
    assumed: Mapping[str, float] = field(default_factory=dict)

    @property
    def end_s(self) -> float:
        """Campaign time at which everything is done."""
        return _end_s(self.courses, self.done)

    def lines(self) -> list[Line]:
        """The plan by lines of the protocol, in the order of the file."""
        found: dict[tuple[str | int, ...], list[Done]] = {}
        for one in self.done:
            found.setdefault(one.asked.place, []).append(one)
        phases = self.night.protocol.culture.phases
        lines = []
        for place in sorted(found, key=str):
            first = found[place][0].operation
            what = f"{first.kind} {first.sample or first.source}"
            if place[1] == "phases":
                what += f" in {phases[int(place[2])].name}"
            lines.append(Line(what, place, first.period_s, tuple(found[place])))
        return lines


def plan_of(
    night: Night,
    seen: Precedent = NO_PRECEDENT,
    starts_s: Mapping[str, float] | None = None,
) -> Plan:
    """Plan a night.

    Args:
        night: Protocol, station and run sheet.
        seen: What readings decided before; without it phases that they end last as long as they
            may, and no base is dosed.
        starts_s: When each vessel starts; None as the protocol says.
    """
    starts_s = night.starts_s() if starts_s is None else starts_s
    lengths_s = seen.lengths_s
    courses = [
        course_of(
            vessel, culture, night.protocol.reagents, starts_s[vessel], lengths_s.get(vessel, {})
        )
        for vessel, culture in night.procedures().items()
    ]
    return planned(night, courses, starts_s, seen)


def planned(
    night: Night,
    courses: Sequence[Course],
    starts_s: Mapping[str, float],
    seen: Precedent,
) -> Plan:
    """Have the arms do what courses ask for."""
    own = _own_pumps(night)
    asked = [one for course in courses for one in course.asked]
    asked += _base(night, starts_s, seen)
    pumped: dict[str, float] = {}
    by_arm: dict[str, list[Asked]] = {name: [] for name in night.station.arms}
    arm_of = night.station.arm_of
    for one in asked:
        operation = one.operation
        if (operation.vessel, operation.source) in own:
            source = operation.source or ""
            pumped[source] = pumped.get(source, 0.0) + operation.volume_ml
        else:
            by_arm[arm_of[operation.vessel]].append(one)
    forecasts = {name: forecast(night.station, arm) for name, arm in night.station.arms.items()}
    done = simulate(
        Shift(by_arm[name], *arm_times(arm), arm=name) for name, arm in forecasts.items()
    )
    end_s = _end_s(courses, done)
    arms = tuple(
        ArmPlan(
            name,
            night.station.arms[name],
            tuple(one for one in done if one.arm == name),
            arm.drawn_ml,
            arm.waste_ml,
            arm.tips,
            _base_s(night, name, own) if seen.base is None else 0.0,
            end_s,
        )
        for name, arm in forecasts.items()
    )
    return Plan(
        night, tuple(courses), tuple(done), arms, pumped, starts_s, _assumed(night, seen.lengths_s)
    )


def _end_s(courses: Iterable[Course], done: Iterable[Done]) -> float:
    return max([course.end_s for course in courses] + [one.end_s for one in done])


def _own_pumps(night: Night) -> set[tuple[str, str | None]]:
    station = night.station
    return {
        (vessel, source)
        for device in station.devices
        for vessel in station.vessels_of(device)
        for source in device.brings
    }


def _base(night: Night, starts_s: Mapping[str, float], seen: Precedent) -> Iterator[Asked]:
    """Doses of base, as they were before."""
    control = night.protocol.culture.control.ph
    if control is None:
        return
    place = ("culture", "control", "ph")
    for vessel, doses in (seen.base or {}).items():
        for after_s, volume_ml in doses:
            at_s = starts_s[vessel] + after_s
            yield Asked(at_s, base_dose(control, vessel, at_s, volume_ml), place, [])


def _base_s(night: Night, name: str, own: set[tuple[str, str | None]]) -> float:
    """Seconds an hour of an arm, were every vessel of it given base as often as may be.

    The needle holds something foreign only at the first vessel: doses of base come together, as
    the pH of all vessels is looked at in one scan.
    """
    control, arm_of = night.protocol.culture.control.ph, night.station.arm_of
    if control is None:
        return 0.0
    total_s, arm = 0.0, forecast(night.station, night.station.arms[name])
    for vessel in night.starts_s():
        if arm_of.get(vessel) == name and (vessel, control.source) not in own:
            total_s += arm.estimate_s("dose", control.source, vessel, control.largest)
            arm.did("dose", control.source, vessel, control.largest)
    return total_s * HOUR_S / control.every


def _assumed(night: Night, lengths_s: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    found = {}
    for phase in night.protocol.culture.phases:
        if phase.until is not None and phase.until.when is not None:
            seen = [one[phase.name] for one in lengths_s.values() if phase.name in one]
            found[phase.name] = max(seen, default=assumed_s(phase.until))
    return found
