"""Published analyses of designed experiments, number by number.

Every file of the cases folder that ordinary least squares answers is fitted anew. What a source
prints must come out to the digits printed; what R computed (rsm 2.10, R 4.2) must come out to a
relative 1e-6. Known misprints of the sources are listed in `ERRATA` and shown to be misprints.

Not here: split plots (c14, c16, c27), mixtures (c11), the choice of a Box-Cox exponent (c01, c21,
c21b; their fits on the transformed response are checked) and Lenth's test (c09, c17; their
saturated effects are checked), which `published_beyond` reads; entries of books (c30 to c44), which
`tests.catalogue` reads, but for the ridge paths. c26 holds designs, which `tests/designs` checks.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.analysis.published import Check, case_checks
from tests.analysis.published_ridge import CASE, ridge_checks
from tests.catalogue.cases import entries_of
from tests.catalogue.fits import Fits
from tests.catalogue.tally import AGREES, judge

CASES = ["c01", "c02", "c04", "c05", "c07", "c09", "c10", "c17", "c20", "c21_", "c21b", "c24"]

ERRATA = {
    ("c02", "reduced F"): "NIST cut 22.776 off to 22.77",
    ("c02", "log_main F"): "NIST divided mean squares it had rounded",
    ("c32", "ridge path y2, lambda = 20: x2"): "its radius is 0.0317, printed as 0.031",
    ("c32", "ridge path y2, lambda = 0.7: y-hat"): "75.876 was cut off to 75.87",
}
"""Printed numbers that their own data contradict; the check is that they still do."""


def misprinted(check: Check) -> bool:
    two_factor = check.case == "c01" and "model11" in check.what and check.what.count(":") == 1
    sign_only = abs(abs(check.ours) - abs(check.theirs)) <= 0.001
    return (check.case, check.what) in ERRATA or (
        # NIST 5.4.7.1 prints the two-factor terms of the transformed fit with the other sign.
        check.kind == "printed" and two_factor and sign_only and check.ours * check.theirs < 0
    )


def all_checks(folder: Path, case: str) -> list[Check]:
    return ridge_checks(folder) if case == CASE else case_checks(folder, case)


@pytest.mark.parametrize("case", [*CASES, CASE])
def test_numbers_come_out_as_published(shared_cases: Path, case: str) -> None:
    checks = all_checks(shared_cases, case)
    assert checks
    for check in checks:
        if misprinted(check):
            assert not check.agrees, f"{check.what} is no misprint after all"
        else:
            assert check.agrees, check


def test_how_much_was_checked(shared_cases: Path) -> None:
    checks = [c for case in [*CASES, CASE] for c in all_checks(shared_cases, case)]
    sound = [c for c in checks if not misprinted(c)]
    kinds = ("printed", "reference", "path")
    by_kind = {kind: [c for c in sound if c.kind == kind] for kind in kinds}
    worst = max(abs(c.ours / c.theirs - 1) for c in by_kind["reference"] if c.theirs)
    fits = Fits()
    books = [judge(c, fits) for cs in entries_of(shared_cases).values() for c in cs]
    read = sum(v.outcome == AGREES for v in books)
    print(
        f"{len(by_kind['printed'])} printed numbers of cases to the digit and "
        f"{read} of books, "
        f"{len(by_kind['reference'])} of R to a relative {worst:.1e}, "
        f"{len(by_kind['path'])} rounded by R, "
        f"{len(checks) - len(sound)} misprints told apart"
    )
    assert len(by_kind["printed"]) + read >= 1_000
    assert len(by_kind["reference"]) >= 900
    assert math.isfinite(worst)
