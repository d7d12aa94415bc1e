"""Write what is drawn from the code: state chart, language reference, schemas, measured figures.

Run ``python -m docs.generate`` (or ``make docs``) at the top of the checkout.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.result import Result
from orchestrator.engine.lifecycle import state_chart
from orchestrator.protocol import load_protocol
from orchestrator.protocol.generated import generated_files

TOP = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
_HEADERS = ("benchmark", "ours", "unit", "better", "peer", "theirs", "ratio", "limit", "load")


def generated(top: Path = TOP) -> dict[Path, str]:
    """Path and text of every generated file, as they should stand in a checkout."""
    parts = {"architecture.md": chart(top), "benchmarks.md": figures(top)}
    pages = {top / "docs" / name: text for name, text in parts.items()}
    return {**generated_files(top), **{page: _within(page, text) for page, text in pages.items()}}


def chart(top: Path = TOP) -> str:
    """The state chart of the shipped E. coli protocol."""
    protocol = load_protocol(top / "protocols" / "ecoli-feed-iptg.yaml")
    drawn = state_chart([phase.name for phase in protocol.culture.phases])
    return f"```mermaid\n{drawn}```\n"


def figures(top: Path = TOP) -> str:
    """The table of what ``python -m benchmarks`` measured last."""
    kept = json.loads((top / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    rows = [_HEADERS, ("---",) * len(_HEADERS)]
    for result in sorted((Result(**one) for one in kept), key=lambda one: one.name):
        rows += [(f"`{row[0]}`" if row[0] else "", *row[1:]) for row in result.rows()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _within(page: Path, text: str) -> str:
    """The page with ``text`` between its markers."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}{END}{after}"


def main() -> None:
    """Write the generated files of this checkout."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(TOP))


if __name__ == "__main__":
    main()
