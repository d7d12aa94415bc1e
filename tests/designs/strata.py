"""Run sheets with whole plots, for tests."""

from itertools import product

import pandas as pd

from designs import Factors, RunSheet
from tests.designs.making import letters


def split_plot(plots: int = 8, inside: int = 4) -> RunSheet:
    """Factor ``a`` hard to change in whole plots of runs, ``b`` and ``c`` crossed inside."""
    factors: Factors = letters(3)
    settings = list(product((1.0, 3.0), (1.0, 3.0)))
    rows = [
        {
            "standard_order": 1 + plot * inside + run,
            "point": "factorial",
            "replicate": 1,
            "block": 1,
            "whole_plot": plot + 1,
            "a": 1.0 if plot % 2 else 3.0,
            "b": settings[run % 4][0],
            "c": settings[run % 4][1],
        }
        for plot in range(plots)
        for run in range(inside)
    ]
    table = pd.DataFrame(rows)
    table.insert(0, "run", range(1, len(table) + 1))
    table.insert(5, "vessel", [f"{chr(65 + n // 8)}{1 + n % 8}" for n in range(len(table))])
    return RunSheet(table, factors)
