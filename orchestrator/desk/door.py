"""Where orders come in: a socket on this computer alone, for as long as the engine runs.

One line of JSON in, one line of JSON out. Where the socket is, and the word that opens it, stand
in ``engine.json`` of the campaign's folder, which only its owner may read. An order that was taken
waits in the inbox for the next scan; what became of it stands in the journal.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from orchestrator.engine.commands import Command, CommandRefused, Inbox, Remark, Verb

ENGINE_FILE = "engine.json"
_LONGEST = 65536


@asynccontextmanager
async def door(
    folder: Path, inbox: Inbox, settable: Mapping[str, Collection[str]]
) -> AsyncIterator[None]:
    """Take orders until the block is left.

    Args:
        folder: The campaign's folder.
        inbox: Where orders are put.
        settable: The vessels of the campaign, and the channels that can be set for each.
    """
    word = secrets.token_hex(16)
    door = _Door(inbox, settable, word)
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0, limit=_LONGEST)
    port = server.sockets[0].getsockname()[1]
    file = folder / ENGINE_FILE
    _write_private(file, json.dumps({"pid": os.getpid(), "port": port, "word": word}))
    try:
        async with server:
            yield
    finally:
        file.unlink(missing_ok=True)


def _write_private(file: Path, text: str) -> None:
    """Write a file that nobody else can read, not even for a moment."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text + "\n")


class _Door:
    def __init__(self, inbox: Inbox, settable: Mapping[str, Collection[str]], word: str) -> None:
        self._inbox = inbox
        self._settable = settable
        self._word = word

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one caller until it hangs up."""
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # it hung up, or its line has no end
            pass
        finally:
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                return {"refused": "an order is a JSON object"}
            word = request.pop("word", "")
            if not (isinstance(word, str) and secrets.compare_digest(word, self._word)):
                return {"refused": "this word does not open the door"}
            return self._take(**request)
        except CommandRefused as refusal:
            return {"refused": str(refusal)}
        except (ValueError, TypeError) as error:
            return {"refused": f"this order cannot be read: {error}"}

    def _take(
        self,
        *,
        verb: str,
        who: str,
        why: str,
        vessels: list[str] | None = None,
        channel: str | None = None,
        value: float | None = None,
        alarm: int | None = None,
    ) -> dict[str, Any]:
        """Put an order into the inbox; whoever reads the journal sees what becomes of it."""
        if not who.strip() or not why.strip():
            raise CommandRefused("an order needs who gives it and why")
        whom = self._known(vessels)
        if verb == "acknowledge":
            self._inbox.remark(
                Remark("acknowledged", None, {"alarm": alarm, "who": who, "why": why})
            )
        elif verb == "note":
            for vessel in whom:
                self._inbox.remark(Remark("note", vessel, {"who": who, "what": why}))
        else:
            ordered = self._reached(whom, channel)
            commands = [Command(one, cast(Verb, verb), who, why, channel, value) for one in ordered]
            for command in commands:  # all of them are sound, or none is put
                self._inbox.put(command)
        return {"taken": len(whom)}

    def _known(self, vessels: list[str] | None) -> list[str | None]:
        if vessels is None:
            return [None]
        if unknown := [vessel for vessel in vessels if vessel not in self._settable]:
            known = ", ".join(self._settable)
            raise CommandRefused(f"no culture grows in {', '.join(unknown)}; there are {known}")
        return list(vessels)

    def _reached(self, whom: list[str | None], channel: str | None) -> list[str | None]:
        """The same vessels, if all of them have the channel that is to be set."""
        for vessel in self._settable if None in whom else whom:
            if channel is not None and vessel is not None and channel not in self._settable[vessel]:
                can = ", ".join(sorted(self._settable[vessel])) or "nothing"
                raise CommandRefused(f"{channel} of {vessel} cannot be set here; {can} can")
        return whom
