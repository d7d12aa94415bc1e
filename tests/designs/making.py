"""Short ways to factors and design sections."""

from typing import Any

from pydantic import TypeAdapter

from designs import DesignSpec, Factor, FactorName, Factors

_SPEC: TypeAdapter[Any] = TypeAdapter(DesignSpec)
_FACTORS: TypeAdapter[Any] = TypeAdapter(dict[FactorName, Factor])


def read_factors(**sections: dict[str, Any]) -> Factors:
    return Factors(_FACTORS.validate_python(sections))


def letters(count: int, **further: dict[str, Any]) -> Factors:
    """Factors a, b, c ... from 1 to 3 g/L."""
    bounds = {"low": "1 g/L", "high": "3 g/L"}
    return read_factors(**{"abcdefghijklmnopqrst"[i]: bounds for i in range(count)}, **further)


def read_spec(kind: str, **section: Any) -> Any:
    return _SPEC.validate_python({"kind": kind, **section})
