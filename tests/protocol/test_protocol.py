"""What a sound protocol means: values, binding, text, and whether a station can do it."""

from pathlib import Path

import pytest

from orchestrator.protocol import (
    BolusFeed,
    Protocol,
    SourceErrors,
    check,
    expand_on,
    explain,
    load_protocol,
    load_station,
)
from orchestrator.protocol.check import protocol_from
from orchestrator.protocol.expansion import distinct_levels
from orchestrator.protocol.source import parse_source

TOP = Path(__file__).parents[2]
HERE = Path(__file__).parent
SHIPPED = sorted((TOP / "protocols").glob("*.yaml"))


@pytest.fixture(scope="module")
def campaign() -> Protocol:
    return load_protocol(TOP / "protocols" / "ecoli-feed-iptg.yaml")


def protocol_of(text: str) -> Protocol:
    return protocol_from(parse_source(text, "p.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_protocols_are_sound(path: Path) -> None:
    assert check(load_protocol(path)) == []


@pytest.mark.parametrize(
    ("name", "runs"), [("ecoli-feed-iptg", 48), ("cho-fed-batch-ccd", 24), ("short-run", 4)]
)
def test_shipped_designs_fill_their_station(name: str, runs: int) -> None:
    protocol = load_protocol(TOP / "protocols" / f"{name}.yaml")
    sheet = expand_on(protocol.design_factors(), protocol.design)
    assert len(sheet.table) == runs
    for levels in distinct_levels(sheet):
        protocol.procedure(levels)


def test_values_are_in_canonical_units(campaign: Protocol) -> None:
    culture = campaign.culture
    assert (culture.volume, culture.scan) == (10.0, 60.0)
    assert culture.start.biomass.value == 0.2
    until = culture.phases[0].until
    assert until is not None
    assert until.for_ == 120.0
    assert until.when is not None
    assert until.when.holds(76.0)
    assert culture.samples[0].volume == 0.15
    assert campaign.reagents["iptg-stock"].stock("mmol/L") == 1.0


def test_a_procedure_is_the_culture_at_its_levels(campaign: Protocol) -> None:
    culture = campaign.procedure({"feed_rate": "2.9 g/L/h", "iptg": "2.77 µmol/L"})
    fed = culture.phase("fed-batch")
    assert isinstance(fed.feed, BolusFeed)
    assert (fed.feed.rate, fed.feed.smallest) == (2.9, 0.014)
    addition = fed.events[0].add
    assert addition.to is not None
    assert addition.to.value == pytest.approx(0.00277)


def test_a_procedure_needs_every_factor(campaign: Protocol) -> None:
    with pytest.raises(KeyError, match="iptg"):
        campaign.procedure({"feed_rate": "2.9 g/L/h"})


def test_an_impossible_level_is_told_at_the_factor(campaign: Protocol) -> None:
    with pytest.raises(SourceErrors) as caught:
        campaign.procedure({"feed_rate": "37 degC", "iptg": "1 µmol/L"})
    (finding,) = caught.value.diagnostics
    line = Path(campaign.path).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith("$feed_rate")
    assert "feed_rate = 37 degC" in finding.message


def test_a_factor_may_stand_in_a_condition_and_name_a_source(sound: str) -> None:
    text = sound.replace("do > 75 %", "do > $stop").replace("source: glucose,", "source: $sugar,")
    text = text.replace(
        "design:",
        "  stop: {low: 60 %, high: 90 %}\n  sugar: {levels: [glucose, other]}\ndesign:",
    ).replace("reagents:\n", "reagents:\n  other: {glucose: 100 g/L}\n")
    protocol = protocol_of(text)
    levels = {"feed_rate": "1 g/L/h", "iptg": "1 µmol/L", "stop": "80 %", "sugar": "other"}
    phases = protocol.procedure(levels).phases
    assert phases[0].until is not None
    assert str(phases[0].until.when) == "do > 80 %"
    assert phases[1].feed is not None
    assert phases[1].feed.source == "other"


def test_every_level_of_a_factor_is_tried(sound: str) -> None:
    text = sound.replace("source: glucose,", "source: $sugar,").replace(
        "design:", "  sugar: {levels: [glucose, base, syrup]}\ndesign:"
    )
    with pytest.raises(SourceErrors, match="no reagent is called `syrup`"):
        protocol_of(text)


def test_warnings_do_not_stop(sound: str) -> None:
    text = sound.replace(", give_up_after: 10 h", "").replace(
        "reagents:\n", "reagents:\n  spare: {glucose: 1 g/L}\n"
    )
    protocol = protocol_of(text)
    assert [str(finding) for finding in check(protocol)] == [
        "p.yaml:9:3: warning: nothing uses reagent `spare`",
        "p.yaml:20:21: warning: if `do > 75 %` never holds, phase `batch` never ends; bound it by "
        "`give_up_after`, such as `give_up_after: 10 h`",
    ]


def test_explained_with_every_default(campaign: Protocol) -> None:
    text = explain(campaign)
    for said in (
        "iptg goes from 0.24 µmol/L to 32 µmol/L, on a logarithmic scale.",
        "read every 1 min.",
        "It ends when do > 75 % holds for 2 min, counted from 1 h on and after do < 60 % has held.",
        "h the next phase begins in any case.",
        "a dose below 14 µL waits for the next.",
        "A sample that fails is tried again 2 times, then: skip.",
        "Scale-up keeps oxygen transfer equal",
    ):
        assert said in text


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_protocol_can_be_explained(path: Path) -> None:
    assert "None" not in explain(load_protocol(path))


def test_what_a_station_cannot_do(sound: str) -> None:
    station = load_station(HERE / "bench-4.yaml")
    text = sound.replace("volume: 10 mL", "volume: 20 mL\n  scan: 10 ms")
    messages = [finding.message for finding in check(protocol_of(text), station)]
    assert messages == [
        "20 mL is outside the working volume of this station's vessels (6 mL to 12 mL)",
        "a scan every 0.01 s is too often: port `vials` needs 0.2 s at the least",
        "no device of this station measures `ph`",
        "`base` stands nowhere on this station; choose from `glucose-400`, `iptg-stock`",
        "`glucose` stands nowhere on this station; did you mean `glucose-400`?",
    ]


def test_a_station_too_small_for_the_design_and_its_samples(sound: str) -> None:
    station = load_station(HERE / "bench-4.yaml")
    large = sound.replace("seed: 1", "replicates: 2, seed: 1")
    assert any(
        finding.message.startswith("the design has 8 runs, but the station has 4 vessels")
        for finding in check(protocol_of(large), station)
    )
    often = check(protocol_of(sound.replace("every: 1 h", "every: 20 min")), station)
    assert (
        "4 vessels need up to 184 wells for their samples, but the plates of this station have 96"
    ) in [finding.message for finding in often]
