"""One SQLite file a campaign: the journal of what happened, and the telemetry.

The journal is append-only (triggers refuse UPDATE and DELETE) and each entry carries the SHA-256
of itself and the entry before it, so that a changed record shows. Whatever changes the physical
world is written as an *intent* before and an *outcome* after; `Records.intent` returns only when
the intent is on disk. Everything else waits for `commit`, one transaction a tick. Each reading
tells its place between the journal's entries, so that the whole can be replayed in its order.

APSW is used because the interpreter's own SQLite may carry the WAL-reset bug (before 3.51.3).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import apsw
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OLDEST_SAFE_SQLITE = (3, 51, 3)
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, time_s REAL NOT NULL, kind TEXT NOT NULL, vessel TEXT,
    body TEXT NOT NULL, chain BLOB NOT NULL);
CREATE TABLE telemetry (
    tick INTEGER PRIMARY KEY, time_s REAL NOT NULL, seq INTEGER NOT NULL, reading BLOB NOT NULL);
CREATE TRIGGER journal_keeps_all BEFORE DELETE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_each BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
"""


class RecordsError(Exception):
    """The records file is missing, is none of ours, or was changed after it was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal.

    Attributes:
        seq: Position, from 1.
        time_s: Seconds since the campaign began.
        kind: Such as ``intent``, ``outcome``, ``phase``, ``alarm``.
        vessel: Vessel concerned; None for the whole station.
        body: What happened, in plain JSON types.
    """

    seq: int
    time_s: float
    kind: str
    vessel: str | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tick:
    """One scan as it was recorded.

    Attributes:
        time_s: Nominal time, seconds since the campaign began.
        seq: Last entry of the journal before it.
        values: Shape [vessels, channels]; NaN where a device gave none.
    """

    time_s: float
    seq: int
    values: NDArray[np.float32]


class Records:
    """The one writer of a campaign's records."""

    def __init__(
        self,
        path: Path,
        vessels: Sequence[str],
        channels: Sequence[str],
        *,
        durable: bool = True,
        resume: bool = False,
    ) -> None:
        """Create the file, or go on with it.

        Args:
            path: Must not exist, unless to go on with it.
            vessels: Row order of each reading.
            channels: Column order of each reading.
            durable: Whether each commit waits for the disk (``synchronous=FULL``). A rehearsal
                can be run again, so it need not wait.
            resume: Go on with the file that is there, as the last writer left it.

        Raises:
            RecordsError: This SQLite is not safe, or the file to go on with is not sound.
        """
        if tuple(map(int, apsw.sqlite_lib_version().split("."))) < _OLDEST_SAFE_SQLITE:
            raise RecordsError("this SQLite is older than 3.51.3 and can lose a journal")
        self._connection = apsw.Connection(
            str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        )
        self._connection.execute("PRAGMA page_size=16384")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._durable = durable
        self._synchronise("FULL" if durable else "OFF")
        self._entries: list[tuple[int, float, str, str | None, str, bytes]] = []
        self._readings: list[tuple[float, int, bytes]] = []
        self._seq = 0
        self._chain = b""
        self._shape = (len(vessels), len(channels))
        if resume:
            self._go_on(path, vessels, channels)
        else:
            with self._connection:  # a file with tables is a whole one
                self._connection.execute(_SCHEMA)
                self.write_meta("vessels", list(vessels))
                self.write_meta("channels", list(channels))

    def _go_on(self, path: Path, vessels: Sequence[str], channels: Sequence[str]) -> None:
        reader = RecordsReader(path)
        try:
            self._chain = bytes.fromhex(reader.verify())
            self._seq = reader.length()
            written = reader.meta.get("vessels"), reader.meta.get("channels")
        finally:
            reader.close()
        if written != (list(vessels), list(channels)):
            raise RecordsError(f"{path} was written for other vessels or channels")

    def _synchronise(self, when: Literal["FULL", "NORMAL", "OFF"]) -> None:
        self._connection.execute(f"PRAGMA synchronous={when}")

    def write_meta(self, key: str, value: Any) -> None:
        """Keep a fact of the campaign as a whole (plain JSON types)."""
        self._connection.execute("INSERT INTO meta VALUES (?, ?)", (key, _json(value)))

    def append(self, time_s: float, kind: str, vessel: str | None = None, **body: Any) -> int:
        """Add an entry to the journal; on disk after the next `commit`.

        Returns:
            Its position in the journal.
        """
        self._seq += 1
        text = _json(body)
        self._chain = _link(self._chain, self._seq, time_s, kind, vessel, text)
        self._entries.append((self._seq, time_s, kind, vessel, text, self._chain))
        return self._seq

    def intent(self, time_s: float, vessel: str | None, **body: Any) -> int:
        """Write what is about to be done; returns when it is on disk."""
        seq = self.append(time_s, "intent", vessel, **body)
        self.commit()
        return seq

    def outcome(self, time_s: float, vessel: str | None, intent: int, **body: Any) -> int:
        """Add what became of an intent."""
        return self.append(time_s, "outcome", vessel, intent=intent, **body)

    def mark(self, time_s: float, vessel: str | None, intent: int, **body: Any) -> int:
        """Add how far an intent has come; returns when it is on disk."""
        seq = self.append(time_s, "mark", vessel, intent=intent, **body)
        self.commit()
        return seq

    def reading(self, time_s: float, values: NDArray[np.float32]) -> None:
        """Add one scan of all vessels.

        Args:
            time_s: Seconds since the campaign began.
            values: Shape [vessels, channels]; NaN where a device gave none.
        """
        if values.shape != self._shape:
            raise ValueError(f"a reading has shape {self._shape}, not {values.shape}")
        self._readings.append((time_s, self._seq, values.astype("<f4").tobytes()))

    def commit(self, *, wait: bool = True) -> None:
        """Put everything added since the last commit in the file, in one transaction.

        Args:
            wait: Until it is on disk. What is not waited for outlives the program's end but not a
                power cut; the next commit that waits takes it to the disk, too.
        """
        if not self._entries and not self._readings:
            return
        if wait or not self._durable:
            self._write()
            return
        self._synchronise("NORMAL")
        try:
            self._write()
        finally:
            self._synchronise("FULL")

    def _write(self) -> None:
        with self._connection:
            if self._entries:
                self._connection.executemany(
                    "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", self._entries
                )
            if self._readings:
                self._connection.executemany(
                    "INSERT INTO telemetry(time_s, seq, reading) VALUES (?, ?, ?)", self._readings
                )
        self._entries.clear()
        self._readings.clear()

    def close(self) -> None:
        """Commit and close; the file is then complete by itself, without a WAL beside it."""
        self.commit()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()


