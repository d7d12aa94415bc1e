from typing import Any

import pytest

from hardware.outcome import Outcome
from orchestrator.engine.commands import Command
from orchestrator.engine.lifecycle import Procedure
from orchestrator.engine.operation import Operation, Wishes
from orchestrator.engine.sampling import WellBook
from orchestrator.engine.vessel_run import VesselRun
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.faults import OnFault
from orchestrator.protocol.limits import Limits
from orchestrator.protocol.reagents import Reagent

REAGENTS = {
    "glucose-400": Reagent.model_validate({"glucose": "400 g/L"}),
    "iptg-stock": Reagent.model_validate({"iptg": "1 mmol/L"}),
    "base": Reagent.model_validate({"alkalinity": "3600 mmol/L"}),
}
CULTURE: dict[str, Any] = {
    "volume": "10 mL",
    "start": {
        "temperature": "37 degC",
        "ph": 6.9,
        "stirring": "3000 rpm",
        "glucose": "5 g/L",
        "biomass": "0.2 g/L",
    },
    "control": {"ph": {"with": "base", "dead_band": 0.05, "every": "10 min"}},
    "phases": [
        {"name": "batch", "until": {"after": "10 min"}},
        {
            "name": "fed-batch",
            "set": {"temperature": "30 degC"},
            "feed": {
                "kind": "bolus",
                "source": "glucose-400",
                "rate": "4 g/L/h",
                "every": "10 min",
            },
            "events": [{"at": "15 min", "add": {"source": "iptg-stock", "to": "20 µmol/L"}}],
            "until": {"after": "1 h"},
        },
        {"name": "harvest"},
    ],
    "samples": [{"name": "plate", "volume": "150 µL", "every": "30 min", "from": "fed-batch"}],
}
CALM = {"temperature": 37.0, "ph": 6.9, "do": 90.0, "od": 1.0, "volume": 10.0}


def run_of(limits: dict[str, Any] | None = None, **changes: Any) -> VesselRun:
    culture = Culture.model_validate(CULTURE | changes)
    procedure = Procedure([phase.name for phase in culture.phases])
    bounds = Limits.model_validate(limits or {})
    return VesselRun(
        "A1", procedure, culture, REAGENTS, bounds, WellBook(f"plate1/A{n}" for n in range(1, 97))
    )


def play(run: VesselRun, minutes: int, answer: str = "done", **readings: float) -> list[Wishes]:
    """Step once a minute; every operation is settled at once."""
    wishes = [run.begin(0.0)]
    for minute in range(minutes + 1):
        wish = run.step(minute * 60.0, CALM | readings)
        wishes.append(wish)
        for operation in wish.operations:
            wishes.append(run.settle(operation, Outcome(answer, "as told")))  # type: ignore[arg-type]
    return wishes


def operations(wishes: list[Wishes]) -> list[Operation]:
    return [operation for wish in wishes for operation in wish.operations]


def test_the_procedure_is_followed_and_the_volume_is_booked() -> None:
    run = run_of()
    wishes = play(run, 90)
    assert wishes[0].settings == {"temperature": 37.0, "stirring": 3000.0}
    assert {"temperature": 30.0} in [wish.settings for wish in wishes]
    done = [(op.kind, round(op.due_s / 60), op.well) for op in operations(wishes)]
    assert [entry[:2] for entry in done if entry[0] == "feed"] == [
        ("feed", minute) for minute in (20, 30, 40, 50, 60)
    ]
    assert ("inducer", 25, None) in done
    assert [entry[1:] for entry in done if entry[0] == "sample"] == [
        (10, "plate1/A1"),
        (40, "plate1/A2"),
        (70, "plate1/A3"),
    ]
    assert run.life.state == "complete"
    assert run.lost is None
    given = sum(op.change_ml for op in operations(wishes))
    assert run.volume_ml == pytest.approx(10 + given)


def test_the_inducer_reaches_its_concentration_in_the_final_volume() -> None:
    inducer = next(op for op in operations(play(run_of(), 30)) if op.kind == "inducer")
    volume_before = 10 - 0.15 + 4 * 10 / 400 / 6
    assert inducer.volume_ml * 1.0 / (volume_before + inducer.volume_ml) == pytest.approx(
        0.020, rel=1e-3
    )


def test_base_is_dosed_below_the_band_and_not_within_it() -> None:
    assert not [op for op in operations(play(run_of(), 9, ph=6.86)) if op.kind == "ph"]
    doses = [op for op in operations(play(run_of(), 9, ph=6.7)) if op.kind == "ph"]
    assert [op.source for op in doses] == ["base"]
    assert 0.005 <= doses[0].volume_ml <= 0.05


