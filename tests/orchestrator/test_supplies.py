"""Tips, bottles and room for waste: told before the night, and known again after a crash."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.crash_sweep import DATA
from benchmarks.interrupted import Campaign
from hardware.emulators import emulate
from hardware.station_spec import ONLY_ARM, StationSpec
from orchestrator.cli import main
from orchestrator.engine.attention import Attention
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.records.store import RecordsReader
from orchestrator.rehearsal import plant_for
from orchestrator.schedule.findings import findings_of
from orchestrator.schedule.plan import Plan, plan_of
from orchestrator.schedule.precedent import precedent_of
from orchestrator.schedule.report import supplies, to_json

RECOVERY = DATA / "recovery.yaml"
PLATE = "cor_96_wellplate_360uL_Fb"
RACK = "hamilton_96_tiprack_1000uL_filter"


def robot_station(folder: Path, *racks: Any) -> Path:
    """The crash sweep's station, its arm replaced by a robot with tips."""
    station = yaml.safe_load((DATA / "recovery-4.yaml").read_text("utf-8"))
    for port in ("robot", "syringe"):
        del station["ports"][port]
    names = [rack if isinstance(rack, str) else rack["rack"] for rack in racks]
    labware = {
        "tip-carrier": {"model": "TIP_CAR_480_A00", "rails": 1},
        "plate-carrier": {"model": "PLT_CAR_L5AC_A00", "rails": 8},
        "plate1": {"model": PLATE, "carrier": "plate-carrier"},
        "bottles": {"model": "cor_cos_6_wellplate_16800uL_Fb", "carrier": "plate-carrier"},
    }
    labware["bottles"]["site"] = 1
    for site, name in enumerate(names):
        labware[name] = {"model": RACK, "carrier": "tip-carrier", "site": site}
    station["liquid_handler"] = {
        "family": "pylabrobot",
        "backend": "chatterbox",
        "transfer": "2 s",
        "deck": {
            "model": "STARLetDeck",
            "labware": labware,
            "vessels": {"x": "600 mm", "y": "120 mm", "pitch_x": "27 mm", "pitch_y": "27 mm"},
            "sources": {
                "glucose": {"place": "bottles/A1", "volume": "15 mL"},
                "iptg": {"place": "bottles/A2", "volume": "15 mL"},
            },
            "plates": {"plate1": {"well": "0.36 mL"}},
            "tips": list(racks),
        },
    }
    written = folder / "station.yaml"
    written.write_text(yaml.safe_dump(station, allow_unicode=True), encoding="utf-8")
    StationSpec.model_validate(station)
    return written


