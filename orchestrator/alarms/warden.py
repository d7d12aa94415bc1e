"""Watches a campaign from outside: sends its alarms, and notices when nothing happens any more.

The warden is a process of its own which only reads the records. An engine that hangs, or that is
gone without having said so, writes no alarm; its silence is one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.alarms.book import Alarm, AlarmBook
from orchestrator.desk.calling import engine_of
from orchestrator.records.store import RecordsError, RecordsReader

_SCANS, _LEAST_S = 5, 60.0
"""An engine that wrote nothing for so many scans, and at least so long, stands still."""


@dataclass(frozen=True)
class Look:
    """What one look at a campaign showed.

    Attributes:
        fresh: Alarms that came up since the last look.
        closed: Whether the campaign is over.
    """

    fresh: list[Alarm]
    closed: bool


class Warden:
    """Looks at one campaign's records again and again.

    Args:
        folder: The campaign's folder.
        scan_s: Period of its scans.
        steady: Seconds of a clock that is never set.
    """

    def __init__(
        self, folder: Path, scan_s: float, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.book = AlarmBook()
        self._folder = folder
        self._still_s = max(_SCANS * scan_s, _LEAST_S)
        self._steady = steady
        self._seen = 0
        self._campaign_s = 0.0
        self._sign: tuple[int, int] = (0, 0)
        self._sign_s = steady()
        self._silent: Alarm | None = None

    def look(self) -> Look:
        """Read what is new.

        Raises:
            RecordsError: There are no records any more.
        """
        reader = RecordsReader(self._folder / "records.sqlite")
        try:
            fresh, closed = [], False
            for entry in reader.journal(after=self._seen):
                self._seen, self._campaign_s = entry.seq, max(self._campaign_s, entry.time_s)
                closed = entry.kind == "closed"
                if (alarm := self.book.take(entry)) is not None:
                    fresh.append(alarm)
            scan = reader.last_scan()
        finally:
            reader.close()
        if scan is not None:
            self._campaign_s = max(self._campaign_s, scan[1])
        sign = (self._seen, scan[0] if scan else 0)
        if not closed and (silence := self._silence(sign)) is not None:
            fresh.append(silence)
        return Look(fresh, closed)

    def _silence(self, sign: tuple[int, int]) -> Alarm | None:
        """The alarm that nothing happened, once for each silence."""
        now_s = self._steady()
        if sign != self._sign:
            self._sign, self._sign_s = sign, now_s
            if self._silent is not None:
                self._silent.over_s, self._silent = self._campaign_s, None
            return None
        gone = not self._engine_lives()
        if self._silent is not None or not (gone or now_s - self._sign_s >= self._still_s):
            return None
        what = "the engine is gone without having closed the campaign" if gone else "it hangs"
        minutes = (now_s - self._sign_s) / 60
        told = f"nothing was recorded for {minutes:.1f} min: {what}"
        self._silent = Alarm(0, "urgent", None, "engine", told, self._campaign_s)
        self.book.alarms.append(self._silent)
        return self._silent

    def _engine_lives(self) -> bool:
        engine = engine_of(self._folder)
        if engine is None:  # not there yet, or gone in an orderly way and about to say so
            return self._steady() - self._sign_s < self._still_s
        try:
            os.kill(engine["pid"], 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def watch(
    warden: Warden,
    every_s: float,
    tell: Callable[[list[Alarm]], object],
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Look until the campaign is closed.

    Args:
        warden: Who looks.
        every_s: Time between two looks.
        tell: Told what came up.
        sleep: Waits.
    """
    while True:
        try:
            seen = warden.look()
        except RecordsError:  # not made yet
            seen = Look([], False)
        if seen.fresh:
            tell(seen.fresh)
        if seen.closed:
            return
        sleep(every_s)
