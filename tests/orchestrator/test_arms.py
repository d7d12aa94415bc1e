"""Several arms at one station: each serves its vessels, at the same time as the others."""

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.auditing import compare, promised, read_account, received
from benchmarks.crash_sweep import OWN_PUMPS, PROTOCOL, STATIONS
from benchmarks.interrupted import Campaign
from hardware import HardwareError, Outcome
from hardware.emulators import emulate
from hardware.emulators.memory import MemoryPort
from hardware.liquid_handler import LiquidHandler
from orchestrator.campaign import Campaign as CampaignFolder
from orchestrator.campaign import CampaignError
from orchestrator.continuing import take_up
from orchestrator.engine.commands import Command, Inbox
from orchestrator.engine.operation import Operation
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.protocol import SourceErrors
from orchestrator.records.store import Records, RecordsReader
from orchestrator.rehearsal import plant_for, rehearse
from orchestrator.schedule.course import Asked
from orchestrator.schedule.findings import findings_of
from orchestrator.schedule.plan import plan_of
from orchestrator.schedule.report import sentences, to_json
from orchestrator.schedule.simulation import Done, Shift, simulate
from tests.hardware.bench import CutPort
from tests.orchestrator.interrupted import journal

ARMS = {"A1": "back", "A2": "back", "B1": "front", "B2": "front"}


