import math
import re
from contextlib import suppress

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
        ("d0 > 75 %", "no channel is called `d0`; channels are temperature, ph, do"),
        ("stiring > 1 rpm", "no channel is called `stiring`; did you mean `stirring`?"),
        ("do > 75", "`do` is measured in %; '75' is something else"),
        ("ph > 7 %", "`ph` is a plain number without a unit; '7 %' is something else"),
        ("do >", "'do >' is not a condition; write a channel, one of < <= > >="),
        ("do > ph", "'ph' is not a number with a unit"),
        ("do > 1 % and ph > 7", "`do` is measured in %; '1 % and ph > 7' is something else"),
        ("do == 75 %", "'do == 75 %' is not a condition"),
    ],
)
def test_what_is_no_condition(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_condition(text)


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
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert parse_condition(text).channel in CHANNEL_UNITS
