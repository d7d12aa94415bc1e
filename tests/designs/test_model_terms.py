import numpy as np
import pandas as pd
import pytest

from designs import DesignError
from designs.model_terms import alias_of, estimable_terms, model_matrix, powers
from tests.designs.making import letters

FACTORS = letters(2, m={"levels": ["x", "y", "z"]})
CODED = pd.DataFrame({"a": [-1.0, 0.5, 1.0], "b": [1.0, 2.0, 0.0], "m": ["x", "y", "z"]})


def test_columns_of_every_kind_of_term() -> None:
    matrix = model_matrix(CODED, ["a", "a:b", "a^2", "m", "a:m"], FACTORS)
    expected = {
        "(Intercept)": [1, 1, 1],
        "a": [-1, 0.5, 1],
        "a:b": [-1, 1, 0],
        "a^2": [1, 0.25, 1],
        "m[y]": [-1, 1, 0],
        "m[z]": [-1, 0, 1],
        "a:m[y]": [1, 0.5, 0],
        "a:m[z]": [1, 0, 1],
    }
    pd.testing.assert_frame_equal(matrix, pd.DataFrame(expected, dtype=float))


def test_two_levels_read_as_bounds_do() -> None:
    factors = letters(0, m={"levels": ["low", "high"]})
    matrix = model_matrix(pd.DataFrame({"m": ["low", "high"]}), ["m"], factors)
    assert list(matrix["m[high]"]) == [-1, 1]


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("c", "names 'c', which is none of a, b, m"),
        ("m^2", "'m\\^2' squares a factor that is no number"),
        ("a^", "'a\\^' is no model term"),
        ("a:", "'a:' is no model term"),
    ],
)
def test_what_is_no_term_is_refused(term: str, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        model_matrix(CODED, [term], FACTORS)


def test_powers_of_a_term() -> None:
    assert powers("a:b^2") == {"a": 1, "b": 2}
    assert powers("a:a") == {"a": 2}


def test_estimable_terms_and_their_aliases() -> None:
    factors = letters(3)
    a, b = np.array([-1.0, 1, -1, 1]), np.array([-1.0, -1, 1, 1])
    coded = pd.DataFrame({"a": a, "b": b, "c": -a * b})
    assert estimable_terms(coded, ["a", "b", "a:b", "c"], factors) == ["a", "b", "a:b"]
    assert alias_of(coded, "c", ["a", "b", "a:b"], factors) == ("a:b",)
    assert alias_of(coded, "a:b", ["a", "b"], factors) == ()
    assert alias_of(coded, "a^2", ["a"], factors) == ("(Intercept)",)
    block = pd.Series([1, 2, 2, 1])
    assert estimable_terms(coded, ["a", "b", "a:b"], factors, block=block) == ["a", "b"]
