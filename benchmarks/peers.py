"""Peers run in environments of their own, made on first use, so that ours stays as shipped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

_ENVIRONMENTS = Path(__file__).with_name(".peers")
_SCRIPTS = Path(__file__).with_name("peer_scripts")
_LONGEST_S = 600


class PeerFailed(RuntimeError):
    """A peer could not be installed or did not finish; the message says why."""


def run_peer(environment: str, packages: Sequence[str], script: str, *arguments: str) -> Any:
    """Run a script of ``peer_scripts`` with a peer's packages.

    Args:
        environment: Name of the environment; made with ``packages`` when it is not there.
        packages: What pip installs, with versions.
        script: File name in ``peer_scripts``; prints one line of JSON last.
        arguments: For the script.

    Returns:
        What the script printed last.

    Raises:
        PeerFailed: The installation or the script failed.
    """
    python = _python_with(environment, packages)
    return json.loads(_run(str(python), str(_SCRIPTS / script), *arguments).splitlines()[-1])


def medians(
    measures: Mapping[str, Callable[[], float]], rounds: int, tell: Callable[[str], None]
) -> dict[str, float]:
    """Measure several things in turns, so that the machine's moods meet all of them.

    Args:
        measures: By name, what gives a figure.
        rounds: How often each is measured.
        tell: Told of a peer that cannot be measured.

    Returns:
        The median of each figure; a peer that failed is left out.
    """
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name in list(figures):
            try:
                figures[name].append(measures[name]())
            except PeerFailed as failure:
                tell(f"{name} could not be measured: {failure}")
                del figures[name]
    return {name: median(found) for name, found in figures.items()}


def tell_user(sentence: str) -> None:
    """Say something beside the table."""
    Console(stderr=True).print(sentence)


def _python_with(environment: str, packages: Sequence[str]) -> Path:
    folder = _ENVIRONMENTS / environment
    python = folder / "bin" / "python"
    mark = folder / "installed.json"
    wanted = [sys.version, *packages]
    if not mark.exists() or json.loads(mark.read_text()) != wanted:
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", *packages)
        mark.write_text(json.dumps(wanted))
    return python


def _run(*command: str) -> str:
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=_LONGEST_S
        )
    except subprocess.CalledProcessError as error:
        raise PeerFailed((error.stderr.strip().splitlines() or [str(error)])[-1]) from error
    except subprocess.TimeoutExpired as error:
        raise PeerFailed(f"it took more than {_LONGEST_S} s") from error
    return done.stdout.strip()
