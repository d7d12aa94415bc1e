"""A setting within every factor's range can still lie where no run was."""

import numpy as np
import pandas as pd
import pytest

from analysis.hidden_extrapolation import on_extrapolation
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.study import analyze
from designs import ContinuousFactor, Factors

AB = Factors({name: ContinuousFactor(low="0 g/L", high="10 g/L") for name in "AB"})


def along_the_diagonal() -> pd.DataFrame:
    """Two factors that went up together: nobody ran the other two corners."""
    up = np.repeat(np.linspace(0, 10, 6), 2)
    aside = np.tile([-0.5, 0.5], 6)
    a, b = np.clip(up + aside, 0, 10), np.clip(up - aside, 0, 10)
    noise = np.random.default_rng(4).normal(0, 0.01, 12)
    return pd.DataFrame({"A": a, "B": b, "titer": a - b + noise})


def test_a_corner_that_was_never_run_is_told():
    study = analyze(along_the_diagonal(), AB, {"titer": ResponseSpec(goal="maximise")}, ["A", "B"])
    assert study.optimum.settings["A"] > 9 > 1 > study.optimum.settings["B"]
    told = [said for said in study.cautions if "extrapolated" in said]
    assert len(told) == 1
    assert told[0].startswith("The best setting lies outside what was run together")


@pytest.mark.parametrize("block", [None, "night"])
def test_every_setting_that_was_run_is_within(block):
    table = along_the_diagonal().assign(night=[1, 2] * 6)
    model = fit(table, AB, "titer", ["A", "B", "A:B"], block)
    for row in model.coded.to_dict("records"):
        assert on_extrapolation({"titer": model}, row) == ()
