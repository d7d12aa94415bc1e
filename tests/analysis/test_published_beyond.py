"""Published split plots, mixture, Box-Cox and Lenth, number by number, and entries of books."""

from pathlib import Path

import pytest

from tests.analysis.published_beyond import CASES, beyond_checks
from tests.catalogue.cases import entries_of
from tests.catalogue.fits import Fits
from tests.catalogue.tally import DIFFERS, OUT, judge


@pytest.mark.parametrize("case", CASES)
def test_numbers_come_out_as_r_or_the_source_has_them(shared_cases: Path, case: str) -> None:
    checks = beyond_checks(shared_cases, case)
    assert checks
    assert [check for check in checks if not check.agrees] == []


def test_entries_of_books_come_out_as_printed(shared_cases: Path) -> None:
    fits = Fits()
    for name, checks in entries_of(shared_cases).items():
        found = [judge(check, fits) for check in checks]
        assert any(v.outcome != OUT for v in found), name
        assert [(v.check.what, v.check.term, v.check.printed, v.ours) for v in found
                if v.outcome == DIFFERS] == [], name  # fmt: skip