def test_a_sample_that_failed_is_tried_again_and_then_skipped() -> None:
    run = run_of()
    samples = [op for op in operations(play(run, 12, answer="not done")) if op.kind == "sample"]
    assert [op.attempt for op in samples] == [0, 1]
    third = run.settle(samples[1], Outcome("not done", "no broth"))
    assert [op.attempt for op in third.operations] == [2]
    skipped = run.settle(third.operations[0], Outcome("not done", "no broth"))
    assert not skipped.operations
    assert [note.body["then"] for note in skipped.notes] == ["skip"]
    assert run.life.phase == "fed-batch"
    assert run.volume_ml == pytest.approx(10.0)


def test_a_dose_in_doubt_counts_as_given_is_not_repeated_and_gives_the_vessel_up() -> None:
    run = run_of()
    run.begin(0.0)
    feed = None
    for minute in range(21):
        for operation in run.step(minute * 60.0, CALM).operations:
            if operation.kind == "feed":
                feed = operation
            else:
                run.settle(operation, Outcome("done"))
    assert feed is not None
    booked = run.volume_ml
    wishes = run.settle(feed, Outcome("unknown", "no reply"))
    assert run.volume_ml == booked
    assert not wishes.operations
    assert run.life.state == "aborted"
    assert run.lost is not None
    assert "unknown" in run.lost


def test_what_was_not_given_is_taken_back_from_the_books() -> None:
    run = run_of(on_fault={"feed": {"retry": 0, "then": "skip"}})
    run.begin(0.0)
    feed = None
    for minute in range(21):
        for operation in run.step(minute * 60.0, CALM).operations:
            if operation.kind == "feed":
                feed = operation
            else:
                run.settle(operation, Outcome("done"))
    assert feed is not None
    booked = run.volume_ml
    run.settle(feed, Outcome("not done", "bottle is empty", 0.0))
    assert run.volume_ml == pytest.approx(booked - feed.volume_ml)
    assert run.life.phase == "fed-batch"


def test_a_limit_that_says_hold_holds() -> None:
    run = run_of({"temperature": {"high": "40 degC", "then": "hold"}})
    wishes = play(run, 5, temperature=42.0)
    assert run.life.state == "held"
    assert [
        note.body["then"] for wish in wishes for note in wish.notes if note.kind == "alarm"
    ] == ["hold"]


def test_a_vessel_is_never_overfilled() -> None:
    run = run_of({"volume": {"high": "10.01 mL", "then": "hold"}}, samples=[])
    wishes = play(run, 60)
    assert run.volume_ml <= 10.01
    assert run.life.state == "held"
    assert not [op for op in operations(wishes) if op.kind == "feed"]


def test_a_dose_must_fit_before_the_samples_that_wait_are_drawn() -> None:
    limit = {"volume": {"high": "10.01 mL", "then": "warn"}}
    sample = {"name": "plate", "volume": "150 µL", "every": "1 h"}
    run = run_of(limit, phases=[fed_for("2 h", every="10 min")], samples=[sample])
    run.begin(0.0)
    wishes = run.step(0.0, CALM)
    (drawing,) = wishes.operations
    assert drawing.kind == "sample", "the arm may bring the feed first"
    assert [note.body["about"] for note in wishes.notes if note.kind == "alarm"] == ["volume"]
    run.settle(drawing, Outcome("done", value=0.15))
    assert [op.kind for op in run.step(600.0, CALM).operations] == ["feed"]


def stepped(run: VesselRun, first: int, last: int) -> list[Operation]:
    """Step once a minute from one minute to another, everything done at once."""
    found = []
    for minute in range(first, last + 1):
        for operation in run.step(minute * 60.0, CALM).operations:
            run.settle(operation, Outcome("done"))
            found.append(operation)
    return found


def test_time_in_hold_is_no_time_of_the_phase_nor_of_the_samples() -> None:
    run = run_of()
    run.begin(0.0)
    stepped(run, 0, 25)
    run.obey(25 * 60.0, Command("A1", "hold", "me", "a look"))
    assert run.lost is not None
    assert not stepped(run, 26, 125)
    run.obey(125 * 60.0, Command("A1", "restart", "me", "all is well"))
    assert run.life.state == "running: fed-batch"
    assert run.lost is None
    after = stepped(run, 125, 200)
    assert [round(op.due_s / 60) for op in after if op.kind == "feed"] == [130, 140, 150, 160]
    assert [round(op.due_s / 60) for op in after if op.kind == "sample"] == [140, 170]
    assert run.life.state == "complete"


