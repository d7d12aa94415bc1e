"""``results.json``: as its schema says, and nothing is shown in a report that it does not hold."""

import json
from collections.abc import Callable
from functools import cache
from itertools import product

import jsonschema
import numpy as np
import pandas as pd
import pytest

from analysis.analysis_spec import AnalysisSpec
from analysis.exploration import explore
from analysis.report import ReportContext, render
from analysis.responses import ResponseSpec
from analysis.results_file import results_json
from analysis.results_schema import results_schema
from analysis.study import Study, analyze
from designs import CategoricalFactor, ContinuousFactor, Factors, MixtureFactor, RunSheet
from designs.evaluation import evaluate
from tests.analysis import report_example as example
from tests.analysis.shown_numbers import WORDS_ONLY, Page, missing, shown_numbers

Campaign = tuple[Study, ReportContext]


def full() -> Campaign:
    """Two responses, a limit, time courses, scale-up, a lost vessel."""
    return example.made()


def bare() -> Campaign:
    """No run sheet, no context."""
    study = example.study(example.runs().drop(columns=["run", "vessel", "point"]))
    return study, ReportContext(title="A table")


def split_plot() -> Campaign:
    """Temperature shared by whole plots, a medium with levels, blocks, one run lost."""
    factors = Factors(
        {
            "temperature": ContinuousFactor(low="28 degC", high="36 degC", change="hard"),
            "medium": CategoricalFactor(levels=["LB", "TB"]),
            "feed": ContinuousFactor(low="1 g/L/h", high="5 g/L/h"),
        }
    )
    rng = np.random.default_rng(2)
    rows = [
        (plot + 1, temperature, medium, feed)
        for plot, temperature in enumerate([28.0, 36.0, 28.0, 36.0, 32.0, 32.0])
        for medium, feed in (("LB", 1.0), ("TB", 3.0), ("LB", 5.0), ("TB", 5.0))
    ]
    table = pd.DataFrame(rows, columns=["whole_plot", *factors])
    table = table.assign(run=range(1, 25), standard_order=range(1, 25), replicate=1, block=1)
    table["vessel"] = [f"{row}{column}" for row in "ABCD" for column in range(1, 7)]
    table["point"] = "given"
    plots = rng.normal(size=6)[table["whole_plot"] - 1]
    y = 20 + (table["temperature"] - 32) / 4 + 2 * (table["medium"] == "TB") - 0.3 * table["feed"]
    table["titre"] = y + plots + 0.4 * rng.normal(size=24)
    table.loc[7, "titre"] = np.nan
    study = analyze(table, factors, {"titre": ResponseSpec(unit="g/L", goal="maximise")})
    sheet = RunSheet(table[["run", *table.columns.drop("run")]], factors)
    context = ReportContext(title="Plots", evaluation=evaluate(sheet), exploration=explore(study))
    return study, context


def blends() -> Campaign:
    """Three components of a mixture, with a limit."""
    parts = {n: MixtureFactor(total="20 g/L", low="2 g/L") for n in ("glucose", "yeast", "salts")}
    factors = Factors(parts)
    shares = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]
    shares += [(1 / 3, 1 / 3, 1 / 3)] * 4 + [(2 / 3, 1 / 6, 1 / 6), (1 / 6, 2 / 3, 1 / 6)]
    table = pd.DataFrame(shares, columns=list(parts)) * 14 + 2
    x = pd.DataFrame(shares, columns=list(parts))
    noise = np.random.default_rng(4).normal(size=len(x))
    table["growth"] = (
        3 * x["glucose"] + 5 * x["yeast"] + x["salts"] + 6 * x["glucose"] * x["yeast"]
    ) + 0.05 * noise
    spec = ResponseSpec(unit="1/h", goal="maximise", low=2.0)
    study = analyze(table, factors, {"growth": spec})
    return study, ReportContext(title="Blends", exploration=explore(study))


def shares() -> Campaign:
    """A generalised model, a response that cannot be modelled, and a transformed one."""
    coded = pd.DataFrame(list(product((-1.0, 0.0, 1.0), repeat=2)) * 2, columns=list("ab"))
    rng = np.random.default_rng(9)
    table = coded.assign(
        viable=1 / (1 + np.exp(-(1 + coded["a"] + 0.3 * rng.normal(size=18)))),
        cells=np.exp(2 + 0.5 * coded["a"] - 0.4 * coded["b"] + 0.1 * rng.normal(size=18)),
        lost=np.nan,
    )
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in "ab"})
    specs = {
        "viable": ResponseSpec(goal="maximise"),
        "cells": ResponseSpec(),
        "lost": ResponseSpec(),
    }
    how = AnalysisSpec(distribution={"viable": "binomial"}, transform="box-cox")
    return analyze(table, factors, specs, how=how), ReportContext(title="Shares")


def saturated() -> Campaign:
    """As many coefficients as runs: judged by Lenth's method."""
    rows = list(product((-1.0, 1.0), repeat=3))
    table = pd.DataFrame(rows, columns=list("abc")).assign(y=[1.0, 2, 4, 8.5, 1.1, 2.3, 4.2, 8.1])
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in "abc"})
    terms = ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]
    study = analyze(table, factors, {"y": ResponseSpec()}, terms)
    return study, ReportContext(title="Saturated")


CAMPAIGNS = [full, bare, split_plot, blends, shares, saturated]


@cache
def written(campaign: Callable[[], Campaign]) -> tuple[str, str]:
    """The page and the results of a campaign."""
    study, context = campaign()
    return render(study, context), results_json(study, context)


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_results_fit_their_schema_and_hold_every_number_shown(
    campaign: Callable[[], Campaign],
) -> None:
    page, text = written(campaign)
    results = json.loads(text)
    validator = jsonschema.Draft202012Validator(results_schema())
    assert [f"{e.json_path}: {e.message}" for e in validator.iter_errors(results)] == []
    assert missing(page, results) == []
    assert len(list(shown_numbers(page))) > 50


def test_what_is_absent_is_found_to_be() -> None:
    """The search is no formality: without a part of the results its numbers are missed."""
    page, text = written(full)
    results = json.loads(text)
    sections = {section for section, _ in Page(page).blocks if section} - WORDS_ONLY
    assert {shown.section for shown in shown_numbers(page)} == sections
    results["responses"]["activity"]["model"]["coefficients"] = []
    assert {section for section, *_ in missing(page, results)} >= {"response-1", "across"}
    results["trends"] = {}
    assert "trends" in {section for section, *_ in missing(page, results)}


def test_the_schema_refuses_what_is_no_result() -> None:
    schema = results_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    results = json.loads(written(bare)[1])
    assert results["study"] == 1
    results["surprise"] = 1
    results["responses"]["activity"]["model"]["sigma"] = "large"
    del results["optimum"]
    found = {e.json_path for e in jsonschema.Draft202012Validator(schema).iter_errors(results)}
    assert {"$", "$.responses.activity.model.sigma"} <= found
