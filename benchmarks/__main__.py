"""Measure ours and the peers, print the table, write ``benchmarks/results.json``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import (
    bus,
    bus48,
    crash,
    engine,
    evaluation,
    faults,
    late,
    nights,
    optimal,
    plan,
    rehearsal,
    soak,
    space,
)
from benchmarks.peers import tell_user
from benchmarks.result import Benchmark, Result

BENCHMARKS: Mapping[str, Benchmark] = {
    **rehearsal.BENCHMARKS,
    **bus.BENCHMARKS,
    **bus48.BENCHMARKS,
    **late.BENCHMARKS,
    **faults.BENCHMARKS,
    **optimal.BENCHMARKS,
    **engine.BENCHMARKS,
    **soak.BENCHMARKS,
    **plan.BENCHMARKS,
    **crash.BENCHMARKS,
    **nights.BENCHMARKS,
    **space.BENCHMARKS,
    **evaluation.BENCHMARKS,
}
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Run all benchmarks, or those whose names begin with the words given."""
    parser = _parser()
    given = parser.parse_args()
    if not 0 < given.part <= 1:
        parser.error("--part is a share of the whole: above 0, at most 1")
    if unknown := [word for word in given.names if not chosen([word])]:
        known = ", ".join(BENCHMARKS)
        parser.error(f"no benchmark is called {' or '.join(unknown)}; there are {known}")
    results = []
    for name in chosen(given.names):
        tell_user(f"measuring {name} …")
        results.append(BENCHMARKS[name](name, given.part))
        if given.part == 1:
            keep(results, RESULTS)
    Console(width=140).print(table(results))
    if given.part < 1:
        tell_user("Only a part was measured; benchmarks/results.json is as it was.")


def chosen(words: Sequence[str]) -> list[str]:
    """Names that begin with one of the words; all without any."""
    return [name for name in BENCHMARKS if not words or name.startswith(tuple(words))]


def table(results: Iterable[Result]) -> Table:
    """Ours and the peers, a row each."""
    shown = Table(title="Ours and the peers, one run")
    for header in (
        "benchmark",
        "ours",
        "unit",
        "better",
        "peer",
        "theirs",
        "ratio",
        "limit",
        "load",
    ):
        shown.add_column(header, overflow="fold")
    for result in results:
        for row in result.rows():
            shown.add_row(*row)
    return shown


def keep(results: Iterable[Result], path: Path) -> None:
    """Replace what was measured again; keep the rest of earlier runs."""
    known: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else []
    merged = {one["name"]: one for one in known} | {one.name: one.to_json() for one in results}
    text = json.dumps(list(merged.values()), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"first letters of some of: {', '.join(BENCHMARKS)}",
    )
    parser.add_argument(
        "--part",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="measure only this share of each, for a quick look; nothing is written",
    )
    return parser


if __name__ == "__main__":
    main()