def test_what_waited_when_a_culture_was_held_is_done_when_it_restarts() -> None:
    run = run_of()
    run.begin(0.0)
    stepped(run, 0, 24)
    (inducer,) = [op for op in run.step(25 * 60.0, CALM).operations if op.kind == "inducer"]
    run.obey(25 * 60.0, Command("A1", "hold", "me", "a look"))
    booked = run.volume_ml
    run.take_back(inducer)
    assert run.volume_ml == pytest.approx(booked - inducer.volume_ml)
    again = run.obey(40 * 60.0, Command("A1", "restart", "me", "go on")).operations
    assert [op.volume_ml for op in again] == [inducer.volume_ml]
    assert again[0].name != inducer.name
    assert run.volume_ml == pytest.approx(booked)


def test_a_skipped_phase_and_a_set_point() -> None:
    run = run_of()
    run.begin(0.0)
    assert run.obey(60.0, Command("A1", "skip", "me", "grown")).settings == {"temperature": 30.0}
    assert run.life.phase == "fed-batch"
    wishes = run.obey(60.0, Command("A1", "set", "me", "warm", "temperature", 31.0))
    assert wishes.settings == {"temperature": 31.0}
    refused = run.obey(60.0, Command("A1", "restart", "me", "why not"))
    assert [note.kind for note in refused.notes] == ["refused"]


@pytest.mark.parametrize(("feeds", "volume"), [("catch up", 2.5), ("skip", 0.0)])
def test_feeds_of_an_outage_are_caught_up_or_not(feeds: str, volume: float) -> None:
    run = run_of(resume={"feeds": feeds, "within": "1 h"}, samples=[])
    run.begin(0.0)
    dose = next(op.volume_ml for op in stepped(run, 0, 21) if op.kind == "feed")
    run.outage(45 * 60.0, 24 * 60.0)
    given = [op.volume_ml for op in stepped(run, 45, 49) if op.kind == "feed"]
    assert sum(given) == pytest.approx(volume * dose, abs=3e-4)
    assert [op.kind for op in stepped(run, 50, 50)] == ["feed"]


@pytest.mark.parametrize(
    ("rule", "lasted_s", "state"),
    [
        ({}, 600.0, "running: batch"),
        ({}, 1000.0, "held"),
        ({}, None, "held"),
        ({"within": "1 min", "else": "abort"}, 61.0, "aborted"),
    ],
)
def test_the_length_of_an_outage_decides(
    rule: dict[str, Any], lasted_s: float | None, state: str
) -> None:
    run = run_of(resume=rule)
    run.begin(0.0)
    run.step(0.0, CALM)
    run.outage(300.0, lasted_s)
    assert run.life.state == state


@pytest.mark.parametrize(
    ("unknown", "ordered", "state"),
    [("skip", 0, "running"), ("repeat if safe", 1, "running"), ("quarantine", 0, "aborted")],
)
def test_a_dose_of_which_nobody_knows_follows_the_protocols_rule(
    unknown: str, ordered: int, state: str
) -> None:
    run = run_of(resume={"unknown": unknown})
    run.begin(0.0)
    feed = next(
        op
        for minute in range(21)
        for op in run.step(minute * 60.0, CALM).operations
        if op.kind == "feed"
    )
    booked = run.volume_ml
    wishes = run.settle(feed, Outcome("unknown", "the pump forgot"), reconciled=True)
    assert len(wishes.operations) == ordered
    assert run.volume_ml == pytest.approx(booked + ordered * feed.volume_ml)
    assert run.life.state.startswith(state)


def test_a_dose_that_was_interrupted_is_completed() -> None:
    run = run_of()
    run.begin(0.0)
    feed = next(
        op
        for minute in range(21)
        for op in run.step(minute * 60.0, CALM).operations
        if op.kind == "feed"
    )
    rest = run.settle(feed, Outcome("not done", "interrupted", 0.004), reconciled=True).operations
    assert [op.volume_ml for op in rest] == [pytest.approx(feed.volume_ml - 0.004)]
    assert rest[0].attempt == 0


def fed_for(time: str, **feed: str) -> dict[str, Any]:
    """A phase with a feed of its own."""
    bolus = {"kind": "bolus", "source": "glucose-400", "volume": "20 µL", **feed}
    return {"name": "fed", "feed": bolus, "until": {"after": time}}


