"""Models of mixtures are Scheffé's: no intercept, published coefficients and errors."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.response_model import fit
from tests.designs.making import read_factors


def test_yarn_elongation(shared_cases: Path) -> None:
    # Cornell (2002), ch. 2; NIST/SEMATECH e-Handbook 5.5.4.2.
    table = pd.read_csv(shared_cases / "doe" / "c11_yarn_mixture_simplex.csv")
    factors = read_factors(**{name: {"total": "1"} for name in ("x1", "x2", "x3")})
    model = fit(table, factors, "elongation", ["x1", "x2", "x3", "x1:x2", "x1:x3", "x2:x3"])
    found = {c.name: (c.estimate, c.se) for c in model.coefficients}
    assert found == {
        "x1": pytest.approx((11.7, 0.603692), abs=1e-6),
        "x2": pytest.approx((9.4, 0.603692), abs=1e-6),
        "x3": pytest.approx((16.4, 0.603692), abs=1e-6),
        "x1:x2": pytest.approx((19.0, 2.608249), abs=1e-6),
        "x1:x3": pytest.approx((11.4, 2.608249), abs=1e-6),
        "x2:x3": pytest.approx((-9.6, 2.608249), abs=1e-6),
    }
