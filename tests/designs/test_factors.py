import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from designs import CategoricalFactor, ContinuousFactor, DesignError, Factor, FactorName, Factors
from tests.designs.making import read_factors

_FACTORS = TypeAdapter(dict[FactorName, Factor])


def test_a_factor_keeps_the_unit_it_was_written_in() -> None:
    factor = ContinuousFactor(low="0.24 µmol/L", high="0.032 mmol/L", scale="log")
    assert (factor.low, factor.high, factor.unit) == (0.24, 32.0, "µmol/L")
    assert factor.text(2.5) == "2.5 µmol/L"


def test_a_number_without_unit_needs_none() -> None:
    factor = ContinuousFactor(low=6.8, high=7.2)
    assert (factor.low, factor.high, factor.unit) == (6.8, 7.2, "")
    assert factor.text(6.9) == "6.9"


def test_log_factors_are_coded_on_their_logarithm() -> None:
    factor = ContinuousFactor(low="0.25 g/L", high="4 g/L", scale="log")
    np.testing.assert_array_equal(factor.to_actual([-1, -0.5, 0, 0.5, 1]), [0.25, 0.5, 1, 2, 4])
    np.testing.assert_array_equal(factor.to_coded([0.25, 1.0, 4.0]), [-1, 0, 1])
    # Axial points too: they stand at equal ratios from the centre.
    np.testing.assert_allclose(factor.to_actual([-1.5, 1.5]), [0.125, 8])


def test_levels_are_texts_or_quantities() -> None:
    factor = CategoricalFactor(levels=["LB", "30 degC", 7])
    assert factor.levels == ("LB", "30 degC", "7")
    assert factor.text("30 degC") == "30 degC"


@pytest.mark.parametrize(
    ("section", "loc", "message"),
    [
        (
            {"a": {"low": "5 g/L", "high": "4.8 g/L"}},
            ("a", "continuous", "high"),
            "high (4.8 g/L) must be above low (5 g/L)",
        ),
        (
            {"a": {"low": "5 g/L", "high": "4 h"}},
            ("a", "continuous", "high"),
            "high is '4 h' but low is '5 g/L': their units measure different things",
        ),
        (
            {"a": {"low": "0 g/L", "high": "4 g/L", "scale": "log"}},
            ("a", "continuous", "scale"),
            "a log scale needs low above zero, but low is 0 g/L",
        ),
        (
            {"a": {"low": "1 bananas", "high": "4 g/L"}},
            ("a", "continuous", "low"),
            "'bananas' is not a unit known here",
        ),
        (
            {"a": {"low": True, "high": "4 g/L"}},
            ("a", "continuous", "low"),
            "expected a quantity such as '1.5 g/L/h'",
        ),
        (
            {"a": {"low": "1 g/L", "high": "2 g/L", "hihg": 1}},
            ("a", "continuous", "hihg"),
            "Extra inputs are not permitted",
        ),
        (
            {"a": {"levels": ["x", "x"]}},
            ("a", "categorical", "levels"),
            "level 'x' is given twice",
        ),
        (
            {"a": {"levels": ["x"]}},
            ("a", "categorical", "levels"),
            "a factor needs at least two levels",
        ),
        (
            {"a": {"levels": "x, y"}},
            ("a", "categorical", "levels"),
            "expected a list of levels, such as [LB, TB]",
        ),
        (
            {"a": {"levels": [True, False]}},
            ("a", "categorical", "levels"),
            "a level is a text or a quantity; put it in quotes if it is a word",
        ),
        (
            {"a": {"levels": ["x", " "]}},
            ("a", "categorical", "levels"),
            "a level needs a name of printable characters",
        ),
        (
            {"a": "1 g/L"},
            ("a",),
            "a factor is written as {low: 1 g/L, high: 5 g/L}, {levels: [LB, TB]} or, as a part of "
            "a mixture, {total: 20 g/L}",
        ),
        (
            {"feed rate": {"low": 1, "high": 2}},
            ("feed rate", "[key]"),
            "'feed rate' cannot name a factor; use a letter, then letters, digits and "
            "underscores, such as 'feed_rate'",
        ),
        (
            {"vessel": {"low": 1, "high": 2}},
            ("vessel", "[key]"),
            "'vessel' cannot name a factor, because a column of the run sheet is called so",
        ),
    ],
)
def test_mistakes_are_told_in_one_sentence_at_their_place(
    section: dict[str, object], loc: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        _FACTORS.validate_python(section)
    (error,) = caught.value.errors()
    assert (error["loc"], error["msg"]) == (loc, message)


def test_factors_refuse_what_no_column_can_be() -> None:
    factor = ContinuousFactor(low=1, high=2)
    with pytest.raises(DesignError, match="at least one factor"):
        Factors({})
    with pytest.raises(DesignError, match="'run' cannot name a factor"):
        Factors({"run": factor})


def test_tables_with_holes_or_unknown_levels_are_refused() -> None:
    factors = read_factors(a={"low": 1, "high": 2, "scale": "log"}, m={"levels": ["x", "y"]})
    with pytest.raises(DesignError, match="no column for m"):
        factors.to_coded(pd.DataFrame({"a": [1.0]}))
    with pytest.raises(DesignError, match="m: 'z' is none of the levels x, y"):
        factors.to_coded(pd.DataFrame({"a": [1.0], "m": ["z"]}))
    with pytest.raises(DesignError, match="column of a has a value missing"):
        factors.to_coded(pd.DataFrame({"a": [np.nan], "m": ["x"]}))
    with pytest.raises(DesignError, match="a log scale has no place for -1"):
        factors.to_coded(pd.DataFrame({"a": [-1.0], "m": ["x"]}))


@given(
    low=st.floats(0.001, 1e3),
    ratio=st.floats(1.01, 1e4),
    scale=st.sampled_from(["linear", "log"]),
    coded=st.lists(st.floats(-2, 2), min_size=1, max_size=5),
)
def test_coding_comes_back(low: float, ratio: float, scale: str, coded: list[float]) -> None:
    factor = ContinuousFactor(low=f"{low!r} g/L", high=f"{low * ratio!r} g/L", scale=scale)
    np.testing.assert_array_equal(factor.to_actual([-1, 1]), [factor.low, factor.high])
    np.testing.assert_array_equal(factor.to_coded([factor.low, factor.high]), [-1, 1])
    actual = factor.to_actual(coded)
    np.testing.assert_allclose(factor.to_coded(actual), coded, atol=1e-8)
    # A value bound to a procedure as text is the value of the run sheet.
    assert [factor.read(factor.text(value)) for value in actual] == list(actual)
