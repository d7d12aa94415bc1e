import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from quantities import (
    CANONICAL_UNITS,
    Concentration,
    Duration,
    GasFlow,
    Percent,
    Ph,
    QuantityError,
    Speed,
    Temperature,
    Volume,
    convert,
    parse_quantity,
    same_dimension,
)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1.5 g/L/h", 1.5, "g/L/h"),
        ("37 degC", 37.0, "degC"),
        ("37 °C", 37.0, "degC"),
        ("310.15 K", 37.0, "degC"),
        ("150 µL", 0.15, "mL"),
        ("150 μL", 0.15, "mL"),
        ("32 µmol/L", 0.032, "mmol/L"),
        ("3000 rpm", 3000.0, "rpm"),
        ("60 %", 60.0, "%"),
        ("12 h", 43200.0, "s"),
        ("0.3e6 1/mL", 0.3e6, "1/mL"),
        ("100 mL/min", 6000.0, "mL/h"),
        ("6.9", 6.9, ""),
    ],
)
def test_quantities_of_the_field(text: str, value: float, unit: str) -> None:
    quantity = parse_quantity(text)
    assert quantity.value == pytest.approx(value, rel=1e-12)
    assert quantity.unit == unit
    assert str(quantity) == text


@pytest.mark.parametrize(
    "text", ["", "fast", "3 bananas", "3 kg*m", "3 ((", "1e999 s", "3 __class__"]
)
def test_what_is_no_quantity_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)


@given(st.floats(-1e6, 1e6), st.sampled_from([u for u in CANONICAL_UNITS if u]))
def test_a_canonical_quantity_reads_as_itself(value: float, unit: str) -> None:
    assert parse_quantity(f"{value!r} {unit}").value == value


def test_a_bare_number_keeps_all_its_digits() -> None:
    assert parse_quantity(6.912345678901).value == 6.912345678901
    assert parse_quantity(7).text == "7"


def test_percent_and_rotation_are_kinds_of_their_own() -> None:
    assert not same_dimension("%", "")
    assert not same_dimension("rpm", "1/h")
    with pytest.raises(QuantityError, match="different things"):
        convert(3.0, "g/L", "mmol/L")


def test_fields_convert_and_refuse() -> None:
    assert TypeAdapter(Temperature).validate_python("37 degC") == 37.0
    assert TypeAdapter(Volume).validate_python("150 µL") == 0.15
    assert TypeAdapter(GasFlow).validate_python("0.1 L/min") == 100.0
    assert TypeAdapter(Concentration).validate_python("0.3e6 1/mL").unit == "1/mL"
    for kind, raw in [
        (Temperature, 37),
        (Temperature, "37"),
        (Volume, "3 h"),
        (Ph, 15),
        (Ph, "7 g"),
        (Percent, 60),
        (Speed, "-1 rpm"),
        (Duration, [1]),
        (Concentration, "3 h"),
    ]:
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(raw)


def test_units_told_apart_by_name_are_those_that_pint_tells_apart() -> None:
    for first in CANONICAL_UNITS:
        for second in CANONICAL_UNITS:  # the blank hides the name, so that pint is asked
            assert same_dimension(first, second) == same_dimension(f" {first}", f"{second} ")
