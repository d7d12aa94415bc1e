"""Records replayed, campaigns taken up again, and what is refused."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.auditing import compare, read_account, received
from benchmarks.crash_sweep import OWN_PUMPS
from benchmarks.interrupted import Campaign
from hardware.emulators import emulate
from orchestrator.campaign import CampaignError
from orchestrator.engine.commands import Command, CommandRefused, Inbox
from orchestrator.engine.progress import Progress
from orchestrator.engine.replay import ReplayDiverged
from orchestrator.locks import only_engine
from orchestrator.night import Night
from orchestrator.rehearsal import plant_for
from tests.orchestrator.interrupted import journal

MIDDLE = 1800
WASHED_AT = 750
"""Where the plunger stands when it has drawn what a needle is washed with."""


def states(campaign: Campaign) -> set[str]:
    return set({e.vessel: e.body["entered"] for e in journal(campaign, "phase")}.values())


def test_after_a_short_outage_the_campaign_ends_as_if_nothing_had_been(campaign: Campaign) -> None:
    campaign.live(MIDDLE)
    campaign.rest(60.0)
    campaign.live()
    (outage,) = journal(campaign, "outage")
    assert 60 <= outage.body["lasted_s"] <= 120
    assert outage.body["why"] == "the program had ended"
    assert states(campaign) == {"complete"}
    again = [entry for entry in journal(campaign, "intent") if entry.body.get("again")]
    assert {(entry.vessel, entry.body["channel"]) for entry in again} >= {("A1", "stirring")}


def test_what_was_under_way_is_reconciled_and_told(campaign: Campaign) -> None:
    campaign.live(MIDDLE)
    unfinished = {entry.seq for entry in journal(campaign, "intent")}
    unfinished -= {entry.body["intent"] for entry in journal(campaign, "outcome")}
    campaign.live()
    told = {e.body["intent"]: e.body for e in journal(campaign, "outcome") if e.seq > MIDDLE // 100}
    assert all(told[intent].get("reconciled") for intent in unfinished)


@pytest.fixture(scope="module")
def in_a_stroke(night: Night, tmp_path_factory: pytest.TempPathFactory) -> int:
    """An operation of the ports during which the plunger gives most of a syringe to a vessel."""
    for kill_at in range(MIDDLE, 2 * MIDDLE, 3):
        folder = tmp_path_factory.mktemp("stroke")
        one = Campaign(night, emulate(night.station, plant_for(night, 1)), folder)
        one.live(kill_at)
        last = journal(one)[-1]
        if last.kind == "mark" and last.body.get("from", 0) > WASHED_AT > last.body["to"]:
            return kill_at
    raise AssertionError("no stroke was interrupted")


@pytest.mark.parametrize("again_at", [150, 240])
def test_what_was_found_out_is_kept_when_the_program_ends_while_it_takes_up_again(
    campaign: Campaign, in_a_stroke: int, again_at: int
) -> None:
    campaign.live(in_a_stroke)
    campaign.rest(5.0)
    assert campaign.live(again_at).blown
    assert any("found" in entry.body for entry in journal(campaign, "mark"))
    campaign.rest(5.0)
    campaign.live()
    got = received(campaign.bench.plant, campaign.now_s + 60.0)
    account = read_account(campaign.records, campaign.night.station.arm_of, OWN_PUMPS)
    assert compare(account, got) == []


def test_after_a_long_outage_the_vessels_are_held_and_a_person_restarts_them(
    campaign: Campaign,
) -> None:
    campaign.live(MIDDLE)
    campaign.rest(3600.0)
    campaign.live()
    assert states(campaign) == {"held"}
    campaign.rest(10.0)
    inbox = Inbox(open_=False)
    inbox.put(Command(None, "restart", "a person", "had a look"))
    campaign.live(inbox=inbox)
    assert states(campaign) == {"complete"}
    (order,) = journal(campaign, "command")
    assert order.body == {"verb": "restart", "who": "a person", "why": "had a look"}


def test_a_command_for_one_vessel_survives_a_kill(campaign: Campaign) -> None:
    inbox = Inbox(open_=False)
    campaign.progress = _once(lambda: inbox.put(Command("A1", "abort", "a person", "foam")))
    campaign.live(MIDDLE, inbox)
    campaign.live()
    ended = {e.vessel: e.body["entered"] for e in journal(campaign, "phase")}
    assert ended == {"A1": "aborted", "A2": "complete", "B1": "complete", "B2": "complete"}


def _once(act: Callable[[], None]) -> Callable[[Progress], None]:
    waiting = [act]

    def watch(progress: Progress) -> None:
        if waiting:
            waiting.pop()()

    return watch


def test_a_protocol_that_was_changed_meanwhile_is_refused(campaign: Campaign, night: Night) -> None:
    campaign.live(MIDDLE)
    levels = night.sheet.table.copy()
    levels["dose"] = levels["dose"].to_numpy()[::-1]
    changed = type(night.sheet)(
        **{**vars(night.sheet), "table": levels}  # the same vessels, other doses
    )
    campaign.night = Night(night.protocol, night.station, changed)
    with pytest.raises(ReplayDiverged, match="does not follow from the protocol"):
        campaign.live()


def test_a_changed_journal_is_refused(campaign: Campaign) -> None:
    campaign.live(MIDDLE)
    connection = sqlite3.connect(campaign.records)
    connection.execute("DROP TRIGGER journal_keeps_each")
    connection.execute("UPDATE journal SET time_s = time_s + 1 WHERE seq = 5")
    connection.commit()
    connection.close()
    with pytest.raises(Exception, match="entry 5 is not as it was written"):
        campaign.live()


def test_two_engines_cannot_run_one_campaign_or_one_station(tmp_path: Path, night: Night) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with (
        only_engine(one, night.station),
        pytest.raises(CampaignError, match="in use"),
        only_engine(other, night.station),
    ):
        pass
    with only_engine(one, night.station):
        pass


def test_commands_for_nobody_are_refused_in_the_journal(campaign: Campaign) -> None:
    inbox = Inbox(open_=False)
    inbox.put(Command("F8", "hold", "a person", "a slip"))
    inbox.put(Command(None, "set", "a person", "a slip", "gas_flow", 3.0))
    campaign.live(MIDDLE, inbox)
    campaign.live()
    told = [entry.body["what"] for entry in journal(campaign, "refused")]
    assert told[0] == "no culture grows in F8"
    assert told[1].startswith("nothing here sets gas_flow")
    assert states(campaign) == {"complete"}


def test_senseless_commands_are_refused() -> None:
    with pytest.raises(CommandRefused, match="channel and a value"):
        Command("A1", "set", "me", "because")
    with pytest.raises(CommandRefused, match="no command"):
        Command("A1", "explode", "me", "because")  # type: ignore[arg-type]
