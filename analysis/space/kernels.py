"""The inner loops of the design space: does a draw keep all limits, and where.

They are written for the compiler: single precision, no branch in a loop over draws.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WIDEST = 63
"""Columns of a map: one bit of a word each."""

_BLOCK = 256  # draws whose coefficients stay in the first-level cache
_ZERO, _ONE, _FOUR, _HALF = (np.float32(v) for v in (0, 1, 4, 0.5))
_TINY = np.float32(1e-12)  # in standard deviations of a run: nothing
_FAR = np.float32(4096)  # columns: single precision tells differences of a two-thousandth there
_BIT = np.uint64(1)


@njit(cache=True)
def count_map(  # type: ignore[no-untyped-def]
    weights, values, exponents, place, step, response, sign, limit, counts
):
    """Add up, for each point of a map over two factors, the draws that keep every limit there.

    Args:
        weights: Of the monomials (J x P x n).
        values: Coded values of all factors (k x n): of the two on the map the draw's error about
            the map's centre, of the others their setting with the draw's error.
        exponents: Of the monomials (P x k), at most two over the factors on the map.
        place: Positions of the factor across the map and of the one up.
        step: From one column, and from one row, to the next (coded, float32).
        response: Response of each limit (L).
        sign: 1 where the response must be above the limit, -1 where below (L, float32).
        limit: The limits (L, float32).
        counts: Added to (rows x columns).
    """
    n = weights.shape[2]
    rows, columns = counts.shape
    surfaces = np.empty((weights.shape[0], 6, _BLOCK), np.float32)
    vertices = np.empty((response.size, 5, _BLOCK), np.float32)
    outside = np.empty((response.size, _BLOCK), np.int32)
    far = np.empty((response.size, _BLOCK), np.int32)
    strays = np.empty(response.size, np.int64)
    first, last = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    kept = np.empty(_BLOCK, np.uint64)
    middle = np.float32(0.5 * (rows - 1))
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        size = stop - start
        _collapse(weights, values, start, stop, exponents, place, step, surfaces)
        for k in range(response.size):
            surface = surfaces[response[k]]
            strays[k] = _find_vertices(
                surface, size, limit[k], sign[k], rows, columns, vertices[k], outside[k], far[k]
            )
        for row in range(rows):
            t = np.float32(row) - middle
            kept[:] = ~np.uint64(0)
            for k in range(response.size):
                surface, found = surfaces[response[k]], far[k, : strays[k]]
                if found.size > size // 8:
                    _roots_apart(surface, size, limit[k], t, columns, first, last)
                else:
                    _roots_about_vertex(vertices[k], size, t, columns, first, last)
                    for i in found:
                        first[i], last[i] = _roots(surface, i, limit[k], t, columns)
                for i in range(size):
                    between = (_BIT << np.uint64(last[i])) - (_BIT << np.uint64(first[i]))
                    kept[i] &= between ^ np.uint64(np.int64(outside[k, i]))
            _count_bits(kept, size, counts[row])


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _collapse(  # type: ignore[no-untyped-def]
    weights, values, start, stop, exponents, place, step, surfaces
):
    """Each draw's surface over the map: coefficients of 1, s, t, s*s, s*t and t*t.

    s and t count columns and rows from the middle. Every draw has its own set-point errors, so
    its own surface.
    """
    size = stop - start
    x, y = values[place[0], start:stop], values[place[1], start:stop]
    right, up = step[0], step[1]
    others = np.empty(size, np.float32)
    surfaces[:] = _ZERO
    for p in range(exponents.shape[0]):
        others[:] = _ONE
        for f in range(exponents.shape[1]):
            if f != place[0] and f != place[1]:
                for _ in range(exponents[p, f]):
                    for i in range(size):
                        others[i] *= values[f, start + i]
        a, b = exponents[p, place[0]], exponents[p, place[1]]
        for j in range(weights.shape[0]):
            w = weights[j, p, start:stop]
            c0 = surfaces[j, 0]
            if a == 1 and b == 1:
                c1, c2, c4 = surfaces[j, 1], surfaces[j, 2], surfaces[j, 4]
                for i in range(size):
                    v = w[i] * others[i]
                    c0[i] += v * x[i] * y[i]
                    c1[i] += v * y[i] * right
                    c2[i] += v * x[i] * up
                    c4[i] += v * right * up
            elif a == 0 and b == 0:
                for i in range(size):
                    c0[i] += w[i] * others[i]
            elif a + b == 1:
                z, h, c = (x, right, surfaces[j, 1]) if a else (y, up, surfaces[j, 2])
                for i in range(size):
                    v = w[i] * others[i]
                    c0[i] += v * z[i]
                    c[i] += v * h
            else:
                z, h, c = (x, right, surfaces[j, 1]) if a else (y, up, surfaces[j, 2])
                cc = surfaces[j, 3] if a else surfaces[j, 5]
                for i in range(size):
                    v = w[i] * others[i]
                    c0[i] += v * z[i] * z[i]
                    c[i] += v * z[i] * (h + h)
                    cc[i] += v * (h * h)
    for j in range(weights.shape[0]):
        _bend(surfaces[j, 3], size)


@njit(cache=True)
def _bend(curvature, size):  # type: ignore[no-untyped-def]
    """A straight row becomes a quadratic as well: bent by nothing that could be seen."""
    for i in range(size):
        if np.abs(curvature[i]) < _TINY:
            curvature[i] = _TINY


# Along a row a draw's response is a quadratic in the column, so where it keeps a limit follows
# from two roots: from column ``first`` up to before ``last``, or all but these. Mostly the roots
# are told by how far they lie from the vertex, which takes no division in a row; where the vertex
# is so far off that their difference would be lost, they are found one by one.


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _find_vertices(  # type: ignore[no-untyped-def]
    surface, size, bound, sign, rows, columns, vertex, outside, far
):
    """What of the roots in all rows can be told beforehand.

    Args:
        surface: Coefficients of each draw (6 x n).
        size: Draws.
        bound: The limit.
        sign: As in `count_map`.
        rows: Of the map.
        columns: Of the map.
        vertex: Set to the place of the vertex by row (2 coefficients), and the square of the
            roots' distance from it (3 coefficients).
        outside: Set to -1 where the limit is kept on the outside of the roots, else 0.
        far: Set to the draws whose vertex is far off.

    Returns:
        How many are far off.
    """
    c0, c1, c2, c3, c4, c5 = surface
    reach, count = np.float32(0.5 * rows), 0
    shifted = np.float32(0.5 * (columns + 1))  # columns count from 0, and ends to the next
    for i in range(size):
        inverse = _ONE / c3[i]
        m0, m1 = -_HALF * c1[i] * inverse, -_HALF * c4[i] * inverse
        vertex[0, i] = m0 + shifted
        vertex[1, i] = m1
        vertex[2, i] = m0 * m0 - (c0[i] - bound) * inverse
        vertex[3, i] = (m0 + m0) * m1 - c2[i] * inverse
        vertex[4, i] = m1 * m1 - c5[i] * inverse
        outside[i] = np.int32(0) if sign * c3[i] < _ZERO else np.int32(-1)
    for i in range(size):
        if not np.abs(vertex[0, i]) + reach * np.abs(vertex[1, i]) < _FAR:
            far[count] = i
            count += 1
    return count


@njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _roots_about_vertex(vertex, size, t, columns, first, last):  # type: ignore[no-untyped-def]
    """Where the columns between the roots begin and end in the row at t; a draw each."""
    edge = np.float32(columns)
    for i in range(size):
        middle = vertex[0, i] + t * vertex[1, i]
        square = vertex[2, i] + t * (vertex[3, i] + t * vertex[4, i])
        apart = np.sqrt(square if square > _ZERO else _ZERO)
        low, high = middle - apart, middle + apart
        low = low if low > _ZERO else _ZERO
        high = high if high > _ZERO else _ZERO
        first[i] = np.int32(low if low < edge else edge)
        last[i] = np.int32(high if high < edge else edge)


@njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"})
def _roots(surface, i, bound, t, columns):  # type: ignore[no-untyped-def]
    """The same of one draw by the formula that loses nothing."""
    edge, shifted = np.float32(columns), np.float32(0.5 * (columns + 1))
    a = surface[3, i]
    b = surface[1, i] + t * surface[4, i]
    c = surface[0, i] + t * (surface[2, i] + t * surface[5, i]) - bound
    inner = b * b - _FOUR * a * c
    root = np.sqrt(inner if inner > _ZERO else _ZERO)
    q = -_HALF * (b + (root if b >= _ZERO else -root))
    both = _ONE / (a * q)  # one division for the roots q / a and c / q; where q is nought there
    one = q * q * both  # is no root, and what comes out is not used
    two = c * a * both
    low = (one if one < two else two) + shifted
    high = (two if one < two else one) + shifted
    low = low if low > _ZERO else _ZERO
    low = low if low < edge else edge
    high = high if high < edge else edge
    return np.int32(low), np.int32(high if (inner > _ZERO) & (high > low) else low)


@njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"})
def _roots_apart(surface, size, bound, t, columns, first, last):  # type: ignore[no-untyped-def]
    """The same of every draw."""
    for i in range(size):
        first[i], last[i] = _roots(surface, i, bound, t, columns)


@njit(cache=True)
def _count_bits(words, size, counts):  # type: ignore[no-untyped-def]
    """Add to each count how many of at most 511 words have its bit: nine-bit sums, all at once."""
    p0 = p1 = p2 = p3 = p4 = p5 = p6 = p7 = p8 = np.uint64(0)
    words[size:] = np.uint64(0)
    for i in range(0, size, 4):  # four words into the two lowest places, one carry onwards
        a, b, c, d = words[i], words[i + 1], words[i + 2], words[i + 3]
        half = p0 ^ a
        one, p0 = (p0 & a) | (half & b), half ^ b
        half = p0 ^ c
        two, p0 = (p0 & c) | (half & d), half ^ d
        half = p1 ^ one
        carry, p1 = (p1 & one) | (half & two), half ^ two
        p2, carry = p2 ^ carry, p2 & carry
        p3, carry = p3 ^ carry, p3 & carry
        p4, carry = p4 ^ carry, p4 & carry
        p5, carry = p5 ^ carry, p5 & carry
        p6, carry = p6 ^ carry, p6 & carry
        p7, carry = p7 ^ carry, p7 & carry
        p8 ^= carry
    planes = (p0, p1, p2, p3, p4, p5, p6, p7, p8)
    for column in range(counts.size):
        total = np.int64(0)
        for plane in range(9):
            total += np.int64((planes[plane] >> np.uint64(column)) & _BIT) << plane
        counts[column] += total


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def count_kept_at(  # type: ignore[no-untyped-def]
    weights, shift, exponents, points, low, high, counts
):
    """The same by the plain loop: any points, any polynomial.

    Args:
        weights: Of the monomials (J x P x n).
        shift: Set-point errors (k x n).
        exponents: Of the monomials (P x k).
        points: Coded points (m x k, float32).
        low: Smallest acceptable values (J, float32).
        high: Largest.
        counts: Added to (m).
    """
    responses, monomials, n = weights.shape
    value = np.empty((monomials, n), np.float32)
    kept = np.empty(n, np.int32)
    response = np.empty(n, np.float32)
    for q in range(points.shape[0]):
        for p in range(monomials):
            v = value[p]
            v[:] = _ONE
            for f in range(exponents.shape[1]):
                for _ in range(exponents[p, f]):
                    for i in range(n):
                        v[i] *= points[q, f] + shift[f, i]
        kept[:] = 1
        for j in range(responses):
            response[:] = _ZERO
            for p in range(monomials):
                w, v = weights[j, p], value[p]
                for i in range(n):
                    response[i] += w[i] * v[i]
            for i in range(n):
                kept[i] &= np.int32(response[i] >= low[j]) & np.int32(response[i] <= high[j])
        counts[q] += kept.sum()
