"""What the kernels take and give: tuples of arrays, because compiled code knows no classes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

Rules: TypeAlias = tuple[Whole, Whole, Array, Array]
"""Where each program begins (one more than there are), operations, their numbers, factor scales."""

Problem: TypeAlias = tuple[
    Whole, Whole, Whole, Whole, Whole, Whole, Array, Whole, Mask, Whole, Mask
]
"""Levels (k), parts of columns (p x parts x 2), columns and functions that hold each factor, their
other parts, where each factor's begin (k + 1), highest functions (k), values to try (k x values),
how many (k), whether values between may be taken (k), strata (k), what may change (n x k)."""

Groups: TypeAlias = tuple[Whole, Whole, Array]
"""First and one past the last run of each run's group by stratum (s x n), runs themselves first;
inverse covariance of the runs (n x n)."""

Criterion: TypeAlias = tuple[Array, Array, bool]
"""Prior information P, loss matrix L (p x p); whether tr(L D) counts, or log det M."""

Held: TypeAlias = tuple[Array, Array]
Forms: TypeAlias = tuple[Array, Array, Array, Array, Array, Array]
Work: TypeAlias = tuple[Array, Array, Array, Array, Array]

GroupRoom: TypeAlias = tuple[Forms, Held, Work, Array, Array, Array]
"""Room that all groups share, so that none is asked for in the loops."""

RunRoom: TypeAlias = tuple[
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
    Array,
]
"""The same for runs of their own: g, D g', W g', d, D d', W d', the factor's columns; the forms of
D and of W by functions, each with those of g; functions now, their change; a rule's numbers."""
