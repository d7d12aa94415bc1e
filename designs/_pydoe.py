"""pyDOE2 on every Python: version 1.3.0, its last, imports the module ``imp`` and never uses it.

``imp`` warns on Python 3.11 and does not exist from 3.12 on, so an empty module stands in its
place for as long as the import takes.
"""

from __future__ import annotations

import sys
import warnings
from functools import cache
from types import ModuleType


@cache
def pydoe() -> ModuleType:
    """The package, imported on first use (it brings scipy.stats)."""
    stand_in = ModuleType("imp")
    before = sys.modules.setdefault("imp", stand_in)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # its regular expressions are not raw
            import pyDOE2
    finally:
        if before is stand_in:
            del sys.modules["imp"]
    return pyDOE2  # type: ignore[no-any-return]
