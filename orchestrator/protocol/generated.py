"""The files that are generated from the models, as they should stand in a checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.results_schema import results_schema
from orchestrator.protocol.reference import protocol_language
from orchestrator.protocol.schema import protocol_schema, station_schema


def generated_files(top: Path) -> dict[Path, str]:
    """Path and text of each generated file.

    Args:
        top: The checkout.
    """
    protocols = top / "protocols"
    return {
        protocols / "schema" / "protocol.json": _json(protocol_schema()),
        protocols / "schema" / "station.json": _json(station_schema()),
        protocols / "schema" / "results.json": _json(results_schema()),
        top / "docs" / "protocol-language.md": protocol_language(protocols),
    }


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
