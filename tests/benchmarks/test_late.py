"""The late-reply trap: our drivers over the same device; peers are not installed here."""

import sys
import time

import pytest

from benchmarks import late, late_device
from benchmarks.peer_scripts import late_questions
from benchmarks.peer_scripts.late_questions import tally
from benchmarks.peers import PeerFailed

on_terminals = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals"),
]


class TestOurs:
    pytestmark = on_terminals

    def test_ours_gives_no_wrong_value(self, monkeypatch):
        def no_peer(*_):
            raise PeerFailed("not installed")

        told = []
        monkeypatch.setattr(late, "run_peer", no_peer)
        monkeypatch.setattr(late, "tell_user", told.append)
        result = late.measure("late.wrong_values", 0.3)
        assert result.ours == 0.0
        assert result.peers == {}
        assert sum("4 errors" in sentence for sentence in told) == 3, "late is an error each time"

    @pytest.mark.parametrize("kind", ["modbus", "alicat", "ika"])
    def test_a_device_that_is_in_time_is_read(self, kind, monkeypatch):
        monkeypatch.setattr(late, "_LATE_S", 0.0)
        monkeypatch.setattr(late, "_LATE_FOR_OUR_IKA_S", 0.0)
        monkeypatch.setattr(late, "_LOST", 0)
        assert late._ours(kind, 4) == {"right": 4, "wrong": 0, "errors": 0, "hangs": 0}


def test_answers_are_counted(monkeypatch):
    monkeypatch.setattr(late_questions, "HANGS_AFTER_S", 0.05)

    def ask(i):
        if i == 2:
            raise ValueError("no reply")
        if i == 3:
            time.sleep(0.5)
        return 7.0

    assert tally("modbus", ask, 6) == {"right": 1, "wrong": 1, "errors": 1, "hangs": 1}


def test_a_flow_of_a_while_ago_is_wrong():
    assert tally("alicat", lambda i: time.monotonic() - 1.0, 2)["wrong"] == 2
    assert tally("alicat", lambda i: time.monotonic(), 2)["right"] == 2


def test_the_devices_arc_block_is_the_manuals():
    heard = bytearray.fromhex("01 03 08 29 00 0a 16 65")
    (reply,) = late_device.modbus(heard)
    assert reply[:11] == bytes.fromhex("01 03 14 10 00 00 00 00 00 40 e0")
    assert not heard
