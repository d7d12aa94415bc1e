"""The reference catalogue of the process-improve package: its entries, checks and rounding.

809 published experiments, each with its runs and every number its source prints. A check says how
a number is computed; the reading of its fields follows the catalogue's own documentation. The
files are read in place, from the environment that `make catalogue` makes.
"""

from __future__ import annotations

import ast
import json
import math
import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

ENVIRONMENT = Path(__file__).parent / ".venv"
_FILES = "lib/python3*/site-packages/process_improve/datasets/experiments/reference_catalogue"


@dataclass(frozen=True)
class Check:
    """One number that a source prints.

    Attributes:
        source: Key of the book or paper.
        entry: The experiment or design: factors, runs, responses.
        what: What the source calls the number.
        term: Of which term, run or response.
        how: How to compute it; empty where the catalogue does not say.
        printed: The number as printed.
    """

    source: str
    entry: dict[str, Any]
    what: str
    term: str | None
    how: dict[str, Any]
    printed: Any

    @property
    def kind(self) -> str:
        return str(self.how.get("kind", ""))

    @property
    def known_to_differ(self) -> str | None:
        """The catalogue's reason why the source's own data give another number."""
        return self.how.get("disagreement") and str(self.how.get("cause"))


def folder() -> Path | None:
    """The folder of the catalogue's files; None where the environment is not made."""
    return next(iter(sorted(ENVIRONMENT.glob(_FILES))), None)


def checks(files: Path) -> Iterator[Check]:
    """Every printed number of the catalogue, in the order of its files."""
    for path in sorted(files.glob("*.json")):
        if path.name == "topics.json":
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        for entry in [*content.get("experiments", []), *content.get("designs", [])]:
            for row in entry["expected"]:
                hows = row.get("check") or {}
                for how in hows if isinstance(hows, list) else [hows]:
                    printed = how.get("printed", row["value"])
                    yield Check(path.stem, entry, row["what"], row.get("term"), how, printed)


_NUMBER = re.compile(r"([<>]=?|[≤≥])?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*%?")
_SUMS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Printed:
    """A printed number and how far from it its rounding reaches."""

    text: str

    @cached_property
    def parts(self) -> tuple[str, str]:
        plain = self.text.replace("\u2212", "-").replace("\u2009", "").replace(",", "").strip()
        found = _NUMBER.fullmatch(plain)
        if found is None:
            raise ValueError(f"not a number: {self.text!r}")
        return found[1] or "", found[2]

    @property
    def value(self) -> float:
        return float(self.parts[1])

    @property
    def half_unit(self) -> float:
        exponent = int(Decimal(self.parts[1]).as_tuple().exponent)
        half = 0.5 * 10.0**exponent
        return half + min(1e-9, half * 1e-3)


def deviation(ours: float, check: Check, slack: float = 0.0) -> float:
    """Our number's distance from the printed one in units of what rounding accounts for."""
    how, text = check.how, str(check.printed)
    if how.get("expression"):
        exact = _sum(text)
        return abs(ours - exact) / (1e-9 * max(1.0, abs(exact), abs(ours)))
    printed = Printed(text)
    decimals = how.get("decimals")
    half = printed.half_unit if decimals is None else 0.5 * 10.0**-decimals
    allowed = how.get("of_rounded", 1) * half + slack
    sign = printed.parts[0]
    if (sign[:1] in ("<", "≤") and ours < printed.value) or (
        sign[:1] in (">", "≥") and ours > printed.value
    ):
        return 0.0
    return abs(ours - printed.value) / allowed if math.isfinite(ours) else math.inf


def _sum(text: str) -> float:
    def value(node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.UnaryOp):
            return -value(node.operand) if isinstance(node.op, ast.USub) else value(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
            return float(_SUMS[type(node.op)](value(node.left), value(node.right)))
        raise ValueError(f"not a sum: {text!r}")

    return value(ast.parse(text, mode="eval").body)
