"""Linear constraints among the components of a mixture, read from text.

Such as ``glucose + 2*glycerol <= 10 g/L``, ``glucose >= glycerol`` or
``2 g/L <= glucose + glycerol <= 8 g/L``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import Mixture
from quantities import QuantityError, convert, parse_quantity, same_dimension

Array = NDArray[np.float64]

_NUMBER = r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+"
_TERM = re.compile(
    rf"\s*(?P<sign>[+-]?)\s*(?:(?:(?P<times>{_NUMBER})\s*\*\s*)?(?P<name>[A-Za-z]\w*)"
    rf"|(?P<quantity>(?:{_NUMBER})\s*[^\s+\-*<>=]*))\s*"
)
_COMPARISON = re.compile(r"<=|>=")


def linear_constraints(mixture: Mixture, texts: Sequence[str]) -> tuple[Array, Array]:
    """Constraints on amounts as ``A x <= b`` in coded components.

    Args:
        mixture: The components.
        texts: One or two comparisons each.

    Returns:
        A (r x q) and b (r).

    Raises:
        DesignError: A constraint that is not linear, or names what is no component.
    """
    rows: list[Array] = []
    for number, text in enumerate(texts):
        loc = ("constraints", str(number))
        sides = [_side(mixture, part, text, loc) for part in _COMPARISON.split(text)]
        signs = _COMPARISON.findall(text)
        if not signs:
            raise _unreadable(text, "it needs <= or >=", loc)
        for left, sign, right in zip(sides, signs, sides[1:], strict=False):
            rows.append(left - right if sign == "<=" else right - left)
    found = np.array(rows).reshape(-1, len(mixture) + 1)
    weights, constants = found[:, :-1], found[:, -1]
    scale = mixture.whole - mixture.lows.sum()
    return weights * scale, -constants - weights @ mixture.lows


def _side(mixture: Mixture, side: str, text: str, loc: tuple[str, ...]) -> Array:
    """The weight of each component's amount, then the constant."""
    weights, at, names = np.zeros(len(mixture) + 1), 0, list(mixture)
    while at < len(side) or at == 0:
        term = _TERM.match(side, at)
        if term is None or (at > 0 and not term["sign"]):
            raise _unreadable(text, "write it such as 'a + 2*b <= 5 g/L'", loc)
        sign = -1.0 if term["sign"] == "-" else 1.0
        if term["quantity"] is not None:
            weights[-1] += sign * _amount(mixture, term["quantity"], text, loc)
        elif term["name"] in names:
            weights[names.index(term["name"])] += sign * float(term["times"] or 1)
        else:
            listed = ", ".join(names)
            raise _unreadable(text, f"'{term['name']}' is none of the components {listed}", loc)
        at = term.end()
    return weights


def _amount(mixture: Mixture, written: str, text: str, loc: tuple[str, ...]) -> float:
    unit = next(iter(mixture.values())).unit
    try:
        quantity = parse_quantity(written.strip())
    except QuantityError as error:
        raise _unreadable(text, str(error), loc) from error
    if quantity.written_value == 0 and not quantity.written_unit:
        return 0.0
    if not same_dimension(quantity.written_unit, unit):
        raise _unreadable(text, f"'{written.strip()}' is no amount in {unit}", loc)
    return convert(quantity.written_value, quantity.written_unit, unit)


def _unreadable(text: str, reason: str, loc: tuple[str, ...]) -> DesignError:
    return DesignError(f"'{text}' cannot be read as a constraint: {reason}", loc)
