"""Giving an order to the engine of a campaign, and finding out what became of it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestrator.desk.door import ENGINE_FILE
from orchestrator.records.store import Entry, RecordsReader

_PATIENCE_S = 10.0
_LOOK_AGAIN_S = 0.1


class NobodyThere(Exception):
    """No engine runs this campaign, so that nobody can be told anything."""


class OrderRefused(Exception):
    """The engine did not take an order; the message says why."""


def order(folder: Path, wait_s: float, **request: Any) -> list[Entry]:
    """Give an order and wait until it stands in the journal.

    Args:
        folder: The campaign's folder.
        wait_s: How long the journal may take: orders are obeyed at the next scan.
        request: ``verb``, ``who``, ``why``, and what the verb needs; see `orchestrator.desk.door`.

    Returns:
        The journal's entries from the order on: what was ordered, and what followed at once.

    Raises:
        NobodyThere: No engine runs.
        OrderRefused: It makes no sense.
    """
    records = folder / "records.sqlite"
    before = _length(records)
    answer = _call(folder, request)
    if "refused" in answer:
        raise OrderRefused(answer["refused"])
    kind = {"acknowledge": "acknowledged", "note": "note"}.get(request["verb"], "command")
    until_s = time.monotonic() + wait_s + _PATIENCE_S
    while time.monotonic() < until_s:
        entries = list(_since(records, before))
        found = [
            number
            for number, entry in enumerate(entries)
            if entry.kind == kind and entry.body["who"] == request["who"]
        ]
        if found:
            return entries[found[0] :]
        time.sleep(_LOOK_AGAIN_S)
    raise NobodyThere("the engine took the order and has not obeyed it: it does not scan any more")


def engine_of(folder: Path) -> dict[str, Any] | None:
    """Process number, port and word of the engine that runs a campaign; None when none does."""
    try:
        told: dict[str, Any] = json.loads((folder / ENGINE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told


def _call(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    engine = engine_of(folder)
    if engine is None:
        raise NobodyThere(f"no engine runs {folder}; `inoculum resume {folder}` goes on with it")
    line = json.dumps(request | {"word": engine["word"]}).encode() + b"\n"
    try:
        with socket.create_connection(("127.0.0.1", engine["port"]), _PATIENCE_S) as connection:
            connection.sendall(line)
            with connection.makefile("rb") as answers:
                answer: dict[str, Any] = json.loads(answers.readline() or b"null")
    except (OSError, ValueError) as error:
        raise NobodyThere(
            f"the engine of {folder} (process {engine['pid']}) does not answer: {error}"
        ) from error
    return answer


def _length(records: Path) -> int:
    reader = RecordsReader(records)
    try:
        return reader.length()
    finally:
        reader.close()


def _since(records: Path, seq: int) -> Iterator[Entry]:
    reader = RecordsReader(records)
    try:
        yield from reader.journal(after=seq)
    finally:
        reader.close()
