"""Tables that several tests of the analysis use."""

import pandas as pd
import pytest

from designs import ContinuousFactor, Factors


@pytest.fixture
def chemreact() -> pd.DataFrame:
    """A central composite design in two blocks.

    Source: Myers, Montgomery & Anderson-Cook, Response Surface Methodology (2009), table 7.6.
    """
    a = 1.414
    x1 = [-1, -1, 1, 1, 0, 0, 0, 0, 0, 0, a, -a, 0, 0]
    x2 = [-1, 1, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0, a, -a]
    conversion = [80.5, 81.5, 82, 83.5, 83.9, 84.3, 84, 79.7, 79.8, 79.5, 78.4, 75.6, 78.5, 77]
    return pd.DataFrame(
        {
            "time": [85 + 5 * x for x in x1],
            "temperature": [175 + 5 * x for x in x2],
            "block": [1] * 7 + [2] * 7,
            "yield": conversion,
        }
    )


@pytest.fixture
def time_and_temperature() -> Factors:
    return Factors(
        {
            "time": ContinuousFactor(low="80 min", high="90 min"),
            "temperature": ContinuousFactor(low="170 degF", high="180 degF"),
        }
    )


SECOND_ORDER = ["time", "temperature", "time:temperature", "time^2", "temperature^2"]


@pytest.fixture
def second_order() -> list[str]:
    return list(SECOND_ORDER)
