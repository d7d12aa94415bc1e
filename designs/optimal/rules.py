"""Rules that every run must keep, read from text: ``feed_rate + 2 * base <= 6 g/L/h``.

A rule is arithmetic over factors (``+ - * / ^``, ``log``, ``log10``, ``exp``, ``sqrt``, ``abs``,
``min``, ``max``), compared by ``<= < >= > == !=`` (also twice: ``1 g/L <= a + b <= 3 g/L``) and
joined by ``and``, ``or``, ``not``. Quantities carry their units; a level of a categorical factor
stands as a word or in quotes: ``medium != "rich LB"``. Nothing is evaluated as Python: a rule
becomes a program of a stack machine, which `designs.optimal._points.holds` runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from designs.errors import DesignError
from designs.factors import CategoricalFactor, ContinuousFactor, Factors
from designs.optimal._points import DEEPEST
from designs.optimal._types import Rules
from quantities import QuantityError, canonical_unit, convert, parse_quantity

_CONSTANT, _FACTOR, _NOT = 0, 1, 11
_FUNCTIONS = {"log": 12, "log10": 13, "exp": 14, "sqrt": 15, "abs": 16, "min": 30, "max": 31}
_SIGNS = {"+": 20, "-": 21, "*": 22, "/": 23, "^": 24}
_AND, _OR, _NEGATIVE = 28, 29, 10
_COMPARISONS = {"<=": (25, False), "<": (26, False), ">=": (25, True), ">": (26, True)}
_EQUAL = 27

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
    r"(?:\s*(?!(?:and|or)\b)[A-Za-zµ%°][\wµ%°/^·.]*)?)"
    r"|(?P<name>[A-Za-z]\w*)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<sign><=|>=|==|!=|[-+*/^()<>,]))"
)

_TRUTH = "a comparison"
_LEVEL = "a level"


@dataclass(frozen=True)
class _Part:
    """A piece of a program with what it gives.

    Attributes:
        steps: Operations with their numbers.
        unit: Canonical unit of the number it gives, None where that is not known; `_TRUTH` for
            the result of a comparison, `_LEVEL` for a categorical factor.
        factor: The categorical factor whose level it gives.
        word: A name that is no factor: perhaps a level.
    """

    steps: tuple[tuple[int, float], ...]
    unit: str | None = ""
    factor: str = ""
    word: str | None = None


def compiled(
    factors: Factors, constraints: Sequence[str], disallowed: Sequence[Mapping[str, Any]]
) -> Rules:
    """Programs of all rules.

    Args:
        factors: The factors the rules speak of, in the order of the coded columns.
        constraints: Each must hold in every run.
        disallowed: Each is a combination that no run may have: a level or comparison
            (``"> 35 degC"``) by factor.

    Raises:
        DesignError: A rule that cannot be read.
    """
    texts = [*constraints, *map(_forbidding, disallowed)]
    places = _places(constraints, disallowed)
    programs = [_Reader(factors, text, loc).rule() for text, loc in zip(texts, places, strict=True)]
    for program, loc in zip(programs, places, strict=True):
        if len(program) > DEEPEST * 4 or _depth(program) > DEEPEST:
            raise DesignError("this rule is too long", loc)
    starts = np.cumsum([0, *map(len, programs)])
    steps = [step for program in programs for step in program]
    return (
        starts.astype(np.int64),
        np.array([operation for operation, _ in steps], dtype=np.int64),
        np.array([number for _, number in steps], dtype=np.float64),
        np.array([_scale(factor) for factor in factors.free.values()]),
    )


def _places(*lists: Sequence[Any]) -> list[tuple[str, str]]:
    return [
        (name, str(number))
        for name, rules in zip(("constraints", "disallowed"), lists, strict=True)
        for number in range(len(rules))
    ]


def _forbidding(combination: Mapping[str, Any]) -> str:
    parts = []
    for name, raw in combination.items():
        text = str(raw).strip()
        if not text.startswith(("<", ">", "=", "!")):
            quote = "'" if '"' in text else '"'
            text = f"== {text}" if re.match(r"[-+.\d]", text) else f"== {quote}{text}{quote}"
        parts.append(f"{name} {text}")
    return f"not ({' and '.join(parts)})"


def _scale(factor: ContinuousFactor | CategoricalFactor) -> tuple[float, ...]:
    """Centre, half range, whether logarithmic; then offset and size of the canonical unit."""
    if isinstance(factor, CategoricalFactor):
        return (0.0, 1.0, 0.0, 0.0, 1.0)
    bounds = np.array([factor.low, factor.high])
    low, high = np.log10(bounds) if factor.scale == "log" else bounds
    offset, one = (convert(v, factor.unit, canonical_unit(factor.unit)) for v in (0.0, 1.0))
    return ((high + low) / 2, (high - low) / 2, float(factor.scale == "log"), offset, one - offset)


def _depth(program: Sequence[tuple[int, float]]) -> int:
    depth = deepest = 0
    for operation, _ in program:
        depth += 1 if operation < 2 else -1 if operation >= 20 else 0
        deepest = max(deepest, depth)
    return deepest


class _Reader:
    """Reads one rule by recursive descent."""

    def __init__(self, factors: Factors, text: str, loc: tuple[str, ...]) -> None:
        self._factors, self._text, self._loc = factors, text, loc
        self._tokens = list(self._split())
        self._at = 0

    def rule(self) -> tuple[tuple[int, float], ...]:
        part = self._either()
        if self._at < len(self._tokens):
            raise self._wrong(f"nothing can follow at '{self._tokens[self._at][1]}'")
        if part.unit != _TRUTH:
            raise self._wrong("it compares nothing; write such as 'a + b <= 3 g/L'")
        return part.steps

    def _wrong(self, reason: str) -> DesignError:
        return DesignError(f"'{self._text}' cannot be read as a rule: {reason}", self._loc)

    def _split(self) -> list[tuple[str, str]]:
        found, at, text = [], 0, self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise self._wrong(f"'{text[at:].strip()[0]}' means nothing here")
            found.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return found

    def _next(self, *wanted: str) -> str | None:
        """The next token if it is one of those wanted."""
        if self._at < len(self._tokens) and self._tokens[self._at][1] in wanted:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _either(self) -> _Part:
        part = self._both()
        while self._next("or"):
            part = self._joined(part, self._both(), _OR)
        return part

    def _both(self) -> _Part:
        part = self._negated()
        while self._next("and"):
            part = self._joined(part, self._negated(), _AND)
        return part

    def _joined(self, left: _Part, right: _Part, operation: int) -> _Part:
        if left.unit != _TRUTH or right.unit != _TRUTH:
            raise self._wrong("'and', 'or' and 'not' join comparisons")
        return _Part((*left.steps, *right.steps, (operation, 0.0)), _TRUTH)

    def _negated(self) -> _Part:
        if not self._next("not"):
            return self._comparison()
        part = self._negated()
        if part.unit != _TRUTH:
            raise self._wrong("'and', 'or' and 'not' join comparisons")
        return _Part((*part.steps, (_NOT, 0.0)), _TRUTH)

    def _comparison(self) -> _Part:
        left, found = self._sum(), None
        while sign := self._next(*_COMPARISONS, "==", "!="):
            right = self._sum()
            compared = self._compared(left, right, sign)
            found = compared if found is None else self._joined(found, compared, _AND)
            left = right
        return left if found is None else found

    def _compared(self, left: _Part, right: _Part, sign: str) -> _Part:
        left, right = self._level(left, right), self._level(right, left)
        if (left.unit == _LEVEL) != (right.unit == _LEVEL):
            raise self._wrong(f"{left.factor or right.factor} has levels and is no number")
        self._same_unit(left, right)
        if sign in _COMPARISONS:
            if left.unit == _LEVEL:
                raise self._wrong(f"the levels of {left.factor or right.factor} have no order")
            operation, turned = _COMPARISONS[sign]
            first, second = (right, left) if turned else (left, right)
            return _Part((*first.steps, *second.steps, (operation, 0.0)), _TRUTH)
        steps = (*left.steps, *right.steps, (_EQUAL, 0.0))
        return _Part(steps if sign == "==" else (*steps, (_NOT, 0.0)), _TRUTH)

    def _level(self, part: _Part, beside: _Part) -> _Part:
        """A word beside a categorical factor is one of its levels."""
        if part.word is None:
            return part
        factor = self._factors[beside.factor] if beside.factor else None
        if not isinstance(factor, CategoricalFactor):
            raise self._wrong(f"'{part.word}' is none of {', '.join(self._factors)}")
        if part.word not in factor.levels:
            raise self._wrong(f"'{part.word}' is none of the levels {', '.join(factor.levels)}")
        return _Part(((_CONSTANT, float(factor.levels.index(part.word))),), _LEVEL)

    def _same_unit(self, left: _Part, right: _Part) -> None:
        if left.unit is None or right.unit is None or left.unit == right.unit:
            return
        for number in (left, right):
            if number.unit == "" and len(number.steps) == 1 and number.steps[0][0] == _CONSTANT:
                other = right.unit if number is left else left.unit
                raise self._wrong(f"{number.steps[0][1]:g} needs a unit, such as {other}")
        raise self._wrong(
            f"it sets {left.unit or 'a plain number'} beside {right.unit or 'a plain number'}"
        )

    def _sum(self) -> _Part:
        part = self._product()
        while sign := self._next("+", "-"):
            right = self._product()
            self._number(part)
            self._number(right)
            self._same_unit(part, right)
            unit = part.unit if part.unit is not None else right.unit
            part = _Part((*part.steps, *right.steps, (_SIGNS[sign], 0.0)), unit)
        return part

    def _product(self) -> _Part:
        part = self._signed()
        while sign := self._next("*", "/"):
            right = self._signed()
            left_unit, right_unit = self._number(part), self._number(right)
            if right_unit == "":
                unit = left_unit
            elif left_unit == right_unit and sign == "/":
                unit = ""
            else:
                unit = right_unit if left_unit == "" and sign == "*" else None
            part = _Part((*part.steps, *right.steps, (_SIGNS[sign], 0.0)), unit)
        return part

    def _signed(self) -> _Part:
        if not self._next("-"):
            return self._power()
        part = self._signed()
        return _Part((*part.steps, (_NEGATIVE, 0.0)), self._number(part))

    def _power(self) -> _Part:
        base = self._atom()
        if not self._next("^"):
            return base
        exponent = self._signed()
        unit = "" if self._number(base) == "" and self._number(exponent) == "" else None
        return _Part((*base.steps, *exponent.steps, (_SIGNS["^"], 0.0)), unit)

    def _number(self, part: _Part) -> str | None:
        if part.word is not None:
            raise self._wrong(f"'{part.word}' is none of {', '.join(self._factors)}")
        if part.unit in (_TRUTH, _LEVEL):
            raise self._wrong("only numbers can be reckoned with")
        return part.unit

    def _atom(self) -> _Part:
        if self._at == len(self._tokens):
            raise self._wrong("it ends too early")
        kind, text = self._tokens[self._at]
        self._at += 1
        if text == "(":
            part = self._either()
            self._close()
            return part
        if kind == "number":
            return self._quantity(text)
        if kind == "text":
            return _Part((), word=text[1:-1].strip())
        if kind == "sign":
            raise self._wrong(f"'{text}' means nothing here")
        if text in _FUNCTIONS and self._next("("):
            return self._function(text)
        return self._named(text)

    def _close(self) -> None:
        if not self._next(")"):
            raise self._wrong("a ')' is missing")

    def _quantity(self, text: str) -> _Part:
        try:
            quantity = parse_quantity(text)
        except QuantityError as error:
            raise self._wrong(str(error)) from error
        return _Part(((_CONSTANT, quantity.value),), quantity.unit)

    def _named(self, name: str) -> _Part:
        if name not in self._factors:
            return _Part((), word=name)
        factor = self._factors[name]
        step = ((_FACTOR, float(list(self._factors).index(name))),)
        if isinstance(factor, CategoricalFactor):
            return _Part(step, _LEVEL, factor=name)
        return _Part(step, canonical_unit(factor.unit))

    def _function(self, name: str) -> _Part:
        first = self._sum()
        unit = self._number(first)
        if name not in ("min", "max"):
            self._close()
            kept = unit if name == "abs" else "" if unit == "" else None
            return _Part((*first.steps, (_FUNCTIONS[name], 0.0)), kept)
        if not self._next(","):
            raise self._wrong(f"{name} takes two numbers")
        second = self._sum()
        self._number(second)
        self._same_unit(first, second)
        self._close()
        return _Part((*first.steps, *second.steps, (_FUNCTIONS[name], 0.0)), unit)
