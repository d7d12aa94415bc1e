"""Whatever the file: a protocol, or findings; never anything else."""

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.protocol import Diagnostic, SourceErrors
from orchestrator.protocol.check import protocol_from, station_from
from orchestrator.protocol.source import Source, parse_source

TOP = Path(__file__).parents[2]
SHIPPED = [
    path.read_text(encoding="utf-8")
    for path in [Path(__file__).parent / "sound.yaml", *sorted((TOP / "protocols").glob("*.yaml"))]
]
PIECES = [
    "{", "}", "[", "]", ":", "- ", "$", "$iptg", "~", "&a", "*a", "!!", "|", ">", "'", '"', "\t",
    "1e400", "-1", "0", "nan", "15 h", "5 g/L", "null", "- {}", "kind: bolus", "\n", "  ", "µ",
    "design: {kind: table, rows: [{x: 1}]}", "until: {}", "do > 75 %", "[]", "{}", "1 1/0", "#",
]  # fmt: skip
QUICK = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def findings_in(text: str, read: Callable[[Source], object]) -> tuple[Diagnostic, ...]:
    try:
        read(parse_source(text, "f"))
    except SourceErrors as errors:
        return errors.diagnostics
    return ()


def understand(text: str) -> None:
    lines = len(re.split("\r\n|\r|\n", text))
    for finding in findings_in(text, protocol_from):
        assert 1 <= finding.line <= lines
        assert finding.column >= 1
        assert finding.message
        assert "\n" not in finding.message


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SHIPPED))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 60]))
        text = text[:start] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text


@QUICK
@given(mutated())
def test_mutated_protocols(text: str) -> None:
    understand(text)


@QUICK
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    understand(text)


@QUICK
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_pieces_of_yaml(text: str) -> None:
    understand("culture: " + text)
    understand(text)


@QUICK
@given(mutated())
def test_no_protocol_is_a_station(text: str) -> None:
    assert findings_in(text, station_from)
