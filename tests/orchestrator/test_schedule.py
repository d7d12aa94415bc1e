"""The night before the night: what is planned, what is infeasible, what helps, what is proven."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli import main
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.reagents import Reagent
from orchestrator.schedule.chart import chart
from orchestrator.schedule.course import Course, course_of
from orchestrator.schedule.findings import findings_of
from orchestrator.schedule.plan import plan_of
from orchestrator.schedule.precedent import NO_PRECEDENT
from orchestrator.schedule.proposal import proposals
from orchestrator.schedule.report import sentences, to_json
from orchestrator.schedule.simulation import Shift, simulate

TOP = Path(__file__).resolve().parents[2]
PROTOCOL = TOP / "protocols" / "ecoli-feed-iptg.yaml"
STATION = TOP / "protocols" / "stations" / "open-48.yaml"
REAGENTS = {"glucose": Reagent.model_validate({"glucose": "400 g/L"})}


def culture(**changes: Any) -> Culture:
    feed = {"kind": "bolus", "source": "glucose", "volume": "20 µL", "every": "1 h"}
    fed = {"name": "fed", "feed": feed, "until": {"after": "3 h"}}
    whole: dict[str, Any] = {
        "volume": "10 mL",
        "start": {"temperature": "37 degC", "ph": 7.0, "stirring": "500 rpm", "biomass": "1 g/L"},
        "phases": [fed, {"name": "harvest"}],
        "samples": [{"name": "plate", "volume": "150 µL", "every": "90 min"}],
    }
    return Culture.model_validate(whole | changes)


def course(start_s: float = 0.0, lengths_s: dict[str, float] | None = None, **changes) -> Course:
    return course_of("A1", culture(**changes), REAGENTS, start_s, lengths_s or {})


def asked(one: Course) -> list[tuple[str, float]]:
    return [(each.operation.kind, each.operation.due_s / 60) for each in one.asked]


def changed(folder: Path, *pairs: tuple[str, str], path: Path = PROTOCOL) -> Path:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / path.name).write_text(text, encoding="utf-8")
    return folder / path.name


@pytest.fixture(scope="module")
def night() -> Night:
    return plan_night(PROTOCOL, STATION)


def test_a_course_asks_for_what_the_protocol_says() -> None:
    one = course()
    assert asked(one) == [
        ("sample", 0),
        ("feed", 0),
        ("feed", 60),
        ("sample", 90),
        ("feed", 120),
        ("sample", 180),
    ]
    assert one.end_s == 3 * 3600
    assert one.lowest_ml == pytest.approx(10 - 3 * 0.15 + 3 * 0.02)
    assert one.highest_ml == 10.0


def test_a_later_start_shifts_all_of_it_to_the_next_scan() -> None:
    shifted = [(kind, at + 8) for kind, at in asked(course())]
    assert asked(course(start_s=450.0)) == shifted


def test_a_trigger_is_planned_with_its_longest_wait_or_with_what_was_seen() -> None:
    until = {"when": "do > 75 %", "give_up_after": "5 h"}
    phases = [{"name": "batch", "until": until}, {"name": "harvest"}]
    assert course(phases=phases, samples=[]).end_s == 5 * 3600
    assert course(phases=phases, samples=[], lengths_s={"batch": 7200.0}).end_s == 7200


def test_a_dose_that_follows_a_sample_begins_when_that_was_drawn() -> None:
    feed = {"kind": "bolus", "source": "glucose", "volume": "20 µL", "every": "90 min"}
    feed |= {"follows": "plate", "hold": "2 min"}
    one = course(phases=[{"name": "fed", "feed": feed, "until": {"after": "2 h"}}])
    assert asked(one) == [("sample", 0), ("sample", 90)]
    done = simulate([Shift(one.asked, lambda _: 50.0)])
    assert [(each.operation.kind, each.start_s, each.end_s) for each in done[:2]] == [
        ("sample", 0.0, 50.0),
        ("feed", 50.0, 100.0),
    ]
    assert done[1].operation.within_s == 120.0
    assert not any(each.late_s for each in done)


def test_the_shipped_night_is_feasible(night: Night) -> None:
    plan = plan_of(night)
    assert findings_of(plan) == []
    assert list(proposals(plan, NO_PRECEDENT)) == []
    assert plan.assumed == {"batch": 14 * 3600}
    ends = [one.end_s for one in plan.done]
    starts = [one.start_s for one in plan.done]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert [arm.wells for arm in plan.arms] == [48 * 16]
    told = " ".join(sentences(plan))
    assert "the last ends at 29:07 h" in told
    assert "Wells: 768 of 960" in told


def test_the_plan_is_written_for_programs(night: Night) -> None:
    written = json.loads(json.dumps(to_json(plan_of(night)), allow_nan=False))
    assert len(written["operations"]) == 3204
    assert 0 < written["arms"][0]["utilisation"] < 0.2
    assert written["arms"][0]["bottles_ml"]["glucose-400"]["holds"] == 500


def test_the_plan_is_drawn_with_every_operation_told(night: Night) -> None:
    page = chart(plan_of(night))
    assert page.count("<title>") - 1 >= 3204
    assert "B2: feed glucose-400, due at" in page
    assert "http" not in page


def test_what_cannot_be_in_time_is_told_at_its_line_and_a_stagger_helps(tmp_path: Path) -> None:
    tight = changed(tmp_path, ("within: 10 min, from", "within: 2 min, from"))
    plan = plan_of(plan_night(tight, STATION))
    (finding,) = findings_of(plan)
    assert (finding.code, finding.line) == ("E602", 52)
    assert re.search(
        r"\d+ of 768 begin after their window, the worst .* \(F8, due at", str(finding)
    )
    assert "until it begins the arm does 47 x sample plate" in finding.message
    (proposal,) = proposals(plan, NO_PRECEDENT)
    assert "write `stagger: 1 min` into `culture`" in proposal
    staggered = changed(
        tmp_path, ("volume: 10 mL\n", "volume: 10 mL\n  stagger: 1 min\n"), path=tight
    )
    (left,) = findings_of(plan_of(plan_night(staggered, STATION)))
    assert "its bottle holds 500 mL" in left.message, "the needle is filled anew for each vessel"
    assert left.message in proposal


def test_bottles_waste_and_volumes_that_are_too_small_are_told(tmp_path: Path) -> None:
    station = changed(
        tmp_path,
        (
            "glucose-400: {x: 20 mm, y: 60 mm, volume: 500 mL}",
            "glucose-400: {x: 20 mm, y: 60 mm, volume: 50 mL}",
        ),
        (
            "waste: {x: 20 mm, y: 180 mm, z: 50 mm}",
            "waste: {x: 20 mm, y: 180 mm, z: 50 mm, volume: 100 mL}",
        ),
        ("volume: {low: 6 mL, high: 14 mL}", "volume: {low: 9 mL, high: 10.1 mL}"),
        path=STATION,
    )
    told = [finding.message for finding in findings_of(plan_of(plan_night(PROTOCOL, station)))]
    assert any("need" in one and "its bottle holds 50 mL" in one for one in told)
    assert any("come to the waste" in one and "holds 100 mL" in one for one in told)
    assert any("falls to 7.969 mL" in one for one in told)
    assert any("rises to 10.24 mL" in one for one in told)


def test_an_analyser_that_is_too_slow_is_told(tmp_path: Path) -> None:
    slow = changed(
        tmp_path, ("within: 10 min, from", "within: 10 min, analysis: 1 min, hold: 2 min, from")
    )
    (finding,) = findings_of(plan_of(plan_night(slow, STATION)))
    assert (
        "the analyser takes 60 s for each, and none may wait longer than 2 min" in finding.message
    )


def test_two_vessels_that_one_arm_can_serve_and_ten_that_it_cannot() -> None:
    pytest.importorskip("ortools")
    from orchestrator.schedule.prove import prove

    for vessels, verdict in ((2, "feasible"), (10, "infeasible")):
        wanted = [each for number in range(vessels) for each in course(samples=[]).asked]
        assert prove(simulate([Shift(wanted, lambda _: 60.0)])).verdict == verdict


def test_check_plans_the_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = tmp_path / "plan.html"
    with pytest.raises(SystemExit) as left:
        main(["check", str(PROTOCOL), "-s", str(STATION), "-o", str(drawn)])
    assert left.value.code in (None, 0)
    told = capsys.readouterr().out
    assert "sample plate" in told
    assert "is sound for this station" in told
    assert drawn.read_text("utf-8").startswith("<!doctype html>")


def test_check_fails_on_a_night_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tight = changed(tmp_path, ("within: 10 min, from", "within: 2 min, from"))
    with pytest.raises(SystemExit) as left:
        main(["check", str(tight), "-s", str(STATION), "--json"])
    assert left.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert [finding["code"] for finding in told["findings"]] == ["E602"]
    assert "stagger" in told["proposals"][0]
