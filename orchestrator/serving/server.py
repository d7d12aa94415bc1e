"""Works off the queue of one station, night after night, whatever happens to an engine.

Each campaign runs in a process of its own. One that dies is gone on with (`inoculum resume`, which
asks the devices and gives nothing twice); one that a device failed under is left for a person, and
so is the queue behind it. When the server itself was ended or killed, it takes up the campaign that
ran.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from orchestrator.desk.calling import engine_of
from orchestrator.engine.lifecycle import FINAL_STATES
from orchestrator.serving.queue import Job, Queue, State
from orchestrator.standing import standing_of

_RUN_MAIN = "from orchestrator.cli import main; main()"
_DONE, _WRONG, _USAGE, _DEVICE_FAILED, _LOST, _INTERRUPTED = 0, 1, 2, 3, 4, 130
_ENDS: dict[int, tuple[State, str]] = {
    _DONE: ("done", "ran to its end"),
    _LOST: ("vessels lost", "ran to its end; vessels were lost on the way"),
    _WRONG: ("failed", "could not be run: its files or its records are not sound"),
    _USAGE: ("failed", "could not be run: the command was not understood"),
    _DEVICE_FAILED: ("failed", "a device that all depend on failed"),
}
_MOST_RESTARTS = 5
_PAUSE_S = 2.0


class Launch(Protocol):
    """Runs ``inoculum`` with arguments in a process of its own and gives its exit code."""

    def __call__(self, arguments: Sequence[str]) -> int:
        """Return when it has ended; negative for a signal that killed it."""
        ...


def launch(arguments: Sequence[str]) -> int:
    """Run ``inoculum``; a request to end is passed on, and the child leaves the station safe."""
    child = subprocess.Popen([sys.executable, "-c", _RUN_MAIN, *arguments])  # noqa: S603
    asked = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGTERM))
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the child was asked as well, by the same terminal
                continue
    finally:
        signal.signal(signal.SIGTERM, asked)


class Server:
    """Works off one station's queue.

    Args:
        queue: The queue.
        station: Name of the station.
        tell: Takes what happens, in sentences.
        launch: Runs the commands.
        now: The time of day.
        sleep: Waits some seconds.
        options: Further arguments of ``run`` and ``resume``.
    """

    def __init__(
        self,
        queue: Queue,
        station: str,
        tell: Callable[[str], None],
        *,
        launch: Launch = launch,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        options: Sequence[str] = (),
    ) -> None:
        self._queue = queue
        self._station = station
        self._tell = tell
        self._launch = launch
        self._now = now
        self._sleep = sleep
        self._options = list(options)

    def work(self, *, until_empty: bool) -> int:
        """Run campaign after campaign.

        Args:
            until_empty: Whether to return when none is left that could run by itself.

        Returns:
            Exit code: that of the campaign which ended the work, 0 when the queue is empty.
        """
        while True:
            job = self._queue.next_of(self._station, self._now())
            if job is not None:
                code = self._run(job)
                if code in (_WRONG, _USAGE, _DEVICE_FAILED, _INTERRUPTED):
                    return code
            elif until_empty and not self._anything_left():
                return _DONE
            else:
                self._sleep(_PAUSE_S)

    def _anything_left(self) -> bool:
        """Whether something will be due without a person's doing anything."""
        return any(job.state == "ready" for job in self._queue.jobs(self._station))

    def _run(self, job: Job) -> int:
        """Run a campaign, and go on with it as often as its engine dies."""
        self._wait_for_orphan(job)
        while True:
            again = (job.folder / "records.sqlite").exists()
            self._note(job, "running", "goes on" if again else "begins", restarted=again)
            code = self._launch(self._command(job, again))
            if code == _INTERRUPTED:
                self._note(job, "running", "was ended by a person; it goes on with the next serve")
                return code
            if code in _ENDS:
                self._note(job, *_ENDS[code])
                return code
            restarts = self._queue.job(job.number).restarts
            if restarts >= _MOST_RESTARTS:
                self._note(job, "failed", f"its engine died {restarts + 1} times")
                return _DEVICE_FAILED
            self._tell(f"{job.name}: its engine died (exit {code})")
            self._sleep(_PAUSE_S)

    def _command(self, job: Job, again: bool) -> list[str]:
        if again and _over(job.folder):  # it died while the report was written
            return ["analyze", str(job.folder)]
        if again:
            return ["resume", str(job.folder), *self._options]
        files = self._queue.files(job.number)
        station = ["--station", str(files / "station.yaml")]
        # What lies there without records is what is left of a beginning.
        output = ["-o", str(job.folder), *(["--force"] if job.folder.exists() else [])]
        return ["run", str(files / "protocol.yaml"), *station, *output, *self._options]

    def _wait_for_orphan(self, job: Job) -> None:
        """An engine whose server was killed goes on by itself: let it."""
        told = False
        while (engine := engine_of(job.folder)) is not None and _lives(engine["pid"]):
            if not told:
                self._tell(f"{job.name}: its engine (process {engine['pid']}) still runs")
                told = True
            self._sleep(_PAUSE_S)

    def _note(self, job: Job, state: State, said: str, *, restarted: bool = False) -> None:
        self._queue.note(job.number, state, said, restarted=restarted)
        self._tell(f"{job.name}: {said}")


def _over(folder: Path) -> bool:
    """Whether every culture has ended."""
    vessels = standing_of(folder).vessels
    return bool(vessels) and all(one.state in FINAL_STATES for one in vessels)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def station_name(path: Path) -> str:
    """Name of the station that a file describes.

    Raises:
        SourceErrors: The file is not sound.
    """
    from orchestrator.protocol import load_station

    return load_station(path).name
