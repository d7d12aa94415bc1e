"""``python -m benchmarks [NAME…]``: measure, print the table, write ``benchmarks/results.json``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import bus, rehearsal
from benchmarks.result import Benchmark, Result

BENCHMARKS: dict[str, Benchmark] = {**rehearsal.BENCHMARKS, **bus.BENCHMARKS}
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Run all benchmarks, or those whose names begin with the words given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(BENCHMARKS)}")
    wanted = parser.parse_args().names
    chosen = {
        name: measure
        for name, measure in BENCHMARKS.items()
        if not wanted or any(name.startswith(word) for word in wanted)
    }
    if not chosen:
        parser.error(f"no benchmark is called {' or '.join(wanted)}; there are {list(BENCHMARKS)}")
    results = []
    for name, measure in chosen.items():
        Console(stderr=True).print(f"measuring {name} …")
        results.append(measure(name))
    _show(results)
    _keep(results)


def _show(results: list[Result]) -> None:
    table = Table(title="Ours and the peers, one run")
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
        table.add_column(header, overflow="fold")
    for result in results:
        for row in result.rows():
            table.add_row(*row)
    Console(width=140).print(table)


def _keep(results: list[Result]) -> None:
    """Replace what was measured again; keep the rest of an earlier run."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    merged = {one["name"]: one for one in known} | {one.name: one.to_json() for one in results}
    RESULTS.write_text(json.dumps(list(merged.values()), indent=2) + "\n")


if __name__ == "__main__":
    main()
