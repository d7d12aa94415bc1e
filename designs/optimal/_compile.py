"""Compiling with numba: machine code is kept on disk, and made anew when any source here changes.

numba's cache looks only at the file of the function itself, while kernels here call kernels of
other files. The name under which one is kept therefore carries a fingerprint of this folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

_FINGERPRINT = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("_*.py")))
).hexdigest()[:12]


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that Python calls, on its first call."""
    return _compiled(function, no_cfunc_wrapper=True)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that only kernels call: without a face to Python it compiles faster."""
    return _compiled(function, no_cfunc_wrapper=True, no_cpython_wrapper=True)


def _compiled(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    compiler: Any = njit  # its annotations leave these options out
    function.__qualname__ = f"{function.__qualname__}_{_FINGERPRINT}"
    try:
        compiled = compiler(cache=True, error_model="numpy", **options)(function)
    except RuntimeError:  # no folder that the cache could be written to
        compiled = compiler(error_model="numpy", **options)(function)
    return cast(Callable[P, R], compiled)
