"""Write full reports of published experiments, from data that are read where they lie.

Run ``make reports CASES=folder``. The folder holds ``davies_penicillin`` (Davies 1956) and
``diginbio`` (github.com/JuBiotech/diginbio-car-paper); their files are not part of this project.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from analysis.analysis_spec import AnalysisSpec
from analysis.exploration import explore
from analysis.report import ReportContext, render
from analysis.responses import ResponseSpec
from analysis.results_file import results_json
from analysis.study import Study, analyze
from designs import ContinuousFactor, Factors, RunSheet
from designs.evaluation import Assumptions, evaluate
from designs.model_terms import interactions, main_effects

Made = tuple[Study, ReportContext]


def davies(folder: Path) -> Made:
    """Penicillin: a half fraction of five factors in four fermenters (Davies, Table 10-6)."""
    path = folder / "davies_penicillin" / "penicillin_2^(5-1)_four_fermenters.csv"
    printed = pd.read_csv(path)
    names = {
        "A": "inoculum_steep_liquor",
        "B": "inoculum_sugar_amount",
        "C": "inoculum_sugar_quality",
        "D": "fermenter_steep_liquor",
        "E": "steep_liquor_quality",
    }
    factors = Factors({name: _factor("-1", "1") for name in names.values()})
    table = printed.rename(columns={**names, "No.": "run", "Fermenter": "block", "y": "penicillin"})
    table = table.assign(standard_order=table["run"], point="factorial", replicate=1)
    table["vessel"] = [
        f"Fermenter {b}, batch {r}" for b, r in zip(table["block"], table["run"], strict=True)
    ]
    terms = [*main_effects(factors), *interactions(factors)]
    responses = {"penicillin": ResponseSpec(goal="maximise")}
    study = analyze(table, factors, responses, terms, "block")
    return study, ReportContext(
        title="Penicillin: five factors in four fermenters",
        question="Which make-up of inoculum and medium gives the most penicillin?",
        organism="Penicillium chrysogenum",
        station="four fermenters",
        design="Half fraction of two-level factors with E = ABCD, in four fermenters that are "
        "blocks (BC, BE and CE are mixed with them). Levels are coded, as the book prints them.",
        evaluation=evaluate(RunSheet(table, factors), Assumptions(noise=30, effect=60)),
        exploration=explore(study),
        provenance=_origin(
            path,
            "O. L. Davies (ed.), The Design and Analysis of Industrial Experiments, 2nd ed. 1956, "
            "pp. 466-469, Tables 10-6 to 10-7",
        ),
    )


def diginbio(folder: Path) -> Made:
    """Enzyme expression in four campaigns of 48 reactors, with effects of campaign and place."""
    path = folder / "diginbio" / "derived_k_per_reactor.csv"
    raw = pd.read_csv(path)
    factors = Factors(
        {
            "feed_rate": _factor("1.0 g/L/h", "4.8 g/L/h"),
            "iptg": ContinuousFactor(low="0.24 µmol/L", high="32 µmol/L", scale="log"),  # type: ignore[arg-type]
        }
    )
    table = pd.DataFrame(
        {
            "run": range(1, len(raw) + 1),
            "campaign": raw["run"].astype(str),
            "vessel": [f"{c}-{r}" for c, r in zip(raw["run"], raw["reactor"], strict=True)],
            "reactor_row": [f"{c}-{r[0]}" for c, r in zip(raw["run"], raw["reactor"], strict=True)],
            "reactor_column": [
                f"{c}-{r[1:]}" for c, r in zip(raw["run"], raw["reactor"], strict=True)
            ],
            "feed_rate": raw["feed_gLh"],
            "iptg": raw["iptg_uM"],
            "activity": raw["k_1_h"],
        }
    )
    how = AnalysisSpec(transform="log", random=("campaign", "reactor_row", "reactor_column"))
    study = analyze(
        table, factors, {"activity": ResponseSpec(unit="1/h", goal="maximise")}, how=how
    )
    return study, ReportContext(
        title="Carboxylic acid reductase: feed rate × IPTG in 192 reactors",
        question="Which feed rate and inducer level give the most active cells?",
        organism="E. coli",
        station="four campaigns of 48 stirred 10 mL reactors",
        design="42 settings over four campaigns. Each campaign covered a part of the region only "
        "(two of them one feed rate, 4.8 g/L/h), so campaign and feed rate are partly mixed. "
        "The activity is the rate of the assay, 1/h, from absorbance at 360 nm less the "
        "background; it is not the published activity per biomass. Random terms: campaign, and the "
        "reactor's row and column within it. The assay's own plates are not modelled.",
        exploration=explore(study),
        provenance=_origin(
            path,
            "github.com/JuBiotech/diginbio-car-paper, commit e51d0637 (AGPL-3.0); rates per "
            "reactor derived from its raw absorbances",
        ),
    )


def _factor(low: str, high: str) -> ContinuousFactor:
    return ContinuousFactor(low=low, high=high)  # type: ignore[arg-type]


def _origin(path: Path, source: str) -> dict[str, object]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"inoculum": version("inoculum"), "source": source, f"{path.name} (SHA-256)": digest}


REPORTS: dict[str, Callable[[Path], Made]] = {"davies_penicillin": davies, "diginbio": diginbio}
"""Report by the folder its data stand in."""


def main(cases: Path, output: Path) -> None:
    """Write a report and its results for each case that is there."""
    for name, make in REPORTS.items():
        if not (cases / name).is_dir():
            print(f"{name} is left out: {cases} holds no folder of that name.")
            continue
        study, context = make(cases)
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.html").write_text(render(study, context), encoding="utf-8")
        (folder / "results.json").write_text(results_json(study, context), encoding="utf-8")
        print(f"{folder / 'report.html'}: {study.answer[0]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
