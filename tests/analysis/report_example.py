"""A small experiment with everything a report can show, the same at every call."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd

from analysis.exploration import explore
from analysis.report import Deviation, ReportContext, render
from analysis.responses import ResponseSpec
from analysis.scale_up import ScaleUpSpec, SmallOperation, predict
from analysis.study import Study, analyze
from designs import ContinuousFactor, Factors, RunSheet
from designs.evaluation import Evaluation, evaluate

FACTORS = Factors(
    {
        "feed_rate": ContinuousFactor(low="1.0 g/L/h", high="4.8 g/L/h"),  # type: ignore[arg-type]
        "iptg": ContinuousFactor(low="0.24 µmol/L", high="32 µmol/L", scale="log"),  # type: ignore[arg-type]
    }
)
VESSELS = [f"{row}{column}" for row in "AB" for column in range(1, 8)]


def runs() -> pd.DataFrame:
    """Three levels of two factors and five more centre points, with two responses."""
    coded = pd.DataFrame(
        [*product((-1.0, 0.0, 1.0), repeat=2), *[(0.0, 0.0)] * 5], columns=list(FACTORS)
    )
    noise = np.random.default_rng(5).normal(0, 1, (2, len(coded)))
    x, y = coded["feed_rate"], coded["iptg"]
    return FACTORS.to_actual(coded).assign(
        run=range(1, len(coded) + 1),
        vessel=VESSELS,
        point="given",
        activity=0.62 + 0.05 * x - 0.09 * x**2 + 0.06 * y - 0.12 * y**2 + 0.02 * noise[0],
        biomass=28 + 6 * x - 2 * y + noise[1],
    )


def study(table: pd.DataFrame | None = None) -> Study:
    """The analysis of `runs`."""
    responses = {
        "activity": ResponseSpec(unit="1/h", goal="maximise", low=0.4),
        "biomass": ResponseSpec(unit="g/L"),
    }
    return analyze(runs() if table is None else table, FACTORS, responses)


def time_courses() -> pd.DataFrame:
    """Two channels of every vessel, five minutes apart."""
    hours = np.arange(0, 12, 1 / 12)
    parts = [
        pd.DataFrame({"t_h": hours, "vessel": v, "od": np.exp(0.2 * hours) + i, "ph": 6.9})
        for i, v in enumerate(VESSELS)
    ]
    return pd.concat(parts, ignore_index=True)


def phases() -> pd.DataFrame:
    """A batch and a fed-batch phase in every vessel."""
    rows = [(v, "batch", 0.0, 6 * 3600.0) for v in VESSELS]
    rows += [(v, "fed-batch", 6 * 3600.0, 12 * 3600.0) for v in VESSELS]
    return pd.DataFrame(rows, columns=["vessel", "phase", "start_s", "end_s"])


def operations() -> pd.DataFrame:
    """Feeds and samples of the liquid handler, one of them not done."""
    rows = [
        (3600.0 * (6 + i), 3600.0 * (6 + i) + 20, v, kind, "done")
        for i, (v, kind) in enumerate(product(VESSELS[:3], ("feed", "sample")))
    ]
    rows.append((3600.0 * 7, 3600.0 * 7 + 20, "B1", "feed", "not done"))
    return pd.DataFrame(rows, columns=["start_s", "end_s", "vessel", "kind", "status"])


def evaluation() -> Evaluation:
    """The design of `runs`, judged."""
    return evaluate(
        RunSheet(runs().assign(standard_order=range(1, 15), replicate=1, block=1), FACTORS)
    )


def context(analysed: Study | None = None) -> ReportContext:
    """Everything a report can show."""
    spec = ScaleUpSpec(match="oxygen-transfer", to=("stirred-2L", "stirred-2000L"))
    return ReportContext(
        title="E. coli, feed rate × IPTG",
        question="Which feed rate and inducer level give the most active enzyme?",
        organism="e-coli",
        rehearsed=True,
        station="open-48",
        design="Three levels of two factors.",
        evaluation=evaluation(),
        exploration=None if analysed is None else explore(analysed, {"feed_rate": 0.1}),
        time_courses=time_courses(),
        phases=phases(),
        operations=operations(),
        lost={"B7": "The pH probe gave no reply."},
        deviations=(Deviation("A sample was skipped.", 7.0, "B1"),),
        twin_deviations=("Oxygen limits growth.",),
        scale_up=predict(spec, "2mag-10mL", SmallOperation(3000, 10, 10, 30)),
        provenance={"protocol": "ecoli.yaml", "seed": 2021},
    )


def made() -> tuple[Study, ReportContext]:
    """The analysis and everything a report can show of it."""
    analysed = study()
    return analysed, context(analysed)


@cache
def page() -> str:
    """The report of that, made once for all tests."""
    return render(*made())
