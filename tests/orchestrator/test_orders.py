"""Orders of a person, sleeping computers and clocks that jump, in whole campaigns."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.interrupted import Campaign
from orchestrator.engine.clock import Clock, VirtualTimeLoop
from orchestrator.engine.commands import Command, Inbox
from orchestrator.engine.progress import Progress
from tests.orchestrator.interrupted import journal
from tests.orchestrator.test_vessel_run import CALM, run_of

VESSELS = ["A1", "A2", "B1", "B2"]


def at_times(acts: dict[float, Callable[[], None]]) -> Callable[[Progress], None]:
    """Do each once at the first scan at or after its time."""
    left = dict(sorted(acts.items()))

    def watch(progress: Progress) -> None:
        for at_s in [at_s for at_s in left if at_s <= progress.time_s]:
            left.pop(at_s)()

    return watch


def lived(campaign: Campaign, orders: dict[float, Command]) -> None:
    inbox, left = Inbox(), len(orders)

    def give(one: Command) -> None:
        nonlocal left
        inbox.put(one)
        left -= 1
        inbox.open = left > 0

    campaign.progress = at_times({at: partial(give, one) for at, one in orders.items()})
    campaign.live(inbox=inbox)


def entered(campaign: Campaign, vessel: str) -> dict[str, float]:
    """When a culture came into each state, last."""
    phases = [entry for entry in journal(campaign, "phase") if entry.vessel == vessel]
    return {entry.body["entered"]: entry.time_s for entry in phases}


def order(verb: str, vessel: str | None = None, *setting: object) -> Command:
    return Command(vessel, verb, "Ada", f"to {verb}", *setting)  # type: ignore[arg-type]


@pytest.mark.parametrize("vessel", [None, "A2"])
def test_every_order_for_one_or_for_all_is_obeyed_and_journalled(
    campaign: Campaign, vessel: str | None
) -> None:
    orders = {
        20.0: order("set", vessel, "stirring", 1500.0),
        40.0: order("hold", vessel),
        100.0: order("restart", vessel),
        120.0: order("skip", vessel),
    }
    lived(campaign, orders)
    written = journal(campaign, "command")
    assert [(entry.vessel, entry.body) for entry in written] == [
        (one.vessel, one.described()) for one in orders.values()
    ]
    assert all(entry.body["who"] == "Ada" and entry.body["why"] for entry in written)
    concerned = VESSELS if vessel is None else [vessel]
    for name in VESSELS:
        states = entered(campaign, name)
        assert ("held" in states) == (name in concerned)
        assert "complete" in states
        whys = [e.body["why"] for e in journal(campaign, "phase") if e.vessel == name]
        assert ("skipped by Ada: to skip" in whys) == (name in concerned)
    sets = {
        entry.vessel
        for entry in journal(campaign, "intent")
        if entry.body["do"] == "set" and entry.body["value"] == 1500.0
    }
    assert sets == set(concerned)


def test_a_phase_lasts_as_long_as_without_the_hold(campaign: Campaign) -> None:
    lived(campaign, {60.0: order("hold", "A1"), 180.0: order("restart", "A1")})
    held, free = entered(campaign, "A1"), entered(campaign, "B2")
    assert held["held"] - held["running: settle"] > 0
    pause_s = held["running: fed"] - held["held"]
    assert pause_s == pytest.approx(120.0)
    assert held["running: harvest"] - free["running: harvest"] == pytest.approx(pause_s)


def test_abort_for_all_ends_the_campaign(campaign: Campaign) -> None:
    lived(campaign, {60.0: order("abort")})
    assert all("aborted" in entered(campaign, name) for name in VESSELS)
    assert journal(campaign)[-1].kind == "closed"


def test_a_culture_that_has_not_begun_is_held_as_well_and_begins_when_it_is_restarted() -> None:
    run = run_of()
    run._start_s = 600.0
    run.begin(0.0)
    run.obey(60.0, order("set", "A1", "temperature", 33.0))
    assert run.obey(300.0, order("hold")).notes[-1].body["entered"] == "held"
    assert run.step(900.0, CALM).settings == {}
    run.obey(1200.0, order("restart"))
    assert run.life.state == "idle"
    begun = run.step(1260.0, CALM)
    assert run.life.phase == "batch"
    assert begun.settings["temperature"] == 33.0, "as was ordered"
    ends = [run.step(1260.0 + 60.0 * n, CALM).notes for n in range(1, 11)]
    assert [bool(notes) for notes in ends] == [False] * 9 + [True], "ten minutes of batch"


@settings(max_examples=30, deadline=None)
@given(
    held_at=st.integers(1, 69),
    minutes=st.integers(0, 300),
    until=st.sampled_from(
        [
            {"after": "70 min"},
            {"when": "do > 95 %", "give_up_after": "70 min"},
            {"when": "do > 75 %", "arm": {"after": "68 min"}, "for": "2 min"},
        ]
    ),
)
def test_whenever_and_however_long_a_hold_shifts_the_end_of_a_phase_by_itself(
    held_at: int, minutes: int, until: dict[str, object]
) -> None:
    run = run_of(phases=[{"name": "only", "until": until}, {"name": "harvest"}], samples=[])

    def ends() -> Iterator[int]:
        run.begin(0.0)
        for minute in range(held_at + minutes + 80):
            if minute == held_at:
                run.obey(minute * 60.0, order("hold"))
            if minute == held_at + minutes:
                run.obey(minute * 60.0, order("restart"))
            run.step(minute * 60.0, CALM)
            if run.life.phase not in (None, "only"):
                yield minute

    free = 71 if "arm" in until else 70
    assert next(ends()) == free + minutes


class Apart:
    """The three clocks of a computer, of which two can be turned."""

    def __init__(self) -> None:
        self.slept_s = self.set_s = 0.0
        self.loop: asyncio.AbstractEventLoop

    def clock(self, loop: asyncio.AbstractEventLoop) -> Clock:
        self.loop = loop
        return Clock(
            loop,
            lambda: loop.time() + self.slept_s + self.set_s,
            lambda: loop.time() + self.slept_s,
        )

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds

    def stand_still(self, seconds: float) -> None:
        assert isinstance(self.loop, VirtualTimeLoop)
        self.loop.jump(seconds)


@pytest.mark.parametrize(
    ("lapse", "seconds", "why", "state"),
    [
        (Apart.sleep, 600.0, "the computer slept", "complete"),
        (Apart.sleep, 3600.0, "the computer slept", "held"),
        (Apart.stand_still, 300.0, "the program stood still", "complete"),
        (Apart.stand_still, 3600.0, "the program stood still", "held"),
    ],
)
def test_a_computer_that_slept_or_a_program_that_stood_still_is_an_outage(
    campaign: Campaign,
    lapse: Callable[[Apart, float], None],
    seconds: float,
    why: str,
    state: str,
) -> None:
    times = Apart()
    campaign.clock = times.clock
    campaign.progress = at_times({80.0: lambda: lapse(times, seconds)})
    campaign.live()
    (outage,) = journal(campaign, "outage")
    assert outage.body["why"] == why
    assert outage.body["lasted_s"] == pytest.approx(seconds, abs=21.0)
    last = {entry.vessel: entry.body["entered"] for entry in journal(campaign, "phase")}
    assert last == dict.fromkeys(VESSELS, state)
    again = [e.vessel for e in journal(campaign, "intent") if e.body.get("again")]
    assert set(again) == set(VESSELS)


def test_a_time_of_day_that_was_set_is_noted_and_changes_nothing(campaign: Campaign) -> None:
    times = Apart()
    campaign.clock = times.clock
    campaign.progress = at_times({80.0: lambda: setattr(times, "set_s", -7200.0)})
    campaign.live()
    jumps = [e.body["jumped_s"] for e in journal(campaign, "clock") if "jumped_s" in e.body]
    assert jumps == [pytest.approx(-7200.0)]
    assert not journal(campaign, "outage")
    assert all("complete" in entered(campaign, name) for name in VESSELS)
