"""Finite fields as far as designs need them: which differences of elements are squares."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Element = tuple[int, ...]
"""Coefficients of a polynomial, the constant first."""

_HIGHEST_DEGREE = 3  # up to three, a polynomial without a root is irreducible


@cache
def prime_power(number: int) -> tuple[int, int] | None:
    """The prime p and the exponent n with ``number = p^n``, n at most three; None otherwise."""
    for exponent in range(1, _HIGHEST_DEGREE + 1):
        root = round(number ** (1 / exponent))
        if root > 1 and root**exponent == number and all(root % d for d in range(2, root)):
            return root, exponent
    return None


def jacobsthal(order: int) -> NDArray[np.float64]:
    """The matrix (q x q) that is 1 where the difference of two elements is a square, else -1.

    Args:
        order: Number of elements q of the field, a power of an odd prime.

    Returns:
        Symmetric for q = 1 (mod 4), skew for q = 3 (mod 4), zero on the diagonal. Times its
        transpose it is ``q I - J``.

    Raises:
        ValueError: There is no such field here.
    """
    found = prime_power(order)
    if found is None or order % 2 == 0:
        raise ValueError(f"no field of {order} elements is known here")
    prime, degree = found
    elements = [digits[::-1] for digits in product(range(prime), repeat=degree)]
    modulus = _irreducible(prime, degree)
    squares = {_times(element, element, modulus, prime) for element in elements[1:]}
    character = np.array([0.0] + [1.0 if e in squares else -1.0 for e in elements[1:]])
    digits = np.array(elements)
    differences = (digits[:, None, :] - digits[None, :, :]) % prime
    return np.asarray(character[differences @ prime ** np.arange(degree)])


def _irreducible(prime: int, degree: int) -> Element:
    """The lower coefficients of a monic polynomial that has no factor."""
    for lower in product(range(prime), repeat=degree):
        values = (sum(c * x**k for k, c in enumerate((*lower, 1))) % prime for x in range(prime))
        if degree == 1 or all(values):
            return lower
    raise AssertionError("every degree has an irreducible polynomial")


def _times(first: Element, second: Element, modulus: Element, prime: int) -> Element:
    degree = len(modulus)
    result = np.convolve(first, second)
    for power in range(len(result) - 1, degree - 1, -1):
        leading = int(result[power])
        result[power - degree : power + 1] -= leading * np.array([*modulus, 1])
    return tuple(int(c) % prime for c in result[:degree])
