"""``inoculum`` in processes of its own: any command, and a station emulated beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RUN_MAIN = "from orchestrator.cli import main; main()"
_PATIENCE_S = 30.0


def command(*arguments: object) -> list[str]:
    """What starts ``inoculum`` with some arguments."""
    return [sys.executable, "-c", _RUN_MAIN, *(str(argument) for argument in arguments)]


@contextmanager
def emulated_station(station: Path, protocol: Path, written: Path, *more: object) -> Iterator[Path]:
    """A station file whose ports are pseudo-terminals of another process.

    Args:
        station: What is emulated.
        protocol: What grows in it.
        written: The file to be written.
        more: Further arguments of ``inoculum emulate``.

    Raises:
        RuntimeError: It did not start, or did not end in good order.
    """
    arguments = command("emulate", station, "-p", protocol, "-o", written, *more)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout or ():
                if line.startswith("stop with"):
                    break
            if not written.is_file():
                raise RuntimeError("the emulated station did not start")
            yield written
        finally:
            process.send_signal(signal.SIGINT)
        if process.wait(_PATIENCE_S):
            raise RuntimeError(f"the emulated station ended with {process.returncode}")
