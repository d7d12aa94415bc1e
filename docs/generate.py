"""Write what is drawn from the code: the state chart, the language reference, the schemas.

Run ``python -m docs.generate`` (or ``make docs``) at the top of the checkout.
"""

from __future__ import annotations

from pathlib import Path

from orchestrator.engine.lifecycle import state_chart
from orchestrator.protocol import load_protocol
from orchestrator.protocol.generated import generated_files

TOP = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- state chart: begin -->", "<!-- state chart: end -->"


def generated(top: Path = TOP) -> dict[Path, str]:
    """Path and text of every generated file, as they should stand in a checkout."""
    page = top / "docs" / "architecture.md"
    return {**generated_files(top), page: with_chart(page.read_text(encoding="utf-8"), top)}


def with_chart(page: str, top: Path = TOP) -> str:
    """A page with the state chart of the shipped E. coli protocol between its markers."""
    protocol = load_protocol(top / "protocols" / "ecoli-feed-iptg.yaml")
    chart = state_chart([phase.name for phase in protocol.culture.phases])
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n```mermaid\n{chart}```\n{END}{after}"


def main() -> None:
    """Write the generated files of this checkout."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(TOP))


if __name__ == "__main__":
    main()
