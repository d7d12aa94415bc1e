"""The runs of an entry as its source analysed them: coded settings and one response."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

_EPSILON = 1e-300


def runs_of(entry: dict[str, Any], how: dict[str, Any]) -> tuple[pd.DataFrame, pd.Series]:
    """Coded settings and response of the runs that a check is about."""
    runs = entry["runs"]
    table = pd.DataFrame(runs["rows"], columns=runs["columns"])
    if how.get("runs"):
        table = table.iloc[[p - 1 for p in how["runs"]]].reset_index(drop=True)
    settings = _settings(entry, table, as_printed=how.get("settings") == "as_printed")
    summary = how.get("summary")
    if summary and summary["statistic"] == "each":
        readings = table[summary["of"]].to_numpy(float)
        present = ~np.isnan(readings)
        at = np.repeat(np.arange(len(table)), readings.shape[1])[present.ravel()]
        y = pd.Series(readings.ravel()[present.ravel()], name="each")
        return settings.iloc[at].reset_index(drop=True), _transformed(y, how)
    if summary:
        return settings, _transformed(_summary(table, summary), how)
    names = [r["name"] for r in entry["responses"] if r["name"] in table.columns]
    y = table[how.get("response") or names[0]].astype(float)
    return settings, _transformed(y, how)


def _transformed(y: pd.Series, how: dict[str, Any]) -> pd.Series:
    kinds = {"log": np.log, "log10": np.log10, "sqrt": np.sqrt, "inverse": np.reciprocal}
    return pd.Series(kinds[how["transform"]](y)) if how.get("transform") else y


def _summary(table: pd.DataFrame, summary: dict[str, Any]) -> pd.Series:
    readings = table[summary["of"]].astype(float) * summary.get("scale", 1)
    one, n = readings.iloc[:, 0], float(summary.get("n", 1))
    found = {
        "mean": lambda: readings.mean(axis=1),
        "total": lambda: readings.sum(axis=1),
        "std_dev": lambda: readings.std(axis=1, ddof=1),
        "variance": lambda: readings.var(axis=1, ddof=1),
        "range": lambda: readings.max(axis=1) - readings.min(axis=1),
        "ln_std_dev": lambda: np.log(readings.std(axis=1, ddof=1)),
        "sqrt": lambda: np.sqrt(one),
        "arcsin_sqrt": lambda: np.arcsin(np.sqrt(one)),
        "freeman_tukey_sqrt": lambda: (np.sqrt(one) + np.sqrt(one + 1)) / 2,
        "freeman_tukey_arcsin": lambda: (
            (np.arcsin(np.sqrt(n * one / (n + 1))) + np.arcsin(np.sqrt((n * one + 1) / (n + 1))))
            / 2
        ),
        "angular_degrees": lambda: _angle(one, n, summary.get("ends", (0.0, 90.0))),
        "sn_larger": lambda: -10 * np.log10((1 / readings**2).mean(axis=1)),
        "sn_smaller": lambda: -10 * np.log10((readings**2).mean(axis=1)),
        "sn_nominal": lambda: (
            10 * np.log10(readings.mean(axis=1) ** 2 / readings.var(axis=1, ddof=1))
        ),
    }[summary["statistic"]]()
    found = found.round(summary["round"]) if summary.get("round") is not None else found
    return pd.Series(found, name=summary["statistic"])


def _angle(counts: pd.Series, n: float, ends: tuple[float, float]) -> pd.Series:
    angle = np.degrees(np.arcsin(np.sqrt(counts / n)))
    return angle.where(counts > 0, ends[0]).where(counts < n, ends[1])


def _settings(entry: dict[str, Any], table: pd.DataFrame, as_printed: bool) -> pd.DataFrame:
    runs = entry["runs"]
    rounded = {} if as_printed else (runs.get("exact") or {})
    exact = {float(k): float(v) for k, v in rounded.items()}
    blends = [f for f in entry["factors"] if f.get("coding") == "pseudocomponent"]
    span = float(runs.get("mixture_total", 1)) - sum(float(f["low"]) for f in blends)
    return pd.DataFrame(
        {
            f["name"]: _setting(f, table[f["name"]], runs["coded"], exact, span)
            for f in entry["factors"]
        }
    )


def _setting(
    factor: dict[str, Any], column: pd.Series, coded: bool, exact: dict[float, float], span: float
) -> pd.Series:
    coding = factor.get("coding")
    if coding == "pseudocomponent":
        return (_exact(column.astype(float), exact) - factor["low"]) / span
    if coding == "none":
        return _exact(column.astype(float), exact)
    many = factor.get("levels") and len(factor["levels"]) > 2 and factor["type"] == "categorical"
    if coding == "name" or many:
        return column.astype(str)
    if coded:
        return _exact(column.astype(float), exact)
    if factor["type"] == "categorical":
        return _exact(column.map({factor["low"]: -1.0, factor["high"]: 1.0}), exact)
    centre, half = (factor["high"] + factor["low"]) / 2, (factor["high"] - factor["low"]) / 2
    return _exact((column.astype(float) - centre) / half, exact)


def _exact(column: pd.Series, exact: dict[float, float]) -> pd.Series:
    """Settings printed rounded, such as 1.41 for the root of 2, as they are."""
    for printed, value in exact.items():
        column = column.mask(np.isclose(column.abs(), printed), np.sign(column) * value)
    return column
