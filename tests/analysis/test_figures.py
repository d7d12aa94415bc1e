"""Figures: valid, deterministic, themeable, and true to their tables."""

import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis import campaign_figures, figures
from analysis.figure_style import COLOURS
from analysis.figures import ContourPlane, FactorAxis

SVG = "{http://www.w3.org/2000/svg}"
FEED = FactorAxis("feed rate", "g/L/h", "linear", 1.0, 4.8)
IPTG = FactorAxis("iptg", "µmol/L", "log", 0.24, 32.0)


def residuals(runs: int = 20) -> pd.DataFrame:
    values = np.random.default_rng(3).normal(0, 1, (2, runs))
    values[1, 4] = 3.7
    table = pd.DataFrame(
        {"fitted": 5 + values[0], "studentized": values[1]}, index=pd.RangeIndex(1, runs + 1)
    )
    ranks = table["studentized"].rank()
    return table.assign(observed=table["fitted"] + 0.1, normal_score=(ranks - 10.5) / 6)


def plane(**changes: object) -> ContourPlane:
    x, y = np.meshgrid(FEED.values(), IPTG.values())
    parts: dict[str, object] = {
        "x": FEED,
        "y": IPTG,
        "response": -((x - 3) ** 2) - np.log(y / 5) ** 2,
        "label": "activity",
        "unit": "1/h",
        "points": pd.DataFrame({"x": [1.0, 1.0, 4.8], "y": [0.24, 0.24, 32.0]}),
        "best": (3.0, 5.0),
    }
    return ContourPlane(**{**parts, **changes})  # type: ignore[arg-type]


def courses(label: str = "A1") -> pd.DataFrame:
    hours = np.linspace(0, 24, 500)
    return pd.DataFrame({"t_h": hours, "vessel": label, "od": hours, "ph": np.nan, "mine": 1.0})


def phases() -> pd.DataFrame:
    return pd.DataFrame(
        [("A1", "batch", 0.0, 3600.0), ("A10", "batch", 0.0, 1800.0), ("A2", "feed", 0.0, 7200.0)],
        columns=["vessel", "phase", "start_s", "end_s"],
    )


def operations() -> pd.DataFrame:
    return pd.DataFrame(
        [(60.0, 80.0, "A1", "feed", "done"), (90.0, 95.0, "A2", "sample", "unknown")],
        columns=["start_s", "end_s", "vessel", "kind", "status"],
    )


def effects() -> pd.DataFrame:
    return pd.DataFrame({"term": ["feed rate", "iptg²"], "size": [-6.0, 1.0]})


def profile() -> list[tuple[FactorAxis, pd.DataFrame]]:
    values = IPTG.values()
    table = pd.DataFrame({"value": values, "mean": values, "best": 5.0})
    return [(IPTG, table.assign(ci_low=values - 1, ci_high=values + 1))]


ALL = {
    "fitted": lambda: figures.residuals_vs_fitted(residuals(), "activity", "1/h", "fitted"),
    "order": lambda: figures.residuals_vs_order(
        residuals(), pd.Series(range(20, 0, -1), index=range(1, 21)), "activity", "order"
    ),
    "normal": lambda: figures.normal_plot(residuals(), "activity", "normal"),
    "agreement": lambda: figures.predicted_vs_observed(residuals(), "a", "", "agreement"),
    "pareto": lambda: figures.pareto(effects(), 2.1, "activity", "pareto"),
    "contour": lambda: figures.contour(plane(), "contour"),
    "profile": lambda: figures.main_effects(profile(), "activity", "1/h", "profile"),
    "courses": lambda: campaign_figures.time_courses(courses(), {"A1": "1"}, "feed", "courses"),
    "timeline": lambda: campaign_figures.timeline(phases(), operations(), "timeline"),
    "map": lambda: campaign_figures.vessel_map({"A1": 1.0, "B2": 2.0}, ["B1"], "a", "", "map"),
    "runs": lambda: campaign_figures.run_order(
        pd.DataFrame({"run": [2, 1], "value": [1.0, 2.0], "block": [1, 2]}), "a", "", "runs"
    ),
}


