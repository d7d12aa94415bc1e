"""The plan of a night: what the arm does when, and what it uses up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardware.arm_times import forecast
from orchestrator.schedule.course import Course, assumed_s, course_of
from orchestrator.schedule.simulation import Done, arm_times, simulate

if TYPE_CHECKING:
    from orchestrator.night import Night

_HOUR_S = 3600.0


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
    """What one arm makes of a night.

    Attributes:
        night: What was planned.
        courses: What each culture asks for.
        done: What the arm does, in the order of time.
        drawn_ml: What is taken out of each bottle, by the arm and by the vessels' own pumps.
        waste_ml: What is brought to the waste.
        tips: How many are used.
        starts_s: Campaign time at which each vessel starts.
        base_s: Seconds of the arm that doses of base may take in an hour at the most.
        assumed: Phases whose end readings decide, with the time that was taken for them, s; the
            longest of all vessels.
    """

    night: Night
    courses: tuple[Course, ...]
    done: tuple[Done, ...]
    drawn_ml: Mapping[str, float]
    waste_ml: float
    tips: int
    starts_s: Mapping[str, float]
    base_s: float
    assumed: Mapping[str, float] = field(default_factory=dict)

    @property
    def end_s(self) -> float:
        """Campaign time at which everything is done."""
        return max([course.end_s for course in self.courses] + [one.end_s for one in self.done])

    @property
    def utilisation(self) -> float:
        """Share of the time that the arm is busy, base not counted."""
        busy_s = sum(one.end_s - one.start_s for one in self.done)
        return busy_s / self.end_s if self.end_s else 0.0

    @property
    def busiest_hour(self) -> tuple[float, float]:
        """The clock hour in which the arm is busiest: its begin, s, and the share, without base."""
        busy: dict[int, float] = {}
        for one in self.done:
            hour = int(one.start_s // _HOUR_S)
            first_s = min(one.end_s, (hour + 1) * _HOUR_S) - one.start_s
            busy[hour] = busy.get(hour, 0.0) + first_s
            busy[hour + 1] = busy.get(hour + 1, 0.0) + one.end_s - one.start_s - first_s
        hour, busy_s = max(busy.items(), key=lambda item: item[1], default=(0, 0.0))
        return hour * _HOUR_S, min(busy_s / _HOUR_S, 1.0)

    @property
    def wells(self) -> int:
        """Wells that are filled."""
        asked = [one for course in self.courses for one in course.asked]
        return sum(one.operation.sample is not None for one in asked)

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
    lengths_s: Mapping[str, Mapping[str, float]] | None = None,
    starts_s: Mapping[str, float] | None = None,
) -> Plan:
    """Plan a night.

    Args:
        night: Protocol, station and run sheet.
        lengths_s: How long phases last whose end readings decide, by vessel and phase; without it
            the longest that each may.
        starts_s: When each vessel starts; None as the protocol says.
    """
    starts_s = night.starts_s() if starts_s is None else starts_s
    known = lengths_s or {}
    courses = [
        course_of(vessel, culture, night.protocol.reagents, starts_s[vessel], known.get(vessel, {}))
        for vessel, culture in night.procedures().items()
    ]
    return planned(night, courses, starts_s, known)


def planned(
    night: Night,
    courses: Sequence[Course],
    starts_s: Mapping[str, float],
    lengths_s: Mapping[str, Mapping[str, float]],
) -> Plan:
    """Have the arm do what courses ask for."""
    arm = forecast(night.station)
    own = _own_pumps(night)
    asked = [one for course in courses for one in course.asked]
    by_pump = [one for one in asked if (one.operation.vessel, one.operation.source) in own]
    drawn: dict[str, float] = {}
    for one in by_pump:
        source = one.operation.source or ""
        drawn[source] = drawn.get(source, 0.0) + one.operation.volume_ml
    done: list[Done] = []
    base_s = 0.0
    if arm is not None:
        by_arm = [one for one in asked if (one.operation.vessel, one.operation.source) not in own]
        done = simulate(by_arm, *arm_times(arm))
        drawn |= {name: drawn.get(name, 0.0) + ml for name, ml in arm.drawn_ml.items()}
        base_s = _base_s(night, own)
    return Plan(
        night,
        tuple(courses),
        tuple(done),
        drawn,
        arm.waste_ml if arm is not None else 0.0,
        arm.tips if arm is not None else 0,
        starts_s,
        base_s,
        _assumed(night, lengths_s),
    )


def _own_pumps(night: Night) -> set[tuple[str, str | None]]:
    station = night.station
    return {
        (vessel, source)
        for device in station.devices
        for vessel in station.vessels_of(device)
        for source in device.brings
    }


def _base_s(night: Night, own: set[tuple[str, str | None]]) -> float:
    """Seconds an hour of the arm, were every vessel given base as often as may be.

    The needle holds something foreign only at the first vessel: doses of base come together, as
    the pH of all vessels is looked at in one scan.
    """
    control, arm = night.protocol.culture.control.ph, forecast(night.station)
    if control is None or arm is None:
        return 0.0
    total_s = 0.0
    for vessel in night.starts_s():
        if (vessel, control.source) not in own:
            total_s += arm.estimate_s("dose", control.source, vessel, control.largest)
            arm.did("dose", control.source, vessel, control.largest)
    return total_s * _HOUR_S / control.every


def _assumed(night: Night, lengths_s: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    found = {}
    for phase in night.protocol.culture.phases:
        if phase.until is not None and phase.until.when is not None:
            seen = [one[phase.name] for one in lengths_s.values() if phase.name in one]
            found[phase.name] = max(seen, default=assumed_s(phase.until))
    return found
