"""Three sugars of a feed, within bounds, and a temperature beside them."""

from designs import Factors
from tests.designs.making import read_factors


def sugar_factors() -> Factors:
    """10 g/L of glucose, lactose (6 g/L at most) and glycerol, at least 1 g/L of each."""
    return read_factors(
        glucose={"total": "10 g/L", "low": "1 g/L"},
        lactose={"total": "10 g/L", "low": "1 g/L", "high": "6 g/L"},
        glycerol={"total": "10 g/L", "low": "1 g/L"},
        temperature={"low": "28 degC", "high": "37 degC"},
    )
