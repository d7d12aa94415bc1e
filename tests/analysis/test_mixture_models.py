"""Models of mixtures are Scheffé's: no intercept, published coefficients and errors."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import ModelError
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.study import analyze
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


def test_a_study_of_a_mixture_is_refused_in_a_sentence() -> None:
    factors = read_factors(a={"total": "1"}, b={"total": "1"})
    table = pd.DataFrame({"a": [0.0, 0.5, 1.0], "b": [1.0, 0.5, 0.0], "y": [1.0, 2.0, 4.0]})
    spec = ResponseSpec.model_validate({"from": "p", "measured": "at-line", "goal": "maximise"})
    with pytest.raises(ModelError, match="a and b are a mixture"):
        analyze(table, factors, {"y": spec})
