"""Numbers and lists in sentences."""

import pytest

from analysis.wording import listing, quantity, share


@pytest.mark.parametrize(
    ("value", "scatter", "text"),
    [
        (2.91349, None, "2.913 g"),
        (39530.4, None, "39530 g"),
        (39530.4, 0.02, "39530.4 g"),
        (39530.4, 900.0, "39530 g"),
        (0.0, 1.0, "0 g"),
        (-0.0, None, "0 g"),
        (1.5e-6, None, "1.5e-6 g"),
        (4.2e9, None, "4.2e9 g"),
    ],
)
def test_a_number_has_the_digits_its_scatter_allows(value, scatter, text):
    assert quantity(value, "g", scatter) == text


def test_lists_and_shares():
    assert [listing(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert share(0.9981) == "99.8 %"