@cache
def drawn(name: str) -> str:
    return ALL[name]()


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


@pytest.mark.parametrize("name", ALL)
def test_a_figure_is_valid_repeats_itself_and_loads_nothing(name: str) -> None:
    svg = drawn(name)
    assert svg == ALL[name]()
    root = ET.fromstring(svg)  # noqa: S314
    assert root.get("role") == "img"
    assert root.get("aria-label")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert all(str(i).startswith(f"{name}-") for i in ids)
    assert len(set(ids)) == len(ids)
    assert "http" not in svg.replace('="http://www.w3.org/', "")
    assert "date" not in svg.lower().replace("update", "")
    assert len(svg) < 60_000


@pytest.mark.parametrize("name", ALL)
def test_every_colour_can_be_darkened_by_the_page(name: str) -> None:
    svg = drawn(name)
    for variable, colour in COLOURS.items():
        svg = svg.replace(f"var(--figure-{variable}, {colour})", "")
    assert not [c for c in COLOURS.values() if f": {c}" in svg]


def test_suspicious_runs_are_named() -> None:
    assert "5" in texts(drawn("fitted"))
    assert "4" not in texts(figures.normal_plot(residuals().drop(index=5), "a", "normal"))


def test_hostile_and_foreign_names_stay_text() -> None:
    hostile = '<script>alert("1")</script> $x^2$ 温度 "\'&'
    svg = figures.contour(plane(label=hostile), "contour")
    assert "<script" not in svg
    assert any(hostile in text for text in texts(svg))
    named = campaign_figures.time_courses(courses(hostile), {hostile: hostile}, hostile, "c")
    assert hostile in texts(named)


def test_a_level_or_unoptimised_surface_is_drawn() -> None:
    level = figures.contour(plane(response=np.full((41, 41), 2.0), best=None), "contour")
    assert "the model is level here" in texts(level)


def test_effects_without_error_estimate_have_no_limit() -> None:
    svg = figures.pareto(effects(), None, "activity", "pareto")
    assert "size of the coefficient (coded units)" in texts(svg)
    assert texts(svg).index("iptg²") < texts(svg).index("feed rate")


def test_log_axes_carry_actual_units() -> None:
    assert {"0.5", "1", "2", "5", "10", "20"} <= set(texts(drawn("contour")))


def test_repeated_settings_are_counted() -> None:
    assert "×2" in texts(drawn("contour"))


def test_every_run_on_a_contour_can_be_followed() -> None:
    """Also those of one setting, which stand around it."""
    shown = plane()
    links = {run: f"run-{run}" for run in shown.points.index}
    svg = figures.contour(shown, "contour", links)
    assert len(links) > len(shown.points.drop_duplicates())
    assert [svg.count(f'href="#{anchor}"') for anchor in links.values()] == [1] * len(links)


def test_vessels_stand_in_the_order_of_the_array() -> None:
    shown = [text for text in texts(drawn("timeline")) if text.startswith("A")]
    assert shown == ["A1", "A2", "A10"]
    assert sorted(["B1", "A10", "pot", "A2"], key=campaign_figures.vessel_order) == [
        "A2",
        "A10",
        "B1",
        "pot",
    ]


def test_a_timeline_needs_no_liquid_handler() -> None:
    svg = campaign_figures.timeline(phases(), None, "timeline")
    assert "sample" not in texts(svg)


def test_lost_vessels_are_called_so() -> None:
    shown = texts(drawn("map"))
    assert "lost" in shown
    assert {"1.00", "2.00"} <= set(shown)


def test_long_time_courses_stay_small_and_keep_their_mean() -> None:
    long = pd.concat([courses(f"A{i}") for i in range(1, 9)])
    svg = campaign_figures.time_courses(long, {}, "", "courses")
    assert len(svg) < 60_000
    assert "mine" in texts(svg)
    assert "pH" not in texts(svg)
