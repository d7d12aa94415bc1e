"""Compiled: rows of the model at coded points, and whether points keep the rules."""

from __future__ import annotations

import math

import numpy as np

from designs.optimal._compile import inner, kernel
from designs.optimal._types import Array, Mask, Rules, Whole

DEEPEST = 32
"""Numbers that a rule's program may have at hand at once."""


@inner
def phi(levels: int, x: float, code: int) -> float:
    """Basis function ``code`` of a factor at coded value x: a power, or a level's effect column."""
    if levels == 0:
        value = 1.0
        for _ in range(code):
            value *= x
        return value
    if x == code:
        return 1.0
    return -1.0 if x == 0 else 0.0


@kernel
def model_rows(x: Array, levels: Whole, parts: Whole) -> Array:
    """The model matrix (n x p) of coded points (n x k)."""
    rows = np.ones((x.shape[0], parts.shape[0]))
    for i in range(x.shape[0]):
        for c in range(parts.shape[0]):
            for w in range(parts.shape[1]):
                j = parts[c, w, 0]
                if j >= 0:
                    rows[i, c] *= phi(levels[j], x[i, j], parts[c, w, 1])
    return rows


@inner
def holds(point: Array, rules: Rules, stack: Array) -> bool:
    """Whether a coded point keeps every rule (postfix programs, see `designs.optimal.rules`)."""
    starts, ops, numbers, scales = rules
    for r in range(starts.shape[0] - 1):
        top = -1
        for at in range(starts[r], starts[r + 1]):
            op = ops[at]
            if op == 0:
                top += 1
                stack[top] = numbers[at]
            elif op == 1:
                j = int(numbers[at])
                top += 1
                value = scales[j, 0] + scales[j, 1] * point[j]
                if scales[j, 2] != 0.0:
                    value = 10.0**value
                stack[top] = scales[j, 3] + scales[j, 4] * value
            elif op < 20:
                stack[top] = _one(op, stack[top])
            else:
                top -= 1
                stack[top] = _two(op, stack[top], stack[top + 1])
        if not stack[0] > 0.0:
            return False
    return True


@inner
def _one(op: int, a: float) -> float:
    if op == 10:
        return -a
    if op == 11:
        return 0.0 if a > 0.0 else 1.0
    if op == 12:
        return math.log(a) if a > 0.0 else np.nan
    if op == 13:
        return math.log10(a) if a > 0.0 else np.nan
    if op == 14:
        return math.exp(min(a, 700.0))
    if op == 15:
        return math.sqrt(a) if a >= 0.0 else np.nan
    return abs(a)


@inner
def _two(op: int, a: float, b: float) -> float:
    slack = 1e-9 * max(1.0, abs(a), abs(b))
    if op == 20:
        return a + b
    if op == 21:
        return a - b
    if op == 22:
        return a * b
    if op == 23:
        return a / b if b != 0.0 else np.nan
    if op == 24:
        return a**b if a > 0.0 or (b == math.floor(b) and a != 0.0) else (0.0 if b > 0 else np.nan)
    if op == 25:
        return 1.0 if a <= b + slack else 0.0
    if op == 26:
        return 1.0 if a < b - slack else 0.0
    if op == 27:
        return 1.0 if abs(a - b) <= slack else 0.0
    if op == 28:
        return 1.0 if a > 0.0 and b > 0.0 else 0.0
    if op == 29:
        return 1.0 if a > 0.0 or b > 0.0 else 0.0
    return min(a, b) if op == 30 else max(a, b)


@kernel
def kept(x: Array, rules: Rules) -> Mask:
    """Which of coded points (n x k) keep every rule."""
    found, stack = np.empty(x.shape[0], dtype=np.bool_), np.empty(DEEPEST)
    for i in range(x.shape[0]):
        found[i] = holds(x[i], rules, stack)
    return found