def night_with(
    folder: Path,
    station: Callable[[dict[str, Any]], None] = lambda _: None,
    protocol: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Night:
    """The night of the crash sweep under two arms, with something else in its files."""
    written = []
    for source, change in ((PROTOCOL, protocol), (STATIONS[1], station)):
        raw = yaml.safe_load(source.read_text("utf-8"))
        change(raw)
        written.append(folder / source.name)
        written[-1].write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return plan_night(*written)


@pytest.fixture(scope="module")
def night() -> Night:
    return plan_night(PROTOCOL, STATIONS[1])


@pytest.fixture
def campaign(night: Night, tmp_path: Path) -> Campaign:
    return fresh(night, tmp_path)


def fresh(night: Night, folder: Path) -> Campaign:
    return Campaign(night, emulate(night.station, plant_for(night, 1)), folder)


def test_they_work_at_the_same_time_each_for_its_vessels(campaign: Campaign) -> None:
    campaign.live()
    arm_of, working, both = campaign.night.station.arm_of, {}, 0
    assert arm_of == ARMS
    for entry in journal(campaign, "intent", "outcome"):
        if entry.kind == "outcome":
            working.pop(entry.body["intent"], None)
        elif entry.body["do"] != "set" and entry.body.get("source") not in OWN_PUMPS:
            both += any(arm != arm_of[entry.vessel] for arm in working.values())
            working[entry.seq] = arm_of[entry.vessel]
    assert both > 10
    account = read_account(campaign.records, arm_of, OWN_PUMPS)
    got = received(campaign.bench.plant, campaign.now_s + 60.0)
    assert account.violations == []
    assert compare(account, got) == []
    assert list(promised(account, campaign.full_ml, campaign.bench.decks)) == []


def test_each_has_its_own_bottles_plates_and_waste(campaign: Campaign) -> None:
    campaign.live()
    wells = {
        entry.vessel: entry.body["well"].partition("/")[0]
        for entry in journal(campaign, "intent")
        if "well" in entry.body
    }
    assert wells == {"A1": "plate1", "A2": "plate1", "B1": "plate2", "B2": "plate2"}
    assert {entry.body["arm"] for entry in journal(campaign, "used")} == {"back", "front"}
    given: dict[str, float] = {}
    for vessel, sources in campaign.bench.plant.received.items():
        given[ARMS[vessel]] = given.get(ARMS[vessel], 0.0) + sources["glucose"]
    for arm, deck in campaign.bench.decks.items():
        full_ml = campaign.full_ml[arm, "glucose"]
        assert full_ml - deck.sources["glucose"] >= given[arm] - 1e-9, "its own bottle gave it all"


def test_without_wires_they_give_the_same(night: Night, tmp_path: Path) -> None:
    given = {}
    for wires in (True, False):
        records = tmp_path / f"{wires}.sqlite"
        rehearse(night, records, 1, lambda _: None, wires=wires)
        reader = RecordsReader(records)
        given[wires] = {
            (entry.vessel, entry.body["op"], entry.body.get("well"))
            for entry in reader.journal("intent")
            if entry.body["do"] in ("feed", "inducer", "sample")
        }
        reader.close()
    assert given[True] == given[False]


# -- one that fails -----------------------------------------------------------------------


def test_one_that_fails_costs_its_own_vessels_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unsure(arm: LiquidHandler, source: str, vessel: str, *more: Any) -> Outcome:
        if ARMS[vessel] == "front":
            raise HardwareError("its controller answers nonsense")
        return await dose(arm, source, vessel, *more)

    def patient(protocol: dict[str, Any]) -> None:
        protocol["culture"]["on_fault"] = {
            kind: {"retry": 0, "then": "skip"} for kind in ("feed", "inducer", "sample")
        }

    campaign = fresh(night_with(tmp_path, protocol=patient), tmp_path)
    dose = LiquidHandler.dose
    monkeypatch.setattr(LiquidHandler, "dose", unsure)
    campaign.live()
    ended = {entry.vessel: entry.body["entered"] for entry in journal(campaign, "phase")}
    assert ended == {"A1": "complete", "A2": "complete", "B1": "aborted", "B2": "aborted"}
    (fault,) = journal(campaign, "fault")
    assert "the liquid handler front failed 5 times in a row" in fault.body["what"]
    orders = journal(campaign, "command")
    assert [(one.vessel, one.body["verb"], one.body["who"]) for one in orders] == [
        ("B1", "abort", "inoculum"),
        ("B2", "abort", "inoculum"),
    ]
    assert journal(campaign, "loss"), "what it means for the design is told"
    got = received(campaign.bench.plant, campaign.now_s + 60.0)
    assert compare(read_account(campaign.records, ARMS, OWN_PUMPS), got) == []


def test_one_whose_vessels_are_all_given_up_is_not_needed_to_go_on(
    campaign: Campaign,
) -> None:
    campaign.live(2500)
    inbox = Inbox(open_=False)
    for vessel in ("B1", "B2"):
        inbox.put(Command(vessel, "abort", "a person", "its arm is broken"))
    campaign.live(2500, inbox)
    assert len(journal(campaign, "command")) == 2
    dead = campaign.bench.ports()
    campaign.ports = lambda: {**dead, "gantry-b": silent(dead["gantry-b"])}
    campaign.live()
    ended = {entry.vessel: entry.body["entered"] for entry in journal(campaign, "phase")}
    assert ended == {"A1": "complete", "A2": "complete", "B1": "aborted", "B2": "aborted"}


def silent(port: MemoryPort) -> CutPort:
    cut = CutPort(port)
    cut.deaf = lambda _: True
    return cut


# -- planned ------------------------------------------------------------------------------


def test_each_has_its_part_of_the_plan(night: Night) -> None:
    plan = plan_of(night)
    back, front = plan.arms
    assert findings_of(plan) == []
    assert (back.name, front.name) == ("back", "front")
    assert (back.bottles_ml["glucose"], front.bottles_ml["glucose"]) == (50.0, 30.0)
    assert plan.pumped_ml == {"booster": pytest.approx(2.0), "supplement": pytest.approx(0.4)}
    assert sorted(plan.done, key=lambda one: one.start_s) == list(plan.done)
    for arm in plan.arms:
        assert {ARMS[one.operation.vessel] for one in arm.done} == {arm.name}
        assert all(a.end_s <= b.start_s for a, b in pairwise(arm.done))
    told = list(sentences(plan))
    assert any(one.startswith("front: glucose: ") and "of 30 mL" in one for one in told)
    assert [arm["name"] for arm in to_json(plan)["arms"]] == ["back", "front"]


def test_what_runs_out_is_told_of_the_arm_it_runs_out_for(tmp_path: Path) -> None:
    def little(station: dict[str, Any]) -> None:
        deck = station["liquid_handlers"]["front"]["deck"]
        deck["sources"]["glucose"]["volume"] = "2 mL"
        deck["waste"]["volume"] = "1 mL"

    messages = [one.message for one in findings_of(plan_of(night_with(tmp_path, little)))]
    assert len(messages) == 2
    assert any("all vessels of the liquid handler front together need" in one for one in messages)
    assert any("come to the waste of the liquid handler front" in one for one in messages)


def test_two_keep_windows_that_no_order_of_one_can(tmp_path: Path) -> None:
    pytest.importorskip("ortools", reason="the extra inoculum[plan] is not installed")
    from orchestrator.schedule.prove import proof_of

    stations = Path("protocols/stations")
    tight = tmp_path / "tight.yaml"
    text = Path("protocols/ecoli-feed-iptg.yaml").read_text("utf-8")
    assert "within: 10 min" in text
    tight.write_text(text.replace("within: 10 min", "within: 5 min"), encoding="utf-8")
    one = plan_of(plan_night(tight, stations / "open-48.yaml"))
    two = plan_of(plan_night(tight, stations / "open-48-two-arms.yaml"))
    assert (proof_of(one).verdict, proof_of(two).verdict) == ("infeasible", "feasible")
    assert findings_of(one)
    assert findings_of(two) == []


def sample(vessel: str, due_s: float) -> Asked:
    operation = Operation(
        vessel, "sample", due_s, 600.0, 0.1, sample="plate", analysis_s=100.0, hold_s=120.0
    )
    return Asked(due_s, operation, (), [])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 900)), min_size=1, max_size=25),
    st.integers(20, 90),
)
def test_no_sample_waits_longer_than_it_may_for_the_analyser_they_share(
    wanted: list[tuple[str, int]], takes_s: int
) -> None:
    asked = [sample(vessel, float(due_s)) for vessel, due_s in wanted]
    done = simulate(
        Shift([one for one in asked if one.operation.vessel == arm], lambda _: takes_s, arm=arm)
        for arm in "AB"
    )
    assert len(done) == len(wanted)
    assert [one.start_s for one in done] == sorted(one.start_s for one in done)
    for arm in "AB":
        mine = [one for one in done if one.arm == arm]
        assert all(a.end_s <= b.start_s for a, b in pairwise(mine))
    assert all(waited_s <= 120.0 for waited_s in waits(done))


