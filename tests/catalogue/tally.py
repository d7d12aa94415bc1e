"""Every number of the catalogue beside ours, counted by source, scope and agreement."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from patsy import PatsyError
from scipy import stats

from analysis.errors import ModelError
from designs import DesignError
from tests.catalogue.entries import Check, checks, deviation
from tests.catalogue.fits import Fits
from tests.catalogue.formulas import OutOfScope
from tests.catalogue.numbers import number

AGREES, MISPRINT, DIFFERS, OUT = "agrees", "known to differ", "differs", "out of scope"


_UNREADABLE = (
    PatsyError, ValueError, KeyError, IndexError, TypeError, DesignError, np.linalg.LinAlgError,
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What came of one number."""

    check: Check
    outcome: str
    ours: float | None
    reason: str
    deviation: float = 0.0


def verdicts(files: Path) -> list[Verdict]:
    """One per number of the catalogue."""
    fits = Fits()
    return [judge(check, fits) for check in checks(files)]


def judge(check: Check, fits: Fits) -> Verdict:
    """Compute one number and compare it with the printed one."""
    try:
        ours = number(check, fits)
        slack = _carried(check, fits) if check.how.get("data_rounding") else 0.0
        apart = deviation(ours, check, slack)
    except (OutOfScope, ModelError) as reason:
        return Verdict(check, OUT, None, str(reason))
    except (
        PatsyError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        DesignError,
        np.linalg.LinAlgError,
    ) as e:
        return Verdict(check, OUT, None, f"not readable here: {type(e).__name__}")
    if apart <= 1:
        return Verdict(check, AGREES, ours, "", apart)
    if check.known_to_differ:
        return Verdict(check, MISPRINT, ours, check.known_to_differ, apart)
    return Verdict(check, DIFFERS, ours, "", apart)


def _carried(check: Check, fits: Fits) -> float:
    """How far the rounding of the responses as printed may carry into a number."""
    rounding = check.how["data_rounding"]
    if check.kind == "nested_test":
        return _carried_into_test(check, fits, rounding)
    f = fits.of(check)
    halves = _halves(f.y.to_numpy(float), rounding)
    q, _ = np.linalg.qr(f.model.matrix)
    y = f.y.to_numpy(float)
    rest = y - q @ (q.T @ y)
    if check.kind == "coefficient":
        row = f.row(check.how["term"])
        return float(np.abs(row @ np.linalg.pinv(f.model.matrix)) @ halves)
    share = f.model.df_residual if check.kind == "ms_residual" else 1
    return float(np.abs(2 * rest / share) @ halves)


def _carried_into_test(check: Check, fits: Fits, rounding: dict[str, int]) -> float:
    small, full = (fits.of(check, check.how[k]) for k in ("model", "full"))
    y = full.y.to_numpy(float)
    halves = _halves(y, rounding)

    def rest(f: object) -> np.ndarray:
        q, _ = np.linalg.qr(f.model.matrix)  # type: ignore[attr-defined]
        return np.asarray(y - q @ (q.T @ y))

    a, b = rest(small), rest(full)
    df, df_error = small.model.df_residual - full.model.df_residual, full.model.df_residual
    if check.how["key"] in ("ss", "ms"):
        share = df if check.how["key"] == "ms" else 1
        return float(np.abs(2 * (a - b) / share) @ halves)
    ratio = (a @ a - b @ b) / df / (b @ b / df_error)
    slope = 2 * df_error / df * (a / (b @ b) - b * (a @ a) / (b @ b) ** 2)
    moved = float(np.abs(slope) @ halves)
    if check.how["key"] == "f":
        return moved
    if check.how["key"] == "p":
        low = stats.f.sf(ratio + moved, df, df_error)
        high = stats.f.sf(max(ratio - moved, 0.0), df, df_error)
        return float(high - low)
    return 0.0


def _halves(y: np.ndarray, rounding: dict[str, int]) -> np.ndarray:
    if "decimals" in rounding:
        return np.full(len(y), 0.5 * 10.0 ** -rounding["decimals"])
    return 0.5 * 10.0 ** (np.floor(np.log10(np.abs(y))) - rounding["significant"] + 1)


def summary(found: list[Verdict]) -> str:
    """The counts as a table, the reasons for what is out of scope, and what differs."""
    sources = sorted({v.check.source for v in found})
    lines = ["| source | data sets | numbers | out of scope | agree | known to differ | differ |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for source in [*sources, "all"]:
        of = [v for v in found if source in (v.check.source, "all")]
        count = Counter(v.outcome for v in of)
        sets = {(v.check.source, v.check.entry["name"]) for v in of if v.outcome != OUT}
        numbers = [len(sets), len(of), count[OUT], count[AGREES], count[MISPRINT], count[DIFFERS]]
        lines.append(f"| {source} | {' | '.join(map(str, numbers))} |")
    reasons = Counter(v.reason for v in found if v.outcome == OUT)
    lines += ["", "Out of scope:", ""]
    lines += [f"- {n} x {reason}" for reason, n in reasons.most_common()]
    causes = Counter(v.reason for v in found if v.outcome == MISPRINT)
    told = ", ".join(f"{cause.replace('_', ' ')} {n}" for cause, n in causes.most_common())
    lines += ["", f"Known to differ, by the catalogue's cause: {told}."]
    return "\n".join(lines)


def worst(found: list[Verdict], count: int = 60) -> str:
    """The numbers that differ, one line each."""
    lines = [
        f"{v.check.source} {v.check.entry['name']}: {v.check.what} {v.check.term or ''} "
        f"({v.check.kind} {v.check.how.get('model', '')}): printed {v.check.printed}, ours "
        f"{v.ours}"
        for v in found
        if v.outcome == DIFFERS
    ]
    return "\n".join(lines[:count])
