"""Compiling with numba so that a second start is fast and never wrong.

numba's disk cache looks at the time stamp of one function's own file. A kernel here calls kernels
of other files, so an edited parameter or rate could go unnoticed and the old machine code would be
run. Every kernel's qualified name (which names its cache file) therefore carries a fingerprint of
all sources of this room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


_FINGERPRINT = _fingerprint()


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function on its first call, and keep the machine code on disk."""
    return specialised(function, "kernel")


def specialised(function: Callable[P, R], name: str, **bound: Callable[..., Any]) -> Callable[P, R]:
    """Compile a function with some of its global names bound to other kernels.

    numba caches neither a closure over kernels nor kernels as arguments. A copy of the function
    that finds other kernels under its global names is an ordinary function to it.

    Args:
        function: the plain function, written against the global names.
        name: what to call this copy; unlike that of any other copy.
        bound: global name -> the kernel this copy shall call under that name.
    """
    plain = cast(FunctionType, function)
    copy = FunctionType(plain.__code__, {**plain.__globals__, **bound}, plain.__name__)
    copy.__qualname__ = f"{plain.__qualname__}_{name}_{_FINGERPRINT}"
    try:
        compiled = njit(cache=True, error_model="numpy")(copy)
    except RuntimeError:  # no folder that the cache could be written to
        compiled = njit(error_model="numpy")(copy)
    return cast(Callable[P, R], compiled)


def record(parameters: Any) -> NDArray[np.void]:
    """The float fields of a dataclass as one structured array [1], fields kept by name."""
    names = tuple(item.name for item in fields(parameters) if item.type == "float")
    values = tuple(getattr(parameters, name) for name in names)
    return np.array([values], dtype=_layout(names))


@cache
def _layout(names: tuple[str, ...]) -> np.dtype[np.void]:
    """One object for equal names: numba knows it again by its identity, else field by field."""
    return np.dtype([(name, np.float64) for name in names])
