"""The computer as the doctor sees it; every root can be another folder, so that tests need none."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hardware.ports import FoundPort, list_ports, locate
from orchestrator.doctor.finding import Finding

_JUMP_S = 1.0
_COMMAND_WITHIN_S = 5.0


class Clocks(NamedTuple):
    """Seconds of the wall clock, and of a clock that nobody sets."""

    wall_s: float
    steady_s: float


def _clocks() -> Clocks:
    return Clocks(time.time(), time.monotonic())


def _asleep_s() -> float:
    """Seconds that this computer slept since it was started."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def _told_by(*command: str) -> str | None:
    """What a program prints; None when there is no such program, or it fails."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 (our own arguments)
            [program, *command[1:]], capture_output=True, text=True, timeout=_COMMAND_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _own_groups() -> frozenset[int]:
    return frozenset((*os.getgroups(), os.getgid())) if hasattr(os, "getgroups") else frozenset()


@dataclass(frozen=True)
class Machine:
    """Where to look, and how.

    Attributes:
        root: Above ``proc``, ``sys``, ``etc`` and ``usr``.
        uid: The user's number; 0 may do everything.
        groups: Groups of this process.
        list_ports: Gives the serial ports.
        locate: Gives the device name that a port of a station file means.
        clocks: Reads the two clocks.
        asleep_s: Seconds slept since the start.
        told_by: Runs a program; gives what it prints, None when it cannot.
    """

    root: Path = Path("/")
    uid: int = field(default_factory=lambda: os.getuid() if hasattr(os, "getuid") else 0)
    groups: frozenset[int] = field(default_factory=_own_groups)
    list_ports: Callable[[], list[FoundPort]] = list_ports
    locate: Callable[..., str] = locate
    clocks: Callable[[], Clocks] = _clocks
    asleep_s: Callable[[], float] = _asleep_s
    told_by: Callable[..., str | None] = _told_by

    def device_file(self, device: str) -> Path:
        """The file of a device such as ``/dev/ttyUSB0``."""
        return self.root / device.lstrip("/")

    def read(self, *parts: str) -> str | None:
        """The text of a file; None when it cannot be read."""
        try:
            return self.root.joinpath(*parts).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return None

    def files(self, pattern: str) -> list[Path]:
        """Files by a pattern below the root, those that may be seen."""
        try:
            return sorted(self.root.glob(pattern))
        except OSError:
            return []

    def processes(self) -> Iterator[tuple[int, str]]:
        """Number and name of each process."""
        for path in self.files("proc/[0-9]*/comm"):
            if name := self.read(str(path.relative_to(self.root))):
                yield int(path.parent.name), name

    def holders(self, device: str) -> list[str]:
        """Other programs that have a device open, ``name (number)``.

        Processes of other users do not show their files, except to root.
        """
        real = os.path.realpath(self.device_file(device))
        holding = []
        for number, name in self.processes():
            if number == os.getpid():
                continue
            for link in self.files(f"proc/{number}/fd/*"):
                try:
                    target = os.readlink(link)
                except OSError:
                    continue
                if os.path.realpath(self.device_file(target)) == real:
                    holding.append(f"{name} ({number})")
                    break
        return holding

    def jumped(self, before: Clocks) -> Finding:
        """Whether somebody set the clock, or the computer slept, since ``before``."""
        now = self.clocks()
        jump_s = (now.wall_s - before.wall_s) - (now.steady_s - before.steady_s)
        if abs(jump_s) < _JUMP_S:
            return Finding("ok", "clock", "it ran evenly during this examination")
        way = "forward" if jump_s > 0 else "back"
        return Finding(
            "wrong",
            "clock",
            f"it jumped {abs(jump_s):.1f} s {way} during this examination",
            "somebody or a time service set it by a step, or the computer slept",
            "let a time service slew it (chrony, systemd-timesyncd), and forbid sleep",
        )