def waits(done: list[Done]) -> Iterator[float]:
    """How long each sample, from its start, waits for an analyser that takes them as begun."""
    free_s = 0.0
    for one in done:
        begins_s = max(free_s, one.end_s)
        free_s = begins_s + 100.0
        yield begins_s - one.start_s


# -- refused ------------------------------------------------------------------------------


def refused(folder: Path, change: Callable[[dict[str, Any]], None]) -> str:
    with pytest.raises(SourceErrors) as error:
        night_with(folder, change)
    return str(error.value)


def test_what_two_arms_cannot_share_is_refused(tmp_path: Path) -> None:
    def of(arm: str, key: str, value: Any) -> Callable[[dict[str, Any]], None]:
        return lambda station: station["liquid_handlers"][arm].update({key: value})

    said = refused(tmp_path, of("front", "vessels", "A2..B2"))
    assert "vessel 'A2' is that of the liquid handler back already" in said
    said = refused(tmp_path, of("front", "vessels", "C1"))
    assert "'C1' is not a vessel of this array" in said

    def same_plate(station: dict[str, Any]) -> None:
        plates = station["liquid_handlers"]["front"]["deck"]["plates"]
        plates["plate1"] = plates.pop("plate2")

    assert "plate 'plate1' is that of the liquid handler back" in refused(tmp_path, same_plate)

    def same_port(station: dict[str, Any]) -> None:
        station["liquid_handlers"]["front"]["pump"]["port"] = "syringe-a"

    assert "port 'syringe-a' is that of the liquid handler back" in refused(tmp_path, same_port)

    def both(station: dict[str, Any]) -> None:
        station["liquid_handler"] = copy.deepcopy(station["liquid_handlers"]["front"])

    assert "a station has `liquid_handler` or several, not both" in refused(tmp_path, both)


def test_what_an_arm_does_not_reach_is_refused(tmp_path: Path) -> None:
    def without_iptg(station: dict[str, Any]) -> None:
        del station["liquid_handlers"]["front"]["deck"]["sources"]["iptg"]

    said = refused(tmp_path, without_iptg)
    assert "nothing on this station brings `iptg` to B1, B2" in said

    def without_plate(station: dict[str, Any]) -> None:
        station["liquid_handlers"]["front"]["deck"]["plates"] = {}

    said = refused(tmp_path, without_plate)
    assert "no liquid handler with a plate to take samples from B1, B2 to" in said

    def small_plate(station: dict[str, Any]) -> None:
        station["liquid_handlers"]["front"]["deck"]["plates"]["plate2"] |= {"rows": 1, "columns": 1}

    said = refused(tmp_path, small_plate)
    assert "2 vessels need up to 2 wells" in said
    assert "the plates of the liquid handler front have 1" in said


def test_a_vessel_that_no_arm_serves_is_told(tmp_path: Path) -> None:
    def only_back(station: dict[str, Any]) -> None:
        del station["liquid_handlers"]["front"]

    said = refused(tmp_path, only_back)
    assert "nothing on this station brings `glucose` to B1, B2" in said


def test_a_campaign_does_not_go_on_under_other_arms(night: Night, tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    begun = CampaignFolder.create(folder, PROTOCOL, STATIONS[1], night.sheet, {})
    Records(begun.records, night.station.vessels.names, ["volume"], durable=False).close()
    take_up(folder)
    with pytest.raises(CampaignError, match="whose liquid handlers have other names"):
        take_up(folder, STATIONS[0])
