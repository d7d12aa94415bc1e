"""The NAMUR emulators: what each dialect answers, and that its drives reach the vessels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.namur import Heidolph, Ika, Julabo
from hardware.emulators.plant import Plant
from tests.hardware.standin import StandInCulture

MAKERS = {"ika": Ika, "heidolph": Heidolph, "julabo": Julabo}


def plant() -> Plant:
    return Plant({name: StandInCulture(stirring=0.0) for name in ("A1", "A2")}, noise=False)


def said(device, data: bytes, now_s: float = 0.0) -> bytes:
    return b"".join(emission.data for emission in device.feed(data, now_s))


@pytest.mark.parametrize(
    ("maker", "request_", "reply"),
    [
        ("ika", b"IN_NAME\r\n", b"RCT digital \r\n"),
        ("ika", b"IN_PV_1 \r\n", b"37.0 1 \r\n"),
        ("ika", b"IN_PV_2 \r \n", b"37.0 2 \r\n"),
        ("ika", b"IN_SP_4 \r\n", b"0.0 4 \r\n"),
        ("ika", b"OUT_SP_1 40.0 \r\n", b""),
        ("ika", b"OUT_SP_9 1 \r\nSTATUS \r\n", b"-84 \r\n"),
        ("ika", b"OUT_SP_1 900 \r\nSTATUS \r\n", b"-86 \r\n"),
        ("ika", b"OUT_WD1@10 \r\n", b""),
        ("ika", b"OUT_WD1@20 \r\n", b"20 \r\n"),
        ("ika", b"RESET \r\nSTATUS \r\n", b"S0 \r\n"),
        ("heidolph", b"IN_PV_1\r\n", b""),
        ("heidolph", b"PA_NEW\r\nIN_PV_1\r\n", b"PA_NEW\r\nIN_PV_1 37.0\r\n"),
        ("heidolph", b"PA_NEW\r\nOUT_SP_3 400\r\nIN_SP_3\r\n",
         b"PA_NEW\r\nOUT_SP_3 400\r\nIN_SP_3 400\r\n"),
        ("julabo", b"in_pv_00\r", b"37.00\r\n"),
        ("julabo", b"OUT_SP_00 500\rSTATUS\r", b"-13 VALUE EXCEEDS TEMPERATURE LIMITS\r\n"),
        ("julabo", b"STATUS\r", b"02 REMOTE STOP\r\n"),
        ("julabo", b"WHAT\rSTATUS\r", b"-08 INVALID COMMAND\r\n"),
    ],
)  # fmt: skip
def test_dialects(maker, request_, reply):
    assert said(MAKERS[maker](plant(), ("A1",)), request_) == reply


@pytest.mark.parametrize(
    ("maker", "commands"),
    [
        ("ika", b"OUT_SP_1 30 \r\nSTART_1 \r\nOUT_SP_4 500 \r\nSTART_4 \r\n"),
        ("heidolph", b"PA_NEW\r\nOUT_SP_1 30\r\nSTART_1\r\nOUT_SP_3 500\r\nSTART_2\r\n"),
    ],
)
def test_drives_reach_every_vessel_only_when_started(maker, commands):
    vessels = plant()
    device = MAKERS[maker](vessels, ("A1", "A2"))
    first, rest = commands.split(b"START_1")
    said(device, first)
    assert vessels.read("A2", "temperature", 0.0) != 30.0
    said(device, b"START_1" + rest, 2.0)
    assert vessels.read("A2", "temperature", 2.0) == 30.0
    assert vessels.read("A2", "stirring", 2.0) == 500.0


@pytest.mark.parametrize(
    ("guard", "after"),
    [(b"OUT_WD1@30 \r\n", (22.0, 0.0)), (b"OUT_WD2@30 \r\n", (20.0, 300.0)), (b"", (36.0, 500.0))],
)
def test_the_watchdog_acts_in_time_and_only_unfed(guard, after):
    vessels = plant()
    device = Ika(vessels, ("A1",))
    said(device, b"OUT_SP_1 36 \r\nSTART_1 \r\nOUT_SP_4 500 \r\nSTART_4 \r\n")
    assert said(device, b"OUT_SP_12@20 \r\nOUT_SP_42@300 \r\n") == b"20 \r\n300 \r\n"
    for now_s in (0.0, 29.0, 58.0):
        said(device, guard, now_s)
    read = ("temperature", "stirring")
    assert tuple(vessels.read("A1", channel, 87.0) for channel in read) == (36.0, 500.0)
    assert tuple(vessels.read("A1", channel, 89.0) for channel in read) == after
    assert said(device, b"OUT_WD2@0 \r\n", 90.0) == b"0 \r\n"
    assert device.fired == 0


@given(st.sampled_from(sorted(MAKERS)), st.lists(st.binary(max_size=30)))
def test_no_bytes_crash_it(maker, chunks):
    device = MAKERS[maker](plant(), ("A1",))
    for chunk in chunks:
        device.feed(chunk, 0.0)
    device.feed(b"\r\n", 0.0)


@given(st.integers(0, 9))
def test_a_command_split_anywhere_gets_the_same_answer(cut):
    device = Ika(plant(), ("A1",))
    assert said(device, b"IN_PV_1 \r\n"[:cut]) + said(device, b"IN_PV_1 \r\n"[cut:]) == (
        b"37.0 1 \r\n"
    )
