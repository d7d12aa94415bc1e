"""Cases of the shared folder that are entries of the catalogue: runs in a CSV, numbers in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from tests.catalogue.entries import Check


def entries_of(cases: Path) -> dict[str, list[Check]]:
    """The checks of every such case, by its name."""
    found = {}
    for path in [*sorted((cases / "doe").glob("c[34]*.json")), *_penicillin(cases)]:
        content = json.loads(path.read_text(encoding="utf-8"))
        table = pd.read_csv(path.with_name(path.name.replace("_expected.json", ".csv"))
                            .with_suffix(".csv"))  # fmt: skip
        if path.stem.startswith(_NATURAL):
            content["factors"] = [{**factor, "coding": "none"} for factor in content["factors"]
                                  if factor["type"] == "numeric"] + _levels(content)  # fmt: skip
        entry = {**content, "name": path.stem, "runs": _runs(content, table)}
        found[path.stem.removesuffix("_expected")] = [
            Check(path.stem, entry, row["what"], row.get("term"), how, how.get("printed", printed))
            for row in content.get("published") or content["expected"]
            for printed in [row.get("printed", row.get("value"))]
            for how in _hows(row)
        ]
    return found


_NATURAL = "c40"
"""The case whose source fits factors in their own units, which the folder's copy does not say."""


def _levels(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [factor for factor in content["factors"] if factor["type"] != "numeric"]


def _penicillin(cases: Path) -> list[Path]:
    return sorted((cases / "davies_penicillin").glob("*_expected.json"))


def _hows(row: dict[str, Any]) -> list[dict[str, Any]]:
    hows = row.get("how") or row.get("check") or {}
    return hows if isinstance(hows, list) else [hows]


def _runs(content: dict[str, Any], table: pd.DataFrame) -> dict[str, Any]:
    """The table as the catalogue holds runs; coded where settings are not between the bounds."""
    numeric = [f for f in content["factors"] if f["type"] == "numeric"]
    natural = bool(numeric) and all(_between(table[f["name"]], f) for f in numeric)
    rows = table.astype(object).to_numpy().tolist()
    return {"columns": list(table.columns), "rows": rows, "coded": not natural}


def _between(column: pd.Series, factor: dict[str, Any]) -> bool:
    width = 1.5 * (factor["high"] - factor["low"])
    return bool(column.between(factor["low"] - width, factor["high"] + width).all())
