"""Campaigns on virtual time that are killed in the middle and go on, as often as one likes.

A kill is an exception that no handler sees coming, out of a port in memory, before or after the
bytes went out. At that moment the records are copied as they are on the disk; whatever the dying
engine does on its way out is thrown away with the originals, and no byte leaves any more. The
emulated devices live on through the outage, as real ones do.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hardware import Bus, InlineRunner, Station
from hardware.emulators import Bench
from hardware.port import MemoryPort
from orchestrator.engine.clock import Clock, run_on_virtual_time
from orchestrator.engine.commands import Inbox
from orchestrator.engine.progress import Progress
from orchestrator.night import Night

RECORDS = "records.sqlite"


class Killed(BaseException):
    """The program is no more."""


class Fuse:
    """Kills at one operation of the ports.

    Args:
        kill_at: Number of the operation, from 1; None for never.
        on_kill: Called once, at that moment.

    Attributes:
        count: Operations so far.
        blown: Whether it has killed.
        at_s: The latest time on the clock of any port: a job for one line may be ahead of others.
    """

    def __init__(self, kill_at: int | None, on_kill: Callable[[], None]) -> None:
        self.count = 0
        self.blown = False
        self.at_s = 0.0
        self._kill_at = kill_at
        self._on_kill = on_kill

    def burn(self, now_s: float) -> None:
        """One more operation.

        Raises:
            Killed: It was the last one.
        """
        if not self.blown:
            self.at_s = max(self.at_s, now_s)
            self.count += 1
            if self.count != self._kill_at:
                return
            self.blown = True
            self._on_kill()
        raise Killed


class MortalPort:
    """A port in memory on a fuse.

    Args:
        port: The port.
        fuse: Of the whole program.
    """

    def __init__(self, port: MemoryPort, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse
        self.begin, self.now, self.open = port.begin, port.now, port.open
        self.close, self.drop_input = port.close, port.drop_input

    def write(self, data: bytes) -> None:
        """Send; there are two moments to die at."""
        self._fuse.burn(self.now())
        self._port.write(data)
        self._fuse.burn(self.now())

    def read_some(self, deadline_s: float) -> bytes:
        """Receive."""
        self._fuse.burn(self.now())
        return self._port.read_some(deadline_s)


@dataclass
class Campaign:
    """A campaign of one or more lives.

    Attributes:
        night: What is to be done.
        bench: The devices and the plant, which outlive the program.
        folder: Where the records are.
        ports: Makes the ports of a life; those of the bench unless said otherwise.
        now_s: Time of the plant.
        lives: How often the program was started.
        progress: Told after each scan.
        clock: Makes the clock of a life.
    """

    night: Night
    bench: Bench
    folder: Path
    ports: Callable[[], Mapping[str, MemoryPort]] | None = None
    now_s: float = 0.0
    lives: int = 0
    progress: Callable[[Progress], None] = field(default=lambda _: None)
    clock: Callable[[asyncio.AbstractEventLoop], Clock] = Clock.virtual

    @property
    def records(self) -> Path:
        """Journal and telemetry."""
        return self.folder / RECORDS

    @property
    def full_ml(self) -> dict[tuple[str, str], float]:
        """What is in each bottle on our own arms' decks at the start, by arm and source."""
        return {
            (arm, name): source.volume
            for arm in self.bench.decks
            for name, source in self.night.station.arms[arm].deck.sources.items()
        }

    def live(self, kill_at: int | None = None, inbox: Inbox | None = None) -> Fuse:
        """Start the program, or start it again, and let it run until it ends or is killed.

        Args:
            kill_at: At which operation of the ports it is killed; None for never.
            inbox: Commands of a person.

        Returns:
            The fuse, which tells whether it was killed and how many operations there were.
        """
        kept = self.folder / "kept"
        fuse = Fuse(kill_at, lambda: _copy(self.folder, kept))
        self.lives += 1
        try:
            run_on_virtual_time(self._conduct(fuse, inbox), self.now_s)
        except BaseException:
            if not fuse.blown:
                raise
            _copy(kept, self.folder)
            self.now_s = max(self.now_s, fuse.at_s)
        return fuse

    def rest(self, seconds: float) -> None:
        """Nobody looks for a while."""
        self.now_s += seconds

    async def _conduct(self, fuse: Fuse, inbox: Inbox | None) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(
            lambda loop, context: None if fuse.blown else loop.default_exception_handler(context)
        )
        ports = self.ports() if self.ports is not None else self.bench.ports()
        runners = {
            name: InlineRunner(Bus(MortalPort(port, fuse)), loop) for name, port in ports.items()
        }
        try:
            await self.night.conduct(
                self.records,
                Station.build(self.night.station, runners, self.bench.robots),
                self.clock(loop),
                durable=False,
                seed=1,
                on_progress=self.progress,
                inbox=inbox,
                resume=self.records.exists(),
            )
        finally:
            self.now_s = loop.time()


def _copy(source: Path, target: Path) -> None:
    """The records as they are on the disk, with what SQLite has not yet put into the file."""
    target.mkdir(exist_ok=True)
    for old in target.glob(f"{RECORDS}*"):
        old.unlink()
    for ending in ("", "-wal"):
        if (file := source / f"{RECORDS}{ending}").exists():
            shutil.copyfile(file, target / file.name)
