"""A new workspace: copies of the shipped protocol and station, schemas, editor settings."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from orchestrator.campaign import CampaignError

_COPIES = {
    "protocol.yaml": "ecoli-feed-iptg.yaml",
    "short-run.yaml": "short-run.yaml",
    "station.yaml": "stations/open-48.yaml",
    "schema/protocol.json": "schema/protocol.json",
    "schema/station.json": "schema/station.json",
}
_EDITOR = {
    "yaml.schemas": {
        "schema/protocol.json": ["*protocol*.yaml", "*-run.yaml"],
        "schema/station.json": ["*station*.yaml"],
    },
    "editor.rulers": [100],
}


def make_workspace(folder: Path) -> list[Path]:
    """Fill a new or empty folder.

    Returns:
        The files made.

    Raises:
        CampaignError: The folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CampaignError(f"{folder} is not empty; choose a new folder")
    shipped = files("protocols")
    made = []
    for name, source in _COPIES.items():
        text = shipped.joinpath(source).read_text(encoding="utf-8")
        # Stations are shipped one folder deeper than they are used here.
        made.append(_write(folder / name, text.replace("$schema=../schema/", "$schema=schema/")))
    settings = json.dumps(_EDITOR, indent=2) + "\n"
    made.append(_write(folder / ".vscode" / "settings.json", settings))
    return made


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