def test_a_feed_waits_for_the_sample_that_it_follows() -> None:
    phases = [fed_for("2 h", every="30 min", follows="plate", hold="4 min")]
    run = run_of(phases=phases, samples=[{"name": "plate", "volume": "150 µL", "every": "1 h"}])
    run.begin(0.0)
    (sample,) = run.step(0.0, CALM).operations
    assert sample.kind == "sample"
    (again,) = run.settle(sample, Outcome("not done", "no broth")).operations
    assert again.kind == "sample", "the feed waits for the second try too"
    (feed,) = run.settle(again, Outcome("done", value=0.15)).operations
    assert (feed.kind, feed.follows, feed.within_s) == ("feed", True, 240.0)
    run.settle(feed, Outcome("done", value=0.02))
    (alone,) = run.step(1800.0, CALM).operations
    assert (alone.kind, alone.follows) == ("feed", False)


def test_what_may_be_early_is_asked_for_early_but_not_beyond_the_end() -> None:
    feed = {"every": "1 h", "first": "1 h", "within": "± 10 min"}
    phases = [fed_for("3 h", **feed), {"name": "harvest"}]
    sample = {"name": "plate", "volume": "150 µL", "every": "90 min", "within": "± 5 min"}
    wishes = play(run_of(phases=phases, samples=[sample]), 185)
    asked = [(op.kind, round(op.release_s / 60), round(op.due_s / 60)) for op in operations(wishes)]
    assert asked == [
        ("sample", -5, 0),
        ("feed", 50, 60),
        ("sample", 85, 90),
        ("feed", 110, 120),
        ("sample", 175, 180),
    ]


def test_a_staggered_culture_begins_at_its_own_time() -> None:
    run = run_of()
    run._start_s = 600.0
    assert run.begin(0.0) == Wishes()
    assert run.step(540.0, CALM) == Wishes()
    assert run.step(600.0, CALM).settings["temperature"] == 37.0
    assert run.step(1140.0, CALM).operations == []
    assert [one.kind for one in run.step(1200.0, CALM).operations] == ["sample"]


def test_each_kind_of_dose_has_its_own_rule() -> None:
    faults = {"feed": {"then": "hold"}, "inducer": {"then": "skip"}, "ph": {"retry": 1}}
    on_fault = OnFault.model_validate(faults)
    kinds = ["sample", "feed", "inducer", "ph"]
    assert [on_fault.rule(kind).then for kind in kinds] == ["skip", "hold", "skip", "quarantine"]
    assert on_fault.rule("ph").retry == 1
    assert OnFault.model_validate({"feed": {"then": "hold"}}).rule("ph").then == "hold"


def test_a_rule_that_pauses_all_holds_this_vessel_and_asks_for_the_others() -> None:
    run = run_of(on_fault={"feed": {"then": "pause-all"}}, samples=[])
    run.begin(0.0)
    asked = [op for minute in range(21) for op in run.step(minute * 60.0, CALM).operations]
    wishes = run.settle(asked[0], Outcome("not done", "the bottle is empty", 0.0))
    assert run.life.state == "held"
    assert wishes.pause_all == "A1: feed not done: the bottle is empty"
    other = run_of()
    other.begin(0.0)
    assert other.pause(wishes.pause_all).notes[-1].body["entered"] == "held"
    assert other.pause(wishes.pause_all).notes == [], "once is enough"


def test_a_set_point_that_is_not_reached_is_sent_again_and_then_told() -> None:
    run = run_of(on_fault={"set": {"retry": 1, "then": "hold"}})
    run.begin(0.0)
    failed = Outcome("not done", "no reply")
    assert run.settle_setting("stirring", 3000.0, failed) == Wishes()
    assert run.step(0.0, CALM).settings == {"stirring": 3000.0}
    wishes = run.settle_setting("stirring", 3000.0, failed)
    assert wishes.notes[0].body["what"] == "stirring may not be set to 3000: no reply"
    assert run.life.state == "held"


def test_a_set_point_that_was_overtaken_is_nobodys_fault() -> None:
    run = run_of(on_fault={"set": {"retry": 0, "then": "quarantine"}})
    run.begin(0.0)
    assert run.settle_setting("temperature", 30.0, Outcome("unknown", "late")) == Wishes()
    assert run.settle_setting("temperature", 37.0, Outcome("done")) == Wishes()
    assert run.life.phase == "batch"
