"""A conversation by hand with emulated devices, and the transcript that it leaves."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators import EmulatedLine, MemoryPort, Plant, emulate, serve
from hardware.errors import HardwareError
from hardware.station_spec import StationSpec
from hardware.transcript import (
    Step,
    TranscriptError,
    joined,
    read_transcript,
    to_bytes,
    to_text,
    write_step,
)
from orchestrator.cli import main
from orchestrator.dialects import DIALECTS, commands
from orchestrator.talk import Conversation, port_spec
from tests.hardware.bench import SMALL
from tests.hardware.scripted import FOLDER
from tests.hardware.standin import StandInCulture


@pytest.fixture
def lines() -> dict[str, EmulatedLine]:
    spec = StationSpec.model_validate(SMALL)
    cultures = {name: StandInCulture(ph=7.25, gas_flow=20.0) for name in spec.vessels.names}
    return emulate(spec, Plant(cultures, noise=False)).lines


def conversation(line: EmulatedLine, family: str, typed: str, address: str | None = None):
    record: list[str] = []
    talk = Conversation(MemoryPort(line), family, address, record.append)
    return list(talk.follow(typed.split("\n"))), record


def test_a_command_of_the_table_is_sent_and_explained(lines):
    shown, record = conversation(lines["ph"], "hamilton-arc", "ph", address="2")
    assert shown[0] == "> hex: 02 03 08 29 00 0a 16 56"
    assert shown[-1] == "  unit 2: 7.25 pH, range 0 to 14, low word first; no error"
    assert [step.way for step in read_transcript("\n".join(record))] == [">", "<"]


def test_arguments_are_filled_in_by_place_or_name(lines):
    for typed in ("flow 40", "flow value=40"):
        shown, _ = conversation(lines["gas"], "alicat", typed)
        assert shown[0] == "> AS 40.000\\r"
    assert shown[-1] == "  a data frame of unit A; `columns` says what stands where"


def test_text_and_bytes_go_out_as_typed(lines):
    shown, _ = conversation(lines["gas"], "alicat", "AXX\nhex: 41 0d")
    assert shown[0] == "> AXX\\r"
    assert "  it does not know this command" in shown
    assert "> A\\r" in shown


def test_a_pump_is_framed_and_its_status_told(lines):
    typed = "ready\nmove valve=O pulses=1000 steps=300"
    shown, record = conversation(lines["syringe"], "cavro", typed)
    assert shown[0] == "> hex: 02 31 31 51 03 50"
    assert shown[2] == "  ready, no error"
    assert shown[-1] == "  ready, it is not initialised"
    sequences = [step.data[2] for step in read_transcript("\n".join(record)) if step.way == ">"]
    assert sequences == [0x31, 0x32]


def test_an_evolver_board_is_asked(lines):
    shown, _ = conversation(lines["vials"], "evolver", "od 1000")
    assert shown[0] == "> od_90r,1000,_!"
    assert shown[-1] == "  the od_90 board: 16 readings in counts"


def test_silence_is_told_and_mistakes_are_sentences(lines):
    shown, record = conversation(lines["gas"], "alicat", "poll\nflow\nflow much\n", address="Q")
    assert shown[:2] == ["> Q\\r", "  nothing came within 0.3 s"]
    assert shown[2:] == ["  'flow' needs VALUE", "  'flow': value is a number, not 'much'"]
    assert record == ["> Q\\r"]


def test_an_echo_is_told():
    class Echo:
        def feed(self, data, now_s):
            from hardware.emulators import Emission

            return [Emission(0.0, data)]

    shown, _ = conversation(EmulatedLine([Echo()], 19200), "alicat", "poll")
    assert shown[2].startswith("  the line gives back what is sent")


def test_every_family_lists_its_commands():
    for family in DIALECTS:
        try:
            table = commands(family)
        except ModuleNotFoundError:
            continue
        assert table, family
        typed = Conversation(MemoryPort(EmulatedLine([], 9600)), family).help()
        assert len(list(typed)) == len(table) + 1


def test_an_unknown_family_is_a_sentence():
    with pytest.raises(HardwareError, match="'toaster' is no family; known are alicat, "):
        port_spec("/dev/ttyUSB0", "toaster", None, None)


def test_a_port_may_be_named_in_three_ways():
    assert port_spec("/dev/ttyUSB0", "alicat", None, None).path == "/dev/ttyUSB0"
    assert port_spec("0403:6001 A5", "alicat", None, None).usb == "0403:6001 A5"
    spec = port_spec("socket://10.0.0.1:4001", "hamilton-arc", 9600, None)
    assert (spec.url, spec.baud, spec.frame) == ("socket://10.0.0.1:4001", 9600, "8N2")


@pytest.mark.wall
def test_the_command_reads_a_pipe_and_records(lines, tmp_path, monkeypatch, capsys):
    record = tmp_path / "alicat.txt"
    monkeypatch.setattr(sys, "stdin", io.StringIO("poll\nquit\npoll\n"))
    with serve(lines, tcp=True) as ports, pytest.raises(SystemExit) as end:
        main(["talk", ports["gas"], "alicat", "--record", str(record)])
    assert end.value.code == 0
    assert "> A\\r\n" in capsys.readouterr().out
    steps = read_transcript(record.read_text("utf-8"))
    assert steps[0] == Step(">", None, b"A\r")
    assert steps[1].data.startswith(b"A +014.70")
    assert 0.0 < (steps[1].after_s or 0.0) < 1.0


# -- transcripts ------------------------------------------------------------------------------


@given(st.binary(min_size=1))
def test_any_bytes_can_be_written_and_read(data):
    text = to_text(data)
    assert to_bytes(text) == data
    assert text == text.rstrip()
    assert text.isprintable()
    for step in (Step(">", None, data), Step("<", 0.125, data)):
        assert read_transcript(write_step(step)) == [step]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_the_tests_transcripts_have_this_form(path):
    steps = read_transcript(path.read_text("utf-8"))
    assert {step.way for step in steps} <= {">", "<"}
    for step in steps:
        assert read_transcript(write_step(step))[0].data == step.data


def test_pieces_that_came_together_are_one_line():
    pieces = [Step(">", None, b"A"), Step("<", 0.1, b"1"), Step("<", 0.11, b"2")]
    late = Step("<", 0.5, b"3")
    assert list(joined([*pieces, late])) == [pieces[0], Step("<", 0.1, b"12"), late]


@pytest.mark.parametrize("text", ["A", ">A", "= A", "> hex: 0g", "> \\x"])
def test_what_is_no_transcript_is_refused(text):
    with pytest.raises(TranscriptError):
        read_transcript(text)
