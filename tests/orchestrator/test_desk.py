"""Orders reach a running engine through its door, and nobody else's do."""

import asyncio
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrator.desk import calling
from orchestrator.desk.door import ENGINE_FILE, door
from orchestrator.engine.commands import Inbox
from orchestrator.records.store import Records

SETTABLE = {"A1": {"temperature", "ph"}, "A2": {"ph"}}


def ask(folder: Path, inbox: Inbox, *requests: dict) -> list[dict]:
    """Answers to requests, each over a connection of its own."""

    async def main() -> list[dict]:
        async with door(folder, inbox, SETTABLE):
            assert stat.S_IMODE((folder / ENGINE_FILE).stat().st_mode) == 0o600
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(1) as pool:
                return [
                    await loop.run_in_executor(pool, calling._call, folder, request)
                    for request in requests
                ]

    answers = asyncio.run(main())
    assert not (folder / ENGINE_FILE).exists()
    return answers


def order(verb, **more):
    return {"verb": verb, "who": "Ada", "why": "it foams", **more}


def test_an_order_waits_in_the_inbox_for_the_next_scan(tmp_path):
    inbox = Inbox()
    set_a1 = order("set", vessels=["A1"], channel="temperature", value=33.0)
    answers = ask(tmp_path, inbox, order("hold", vessels=["A1", "A2"]), set_a1, order("abort"))
    assert answers == [{"taken": 2}, {"taken": 1}, {"taken": 1}]
    assert [(one.vessel, one.verb) for one in inbox.take()] == [
        ("A1", "hold"),
        ("A2", "hold"),
        ("A1", "set"),
        (None, "abort"),
    ]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (order("dance"), "'dance' is no command"),
        (order("hold", vessels=["Z9"]), "no culture grows in Z9"),
        (order("set", vessels=["A1"]), "takes a channel and a value"),
        (order("set", channel="temperature", value=30.0), "temperature of A2 cannot be set here"),
        (order("hold") | {"why": " "}, "who gives it and why"),
        (order("hold", colour="red"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(tmp_path, request_, reason):
    inbox = Inbox()
    (answer,) = ask(tmp_path, inbox, request_)
    assert reason in answer["refused"]
    assert not len(inbox)


def test_without_the_word_nothing_is_taken(tmp_path, monkeypatch):
    inbox = Inbox()
    monkeypatch.setattr(
        calling,
        "engine_of",
        lambda folder: json.loads((folder / ENGINE_FILE).read_text()) | {"word": "x"},
    )
    (answer,) = ask(tmp_path, inbox, order("abort"))
    assert "does not open the door" in answer["refused"]
    assert not len(inbox)


def test_remarks_are_no_commands(tmp_path):
    inbox = Inbox()
    ask(tmp_path, inbox, order("note", vessels=["A1"]), order("acknowledge", alarm=7))
    assert [(one.kind, one.vessel) for one in inbox.take_remarks()] == [
        ("note", "A1"),
        ("acknowledged", None),
    ]
    assert inbox.take() == []


def test_nobody_is_told_where_no_engine_runs(tmp_path):
    Records(tmp_path / "records.sqlite", ["A1"], ["ph"], durable=False).close()
    with pytest.raises(calling.NobodyThere, match="inoculum resume"):
        calling.order(tmp_path, 1.0, **order("hold"))