class RecordsReader:
    """Reads a campaign's records; never writes them."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise RecordsError(f"{path} does not exist")
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self.meta: dict[str, Any] = {
                key: json.loads(value)
                for key, value in self._connection.execute("SELECT key, value FROM meta")
            }
        except apsw.Error as error:
            raise RecordsError(f"{path} is not a campaign's records: {error}") from error

    def journal(self, *kinds: str, after: int = 0) -> Iterator[Entry]:
        """The entries in order, all or of some kinds, those behind a position only."""
        for row in self._connection.execute(
            "SELECT seq, time_s, kind, vessel, body FROM journal WHERE seq > ? ORDER BY seq",
            (after,),
        ):
            if not kinds or row[2] in kinds:
                yield Entry(row[0], row[1], row[2], row[3], json.loads(row[4]))

    def telemetry(self) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """All scans.

        Returns:
            Times in seconds, shape [scans]; values, shape [scans, vessels, channels].
        """
        rows = list(self._connection.execute("SELECT time_s, reading FROM telemetry ORDER BY tick"))
        shape = (len(rows), len(self.meta["vessels"]), len(self.meta["channels"]))
        times = np.array([row[0] for row in rows], dtype=np.float64)
        values = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(shape)
        return times, values

    def last_scan(self) -> tuple[int, float, NDArray[np.float32]] | None:
        """Number, time in seconds and values [vessels, channels] of the last scan, if any."""
        row = self._connection.execute(
            "SELECT tick, time_s, reading FROM telemetry ORDER BY tick DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        shape = (len(self.meta["vessels"]), len(self.meta["channels"]))
        return row[0], row[1], np.frombuffer(row[2], dtype="<f4").reshape(shape)

    def ticks(self) -> Iterator[Tick]:
        """All scans in order, each with its place in the journal.

        Raises:
            RecordsError: The file is older than such places.
        """
        shape = (len(self.meta["vessels"]), len(self.meta["channels"]))
        try:
            rows = self._connection.execute(
                "SELECT time_s, seq, reading FROM telemetry ORDER BY tick"
            )
        except apsw.SQLError as error:
            raise RecordsError("these records are of an older version of inoculum") from error
        for time_s, seq, reading in rows:
            yield Tick(time_s, seq, np.frombuffer(reading, dtype="<f4").reshape(shape))

    def length(self) -> int:
        """Number of journal entries."""
        return sum(1 for _ in self._connection.execute("SELECT seq FROM journal"))

    def verify(self) -> str:
        """Recompute the hash chain.

        Returns:
            The last link, in hexadecimal: one text that stands for the whole journal.

        Raises:
            RecordsError: Names the first entry that is not as it was written.
        """
        chain = b""
        for expected, (seq, time_s, kind, vessel, body, stored) in enumerate(
            self._connection.execute("SELECT * FROM journal ORDER BY seq"), start=1
        ):
            chain = _link(chain, seq, time_s, kind, vessel, body)
            if seq != expected or chain != stored:
                raise RecordsError(f"journal entry {expected} is not as it was written")
        return chain.hex()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _link(
    before: bytes, seq: int, time_s: float, kind: str, vessel: str | None, body: str
) -> bytes:
    content = f"{seq}\x1f{time_s!r}\x1f{kind}\x1f{vessel or ''}\x1f{body}"
    return hashlib.sha256(before + content.encode()).digest()
