"""Our value of a number of the catalogue, by the kind of check it has."""

from __future__ import annotations

import math

from tests.catalogue.beyond import BEYOND
from tests.catalogue.coefficients import COEFFICIENTS
from tests.catalogue.criteria import RUNS_AND_CRITERIA
from tests.catalogue.entries import Check, Printed
from tests.catalogue.fits import Fits, How
from tests.catalogue.formulas import OutOfScope
from tests.catalogue.scope import REASONS
from tests.catalogue.surfaces import optimum, steepest
from tests.catalogue.variances import VARIANCES, extra, nested

_OF_ONE_FIT = {**COEFFICIENTS, **RUNS_AND_CRITERIA, **VARIANCES, "optimum": optimum}


def number(check: Check, fits: Fits) -> float:
    """Our value of a printed number.

    Raises:
        OutOfScope: It is no matter of analysing designed runs, or of a kind not offered.
    """
    kind, how = check.kind, check.how
    if kind in _OF_ONE_FIT:
        value = _OF_ONE_FIT[kind](fits.of(check), how)
    elif kind.startswith("extra_"):
        value = extra(fits, check, kind.removeprefix("extra_"))
    elif kind == "nested_test":
        value = nested(fits, check)
    elif kind == "steepest_path":
        value = steepest(fits.of(check), how, check.entry)
    elif kind in BEYOND:
        value = BEYOND[kind](check)
    else:
        raise OutOfScope(REASONS.get(kind, "kind not read here"))
    if "eigenvectors" in str(how.get("key")) and not how.get("sign_of"):
        value = math.copysign(value, Printed(str(check.printed)).value)  # either way is its way
    return _read_as_printed(float(value), how)


def _read_as_printed(value: float, how: How) -> float:
    value = value**2 if how.get("squared") and how["kind"] != "glm" else value
    value = 1 - value if how.get("complement") else value
    value = math.exp(value) if how.get("exp") else value
    value = 10.0**value if how.get("exp10") else value
    value = value / math.log(10) if how.get("log10") else value
    if how.get("back_transform") == "freeman_tukey_sqrt":
        value = (value - 1 / (4 * value)) ** 2
    return value
