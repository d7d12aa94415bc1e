"""Peers run in environments of their own, made on first use, so that ours stays as shipped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ENVIRONMENTS = Path(__file__).with_name(".peers")
_SCRIPTS = Path(__file__).with_name("peer_scripts")


def run_peer(environment: str, packages: list[str], script: str, *arguments: str) -> Any:
    """Run a script of ``peer_scripts`` with a peer's packages.

    Args:
        environment: Name of the environment; made with ``packages`` when it is not there.
        packages: What pip installs, with versions.
        script: File name in ``peer_scripts``; prints one line of JSON last.
        arguments: For the script.

    Returns:
        What the script printed last.

    Raises:
        subprocess.CalledProcessError: The installation or the script failed.
    """
    python = _python_with(environment, packages)
    done = subprocess.run(
        [str(python), str(_SCRIPTS / script), *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _python_with(environment: str, packages: list[str]) -> Path:
    folder = _ENVIRONMENTS / environment
    python = folder / "bin" / "python"
    mark = folder / "installed.json"
    if not mark.exists() or json.loads(mark.read_text()) != packages:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        mark.write_text(json.dumps(packages))
    return python
