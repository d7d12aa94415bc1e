"""Write docs/published-cases.md: published data sets, their sources, and our worst deviation.

`python -m tests.catalogue CASES` with the folder of cases beside the checkout; the catalogue's part
needs the environment that `make catalogue` makes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.analysis import published_beyond
from tests.analysis.published import Check as Number
from tests.analysis.test_published_cases import CASES, all_checks, misprinted
from tests.catalogue.cases import entries_of
from tests.catalogue.entries import folder
from tests.catalogue.fits import Fits
from tests.catalogue.tally import AGREES, DIFFERS, MISPRINT, Verdict, judge, summary, verdicts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "published-cases.md"

HEAD = """# Published data sets

Written by `python -m tests.catalogue`. A number that a source prints agrees when it comes out to
the digits printed: its deviation, in units of half the last printed digit, is at most 1. A number
that R computed (lm, rsm, lme4, lmerTest, pbkrtest, MASS) agrees to a relative 1e-6. The tests that
check them are `tests/analysis/test_published*` and `tests/catalogue`.

"""


def main(cases: Path) -> None:
    """Write the page."""
    parts = [HEAD, "## Cases\n\n", _cases(cases), "\n## Entries of books\n\n", _entries(cases)]
    made = folder()
    if made is not None:
        found = verdicts(made)
        parts += ["\n## The reference catalogue\n\n", CATALOGUE_HEAD, summary(found), "\n"]
        parts += ["\n### Data sets\n\n", _table(found)]
    PAGE.write_text("".join(parts), encoding="utf-8")


CATALOGUE_HEAD = """The catalogue that process-improve 2.2.0 ships (`make catalogue`), read in
place. "Known to differ" are numbers of which the catalogue itself says why the source's own data
give another.

"""


def _cases(folder_of_cases: Path) -> str:
    lines = ["| case | source | printed | worst | R | worst |", "|---|---|---|---|---|---|"]
    names = sorted({*CASES, *published_beyond.CASES})
    for case in names:
        checks = list(_numbers(folder_of_cases, case))
        path = next((folder_of_cases / "doe").glob(f"{case}*.json"))
        content = json.loads(path.read_text(encoding="utf-8"))
        by_kind = {kind: [c for c in checks if c.kind == kind] for kind in ("printed", "reference")}
        shown = [f"{len(by_kind['printed'])} | {_worst(by_kind['printed'])}",
                 f"{len(by_kind['reference'])} | {_relative(by_kind['reference'])}"]  # fmt: skip
        lines.append(
            f"| {content['id'].replace('_', ' ')} | {content['source']['primary']} | "
            f"{' | '.join(shown)} |"
        )
    return "\n".join(lines) + "\n"


def _numbers(cases: Path, case: str) -> Iterable[Number]:
    if case in CASES:
        yield from (c for c in all_checks(cases, case) if not misprinted(c))
    if case in published_beyond.CASES:
        yield from published_beyond.beyond_checks(cases, case)


def _worst(checks: list[Number]) -> str:
    return f"{max(c.deviation for c in checks):.2f}" if checks else "-"


def _relative(checks: list[Number]) -> str:
    sizes = [abs(c.ours / c.theirs - 1) for c in checks if c.theirs]
    return f"{max(sizes):.0e}" if sizes else "-"


def _entries(cases: Path) -> str:
    fits = Fits()
    lines = ["| case | numbers | agree | known to differ | worst |", "|---|---|---|---|---|"]
    for name, checks in entries_of(cases).items():
        lines.append(f"| {name.replace('_', ' ')} | {_counts([judge(c, fits) for c in checks])} |")
    return "\n".join(lines) + "\n"


def _counts(found: list[Verdict]) -> str:
    agree = [v for v in found if v.outcome == AGREES]
    other = sum(v.outcome == MISPRINT for v in found)
    wrong = sum(v.outcome == DIFFERS for v in found)
    worst = max((v.deviation for v in agree), default=0.0)
    return f"{len(agree) + other + wrong} | {len(agree)} | {other} | {worst:.2f}"


def _table(found: list[Verdict]) -> str:
    named: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in found:
        named.setdefault((verdict.check.source, verdict.check.entry["name"]), []).append(verdict)
    lines = ["| source | data set | numbers | agree | known to differ | worst |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for (source, name), of in named.items():
        if any(v.outcome in (AGREES, DIFFERS) for v in of):
            lines.append(f"| {source} | {name} | {_counts(of)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
