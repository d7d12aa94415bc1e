import pytest

from hardware.bus import MORE, Bus, Exchange
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.framing import Delimited
from tests.hardware.scripted import ScriptedPort


def letter_and_number(request: bytes, frame: bytes) -> float:
    """Replies such as ``A 7.0``; a ``?`` is a refusal; ``-`` announces more."""
    if frame == b"?":
        raise DeviceRefused("it does not know this command")
    if frame[:1] != request[:1]:
        raise ForeignReply(f"{frame!r} answers another")
    if frame == b"A -":
        return MORE
    try:
        return float(frame[1:])
    except ValueError:
        raise DamagedReply(f"{frame!r} is no number") from None


def ask(request: bytes = b"A\r", tries: int = 1, **options) -> Exchange:
    return Exchange((request,) * tries, Delimited(b"\r"), letter_and_number, 0.3, **options)


def bus_over(*steps: tuple[str, float, bytes], chunk: int = 0) -> Bus:
    return Bus(ScriptedPort(steps, chunk))


def test_a_reply_in_single_bytes():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A 7.0\r"), chunk=1)
    assert bus.transact(ask()) == 7.0
    assert bus.health.transactions == 1


def test_silence_is_an_error_after_the_time_out():
    bus = bus_over((">", 0, b"A\r"))
    with pytest.raises(NoReply, match=r"no reply within 0\.3 s"):
        bus.transact(ask())
    assert bus.now() == pytest.approx(0.3)


def test_a_late_reply_is_never_the_answer_to_the_next_request():
    bus = bus_over(
        (">", 0, b"A\r"), ("<", 0.45, b"A 7.0\r"), (">", 0, b"A\r"), ("<", 0.01, b"A 37.0\r")
    )
    with pytest.raises(NoReply):
        bus.transact(ask())
    assert bus.transact(ask()) == 37.0
    assert bus.health.late_bytes == 6
    assert bus.now() < 0.7, "a late reply that came ends the waiting for it"


def test_always_late_is_always_an_error():
    bus = bus_over(*[(">", 0, b"A\r"), ("<", 0.45, b"A 7.0\r")] * 6)
    for _ in range(3):
        with pytest.raises(NoReply):
            bus.transact(ask(tries=2))
    assert bus.health.late_bytes == 5 * 6


def test_a_damaged_reply_does_not_shorten_the_wait_for_the_true_one():
    bus = bus_over(
        (">", 0, b"A\r"),
        ("<", 0.01, b"A x\r"),
        ("<", 1.2, b"A 7.0\r"),
        (">", 0, b"A\r"),
        ("<", 0.01, b"A 37.0\r"),
    )
    with pytest.raises(DamagedReply):
        bus.transact(ask())
    assert bus.transact(ask()) == 37.0


def test_a_retry_waits_for_the_late_window():
    bus = bus_over((">", 0, b"A\r"), (">", 0, b"A\r"), ("<", 0.01, b"A 7.0\r"))
    assert bus.transact(ask(tries=2)) == 7.0
    assert bus.now() == pytest.approx(1.31)
    assert bus.health.retries == 1


def test_noise_does_not_end_the_late_window():
    bus = bus_over(
        (">", 0, b"A\r"),
        ("<", 0.35, b"\xff"),
        ("<", 0.8, b"A 7.0\r"),
        (">", 0, b"A\r"),
        ("<", 0.01, b"A 37.0\r"),
    )
    with pytest.raises(NoReply):
        bus.transact(ask())
    assert bus.transact(ask()) == 37.0


def test_a_foreign_reply_is_passed_over():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"B 1.0\r"), ("<", 0.05, b"A 7.0\r"))
    assert bus.transact(ask()) == 7.0
    assert bus.health.foreign == 1


def test_only_a_foreign_reply_is_an_error():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"B 1.0\r"))
    with pytest.raises(ForeignReply, match="answers another"):
        bus.transact(ask())


def test_two_answers_at_once_are_none():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A 1.0\rA 2.0\r"))
    with pytest.raises(DamagedReply, match="two answers"):
        bus.transact(ask())


def test_half_a_reply_is_damaged():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A 1."))
    with pytest.raises(DamagedReply, match="41 20 31 2e"):
        bus.transact(ask())
    assert bus.health.damaged == 1


def test_a_refusal_is_certain_and_not_asked_again():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"?\r"), (">", 0, b"A\r"), ("<", 0.01, b"A 1\r"))
    with pytest.raises(DeviceRefused):
        bus.transact(ask(tries=3))
    assert bus.transact(ask()) == 1.0
    assert bus.now() < 0.1


def test_an_answer_of_several_frames():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A -\r"), ("<", 0.2, b"A 7.0\r"))
    assert bus.transact(ask()) == 7.0


def test_frames_that_only_silence_ends():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A 1\rA 2\r"), ("<", 0.1, b"A 3\r"))
    assert bus.collect(ask(), quiet_s=0.2) == [1.0, 2.0, 3.0]


def test_unasked_bytes_before_a_request_are_dropped():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A 7.0\r"), ("<", 0.02, b"A 9.0\r"), *_second())
    assert bus.transact(ask()) == 7.0
    bus.wait(0.1)
    assert bus.transact(ask()) == 8.0


def _second():
    return (">", 0, b"A\r"), ("<", 0.01, b"A 8.0\r")


def test_the_gap_between_reply_and_request_is_kept():
    bus = bus_over((">", 0, b"A\r"), ("<", 0.01, b"A 7.0\r"), *_second())
    bus.gap_s = 0.004
    bus.transact(ask())
    bus.transact(ask())
    assert bus.now() == pytest.approx(0.024)


def test_an_act_is_sent_once_unless_its_protocol_makes_repeats_safe():
    with pytest.raises(ValueError, match="never sent twice"):
        ask(tries=2, effect="act")
    assert ask(tries=2, effect="act", repeatable=True).requests == (b"A\r", b"A\r")
