import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.protocol.conditions import parse_condition
from orchestrator.protocol.vocabulary import CHANNEL_UNITS


def test_a_condition_holds_as_it_reads() -> None:
    condition = parse_condition("do > 75 %")
    assert (condition.channel, condition.op, condition.value) == ("do", ">", 75.0)
    assert condition.holds(75.1)
    assert not condition.holds(75.0)
    assert not condition.holds(math.nan)


def test_values_are_in_the_unit_of_the_channel() -> None:
    assert parse_condition("volume<=150 µL").value == 0.15
    assert parse_condition("ph >= 6.9").value == 6.9
    assert parse_condition("temperature < 310.15 K").value == pytest.approx(37.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dO > 75 %", "no channel is called `dO`; did you mean `do`?"),
        ("do > 75", "`do` is measured in %; '75' is something else"),
        ("ph > 7 %", "`ph` is a plain number without a unit; '7 %' is something else"),
        ("do >", "'do >' is not a condition"),
        ("do > ph", "'ph' is not a number with a unit"),
        ("do > 1 % and ph > 7", "'% and ph > 7'"),
        ("do == 75 %", "'do == 75 %' is not a condition"),
    ],
)
def test_what_is_no_condition(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="") as caught:
        parse_condition(text)
    assert message.strip("'") in str(caught.value) or str(caught.value)


@given(
    st.sampled_from(sorted(CHANNEL_UNITS)),
    st.sampled_from(["<", "<=", ">", ">="]),
    st.floats(-1e6, 1e6),
)
def test_written_and_read_is_the_same(channel: str, op: str, value: float) -> None:
    text = f"{channel} {op} {value!r} {CHANNEL_UNITS[channel]}"
    condition = parse_condition(text)
    assert (condition.channel, condition.op) == (channel, op)
    assert condition.value == pytest.approx(value)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        parse_condition(text)
    except ValueError as error:
        assert str(error)
