"""Nights one after the other: order, hand-over, engines that die, and servers that do."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.campaign import CampaignError
from orchestrator.desk.door import ENGINE_FILE
from orchestrator.locks import only_server
from orchestrator.records.store import Records
from orchestrator.serving.queue import Queue
from orchestrator.serving.server import Server

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def files(tmp_path):
    for name in ("protocol.yaml", "station.yaml"):
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path / "protocol.yaml", tmp_path / "station.yaml"


@pytest.fixture
def queue(tmp_path):
    made = Queue(tmp_path / "campaigns")
    yield made
    made.close()


class Engines:
    """Stands for the processes that run campaigns: each exit code in its turn."""

    def __init__(self, queue, *codes):
        self.commands, self.said = [], []
        self._codes = list(codes)
        self.server = Server(
            queue, "bench", self.said.append, launch=self, now=lambda: NOON, sleep=self._never
        )

    def __call__(self, arguments):
        self.commands.append(arguments[0])
        if arguments[0] == "run":
            folder = arguments[arguments.index("-o") + 1]
            os.makedirs(folder)
            Records(f"{folder}/records.sqlite", ["A1"], ["ph"], durable=False).close()
        return self._codes.pop(0)

    def _never(self, seconds):
        assert seconds == 2.0


def add(queue, files, number=1, ready=True, **more):
    job = queue.add(*files, f"night {number}", "bench", **more)
    if ready:
        queue.hand_over(job.number, "Ada", "clean")
    return job.number


def states(queue):
    return [job.state for job in queue.jobs()]


def test_campaigns_run_in_their_order(queue, files):
    numbers = [add(queue, files, number) for number in (1, 2, 3)]
    queue.move(numbers[2], before=numbers[0])
    engines = Engines(queue, 0, 4, 0)
    assert engines.server.work(until_empty=True) == 0
    assert engines.commands == ["run"] * 3
    assert [text.partition(":")[0] for text in engines.said[::2]] == [
        "night 3",
        "night 1",
        "night 2",
    ]
    assert states(queue) == ["done", "vessels lost", "done"]


def test_what_was_checked_is_what_runs(queue, files):
    number = add(queue, files)
    files[0].write_text("# changed since\n")
    assert (queue.files(number) / "protocol.yaml").read_text() == "# protocol.yaml\n"


def test_nothing_begins_before_it_is_handed_over_and_nothing_passes_it(queue, files):
    add(queue, files, 1, ready=False)
    add(queue, files, 2)
    assert queue.next_of("bench", NOON) is None
    queue.hand_over(1, "Ada", "new plates")
    assert queue.next_of("bench", NOON).name == "night 1"
    assert queue.job(1).handed_over == "Ada: new plates"


def test_a_campaign_whose_time_has_not_come_lets_others_pass(queue, files):
    add(queue, files, 1, not_before=NOON + timedelta(hours=8))
    add(queue, files, 2)
    assert queue.next_of("bench", NOON).name == "night 2"
    queue.note(2, "done", "")
    assert queue.next_of("bench", NOON) is None
    assert queue.next_of("bench", NOON + timedelta(hours=9)).name == "night 1"


def test_another_station_has_a_queue_of_its_own(queue, files):
    add(queue, files)
    assert queue.next_of("other", NOON) is None


def test_an_engine_that_dies_is_gone_on_with(queue, files):
    add(queue, files)
    engines = Engines(queue, -9, -11, 0)
    assert engines.server.work(until_empty=True) == 0
    assert engines.commands == ["run", "resume", "resume"]
    assert (states(queue), queue.job(1).restarts) == (["done"], 2)


def test_an_engine_that_always_dies_is_given_up(queue, files):
    add(queue, files)
    engines = Engines(queue, *[-9] * 9)
    assert engines.server.work(until_empty=True) == 3
    assert engines.commands == ["run"] + ["resume"] * 5
    assert states(queue) == ["failed"]


def test_a_failed_device_leaves_the_queue_to_a_person(queue, files):
    add(queue, files, 1)
    add(queue, files, 2)
    engines = Engines(queue, 3)
    assert engines.server.work(until_empty=True) == 3
    assert states(queue) == ["failed", "ready"]


def test_what_a_person_ended_goes_on_with_the_next_serve(queue, files):
    add(queue, files)
    assert Engines(queue, 130).server.work(until_empty=True) == 130
    assert states(queue) == ["running"]
    engines = Engines(queue, 0)
    assert engines.server.work(until_empty=True) == 0
    assert engines.commands == ["resume"]


def test_an_engine_whose_server_was_killed_is_waited_for(queue, files):
    number = add(queue, files)
    assert Engines(queue, 130).server.work(until_empty=True) == 130
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as engine:
        file = queue.job(number).folder / ENGINE_FILE
        file.write_text(json.dumps({"pid": engine.pid, "port": 1, "word": ""}))
        engines = Engines(queue, 0)

        def end(seconds):
            engine.communicate(b"\n")

        engines.server._sleep = end
        assert engines.server.work(until_empty=True) == 0
    assert "still runs" in engines.said[0]


def test_what_runs_or_is_over_stays_where_it_is(queue, files):
    number = add(queue, files)
    queue.note(number, "running", "")
    for refused in (lambda: queue.remove(number), lambda: queue.move(number, None)):
        with pytest.raises(CampaignError, match="campaign 1 of the queue"):
            refused()
    queue.note(number, "done", "")
    with pytest.raises(CampaignError, match="is over"):
        queue.hand_over(number, "Ada", "again")


def test_removed_it_is_gone_with_its_files(queue, files):
    number = add(queue, files)
    queue.remove(number)
    assert queue.jobs() == []
    assert not queue.files(number).exists()
    with pytest.raises(CampaignError, match="no campaign of the queue has number 1"):
        queue.job(number)


def test_two_campaigns_never_share_a_folder(queue, files, tmp_path):
    add(queue, files, folder=tmp_path / "mine")
    with pytest.raises(CampaignError, match="another campaign in the queue"):
        add(queue, files, folder=tmp_path / "mine")
    assert len(queue.jobs()) == 1


def test_a_station_is_served_once(tmp_path):
    with (
        only_server(tmp_path, "bench"),
        pytest.raises(CampaignError, match="queue of bench is in use"),
        only_server(tmp_path, "bench"),
    ):
        pass