def code(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def plan_on(folder: Path, *racks: Any) -> Plan:
    return plan_of(plan_night(RECOVERY, robot_station(folder, *racks)))


def test_tips_are_counted_against_the_racks(tmp_path: Path) -> None:
    plan = plan_on(tmp_path, "tips-1", {"rack": "tips-2", "holds": 40})
    (arm,) = plan.arms
    assert arm.tips_held == 136
    # Three feeds (0, 60 and 120 s) and a large dose of glucose, iptg, a sample: for each vessel.
    assert arm.tips == 4 * 6
    assert "Tips: 24 of 136." in list(supplies(plan))
    assert to_json(plan)["arms"][0]["tips"] == {"needed": 24, "there": 136}
    assert findings_of(plan) == []


def test_a_dose_beyond_a_tip_takes_several(tmp_path: Path) -> None:
    plan = plan_on(tmp_path, {"rack": "tips-1", "tip": "1 mL"})
    assert plan.arms[0].tips == 4 * 7, "1.2 mL are two transfers"


def test_too_few_tips_are_infeasible_and_the_cure_is_told(tmp_path: Path) -> None:
    (finding,) = findings_of(plan_on(tmp_path, {"rack": "tips-1", "holds": 23}))
    assert finding.message == (
        "24 tips are needed; the racks hold 23. Stand another full rack on the "
        "deck and name what was added under `tips` in the station file, or feed and sample more "
        "rarely"
    )


def test_check_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = robot_station(tmp_path, {"rack": "tips-1", "holds": 23})
    assert code(["check", str(RECOVERY), "-s", str(station)]) == 1
    told = capsys.readouterr()
    assert "24 tips are needed" in told.err + told.out
    assert "Tips: 24 of 23." in told.out


def test_a_campaign_that_lacks_tips_is_not_queued_and_a_hand_over_says_what_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--queue", str(tmp_path / "queue")]
    short = robot_station(tmp_path, {"rack": "tips-1", "holds": 23})
    assert code(["queue", "add", str(RECOVERY), "-s", str(short), *home]) == 1
    assert "24 tips are needed" in capsys.readouterr().err
    enough = robot_station(tmp_path, "tips-1")
    assert code(["queue", "add", str(RECOVERY), "-s", str(enough), *home]) == 0
    assert code(["queue", "ready", "1", *home]) == 0
    told = capsys.readouterr().out
    assert "Tips: 24 of 96." in told
    assert "Wells: 4 of 96." in told


def robot_night(folder: Path, *racks: Any) -> Night:
    pytest.importorskip("pylabrobot", reason="the extra inoculum[pylabrobot] is not installed")
    return plan_night(RECOVERY, robot_station(folder, *racks))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kills", [(400, 300, 200), (700, 150)])
def test_after_a_kill_a_robot_takes_the_tip_behind_the_last_one(
    tmp_path: Path, kills: tuple[int, ...]
) -> None:
    night = robot_night(tmp_path, {"rack": "tips-1", "holds": 15}, "tips-2")
    campaign = Campaign(night, emulate(night.station, plant_for(night, 1)), tmp_path)
    for kill_at in kills:
        assert campaign.live(kill_at).blown
        campaign.rest(30.0)
    campaign.live()
    reader = RecordsReader(campaign.records)
    try:
        outcomes = [entry.body for entry in reader.journal("outcome")]
        taken = sum(entry.body.get("tips", 0) for entry in reader.journal("used"))
        marks = sum(1 for _ in reader.journal("outage"))
    finally:
        reader.close()
    assert marks == len(kills)
    assert not [body for body in outcomes if "no tip" in body.get("detail", "")]
    assert taken >= 24
    robot = campaign.bench.robots[ONLY_ARM]()
    assert len(robot._taken) == taken


@pytest.mark.parametrize("waste", ["2 mL", "500 mL"])
def test_a_full_waste_is_told_once(tmp_path: Path, waste: str) -> None:
    station = yaml.safe_load((DATA / "recovery-4.yaml").read_text("utf-8"))
    station["liquid_handler"]["deck"]["waste"]["volume"] = waste
    (tmp_path / "station.yaml").write_text(yaml.safe_dump(station, allow_unicode=True))
    night = plan_night(RECOVERY, tmp_path / "station.yaml")
    assert bool(findings_of(plan_of(night))) == (waste == "2 mL")
    campaign = Campaign(night, emulate(night.station, plant_for(night, 1)), tmp_path)
    campaign.live(1500)
    campaign.live()
    reader = RecordsReader(campaign.records)
    try:
        told = [e.body["what"] for e in reader.journal("alarm") if e.body.get("about") == "waste"]
    finally:
        reader.close()
    assert bool(told) == (waste == "2 mL")
    assert all("its bottle holds 2 mL: empty it" in what for what in told)
    assert len(told) <= 2, "once for each life of the program"


def test_the_plan_books_no_less_than_the_run(tmp_path: Path) -> None:
    night = plan_night(RECOVERY, DATA / "recovery-4.yaml")
    plan = plan_of(night)
    campaign = Campaign(night, emulate(night.station, plant_for(night, 1)), tmp_path)
    campaign.live()
    deck = campaign.bench.decks[ONLY_ARM]
    (arm,) = plan.arms
    assert 0 < deck.waste_ml <= arm.waste_ml
    for name, full_ml in arm.bottles_ml.items():
        assert full_ml - deck.sources[name] <= arm.drawn_ml[name] + 1e-6


def test_a_plan_from_a_rehearsal_books_what_base_washes_out(tmp_path: Path) -> None:
    """Base between feeds costs more of the feed than the feeds do; readings decide how often."""
    protocol = yaml.safe_load(RECOVERY.read_text("utf-8"))
    protocol["reagents"]["base"] = {"alkalinity": "3600 mmol/L"}
    control = {"with": "base", "dead_band": 0.01, "every": "30 s"}
    protocol["culture"]["control"] = {"ph": control}
    protocol["culture"]["phases"][1] |= {"set": {"ph": 7.6}, "until": {"after": "20 min"}}
    station = yaml.safe_load((DATA / "recovery-4.yaml").read_text("utf-8"))
    del station["devices"][1]["pumps"]["base"]
    station["liquid_handler"]["deck"]["sources"]["base"] = {
        "x": "20 mm",
        "y": "140 mm",
        "volume": "20 mL",
    }
    files = []
    for name, content in (("protocol", protocol), ("station", station)):
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    night = plan_night(*files)
    campaign = Campaign(night, emulate(night.station, plant_for(night, 1)), tmp_path)
    campaign.live()
    deck = campaign.bench.decks[ONLY_ARM]
    (blind,) = plan_of(night).arms
    (arm,) = plan_of(night, precedent_of(tmp_path, night)).arms
    assert (blind.base_s > 0, arm.base_s) == (True, 0.0)
    used_ml = {name: full_ml - deck.sources[name] for name, full_ml in arm.bottles_ml.items()}
    assert used_ml["base"] > 0
    assert used_ml["glucose"] > blind.drawn_ml["glucose"] + arm.washed_out_ml
    for name, ml in used_ml.items():
        assert arm.drawn_ml[name] == pytest.approx(ml, rel=0.1)


def test_a_waste_of_unknown_size_is_never_full() -> None:
    from hardware.stock import Stock, Use

    stock = Stock({"glucose": 1.0})
    stock.book(Use(waste_ml=1e6))
    assert list(Attention().waste({ONLY_ARM: stock})) == []
    told = []
    stock.tell = told.append
    stock.use(Use("glucose", 0.4))
    stock.use(Use("glucose", -0.1))
    assert stock.sources["glucose"].remaining_ml == pytest.approx(0.7)
    assert [Use(**use.described()) for use in told] == told
