"""Designs know coded values only: units, scales and names of factors change nothing in them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs import Factors, VesselLayout, expand
from tests.designs.making import read_factors, read_spec

ARRAY = VesselLayout(6, 8)
SECTIONS: list[tuple[str, dict[str, Any]]] = [
    ("full-factorial", {"levels": 3}),
    ("central-composite", {"axial": "faced", "blocks": {"count": 2}}),
    ("box-behnken", {"centre_points": 2}),
    ("definitive-screening", {"fake_factors": 1}),
    ("latin-hypercube", {"runs": 11, "criterion": "random"}),
    ("space-filling", {"runs": 12}),
    ("optimal", {"runs": 14, "criterion": "I"}),
    ("optimal", {"runs": 12, "model": "linear", "criterion": "alias"}),
]


def coded(factors: Factors, kind: str, section: dict[str, Any], seed: int) -> Any:
    sheet = expand(factors, read_spec(kind, seed=seed, **section), ARRAY)
    return sheet.coded.to_numpy(float)


@pytest.mark.parametrize(("kind", "section"), SECTIONS)
def test_units_and_scales_change_no_coded_value(kind: str, section: dict[str, Any]) -> None:
    plain = {"low": "1 g/L", "high": "3 g/L"}
    usual = read_factors(a=plain, b=plain, c=plain)
    other = read_factors(
        a={"low": "1000 mg/L", "high": "3000 mg/L"},
        b={"low": "2 mmol/L", "high": "162 mmol/L", "scale": "log"},
        x={"low": -7, "high": 1e6},
    )
    first, second = (coded(factors, kind, section, seed=4) for factors in (usual, other))
    np.testing.assert_allclose(first, second, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    kind=st.sampled_from(["full-factorial", "central-composite", "latin-hypercube", "optimal"]),
    count=st.integers(2, 4),
    seed=st.integers(0, 99),
)
def test_blocks_share_the_runs_evenly(kind: str, count: int, seed: int) -> None:
    factors = read_factors(**{name: {"low": "1 g/L", "high": "3 g/L"} for name in "abc"})
    further: dict[str, dict[str, Any]] = {
        "full-factorial": {"replicates": 2},
        "latin-hypercube": {"runs": 17},
        "optimal": {"runs": 17, "model": "interactions"},
    }
    if kind == "central-composite":
        count = 2  # cube and axial points: blocks by their structure
    section = {"blocks": {"count": count}, **further.get(kind, {})}
    table = expand(factors, read_spec(kind, seed=seed, **section), ARRAY).table
    sizes = table.groupby("block").size()
    assert list(sizes.index) == [*range(1, count + 1)]
    if kind != "central-composite":
        assert sizes.max() - sizes.min() <= 1
