import pytest

from hardware.bus import Bus
from hardware.devices.evolver import Evolver
from hardware.errors import ForeignReply, NoReply
from hardware.runner import run_through
from hardware.specs import EvolverSpec
from hardware.specs.evolver import EvolverPump
from tests.hardware.scripted import ScriptedPort

VESSELS = ("A1", "A2", "A3")


def stirred(*counts: int) -> list[tuple[str, float, bytes]]:
    """Stirring set: echoed, and acknowledged twice, the unit seen to answer, and twice again."""
    values = ",".join(map(str, counts + (0,) * (16 - len(counts)))).encode()
    return [
        (">", 0.0, b"stirr," + values + b",_!"),
        ("<", 0.1, b"stire," + values + b",end"),
        *[*[(">", 0.0, b"stira," + values + b",_!")] * 2, *read()] * 2,
    ]


def read(asked: bytes = b"4095") -> list[tuple[str, float, bytes]]:
    return [
        (">", 0.0, b"tempr," + asked + b",4095" * 15 + b",_!"),
        ("<", 0.1, b"tempb" + b",1880" * 16 + b",end"),
    ]


def unit(**pumps: EvolverPump) -> Evolver:
    spec = EvolverSpec(family="evolver", port="p", vessels="A1..A3", pumps=pumps)
    return Evolver(spec, VESSELS)


@pytest.mark.parametrize("chunk", [0, 1, 6])
def test_stirring_is_acknowledged_after_an_equal_echo_and_readings_are_lines(chunk):
    port = ScriptedPort.of("evolver", chunk)
    bus, evolver = Bus(port), unit()
    outcome = evolver.apply(bus, {("A3", "stirring"): 3010.0})["A3", "stirring"]
    assert (outcome.status, outcome.value) == ("done", 3000.0)
    assert evolver.temperatures(bus) == pytest.approx([37.004, 36.002, 35.0])
    assert evolver.densities(bus) == pytest.approx([1.0, 2.0, 4.0])
    assert port.finished


def test_an_unequal_echo_is_never_acknowledged():
    port = ScriptedPort.of("evolver_wrong_echo")
    outcome = unit().apply(Bus(port), {("A1", "stirring"): 400.0})["A1", "stirring"]
    assert outcome.status == "not done"
    assert "is not what was sent" in outcome.detail
    assert port.finished
    assert not any(b"stira" in sent for sent in port.sent)


def test_a_vial_keeps_its_setting_when_another_is_set():
    port = ScriptedPort(stirred(10) + stirred(10, 20))
    bus, evolver = Bus(port), unit()
    evolver.apply(bus, {("A1", "stirring"): 400.0})
    evolver.apply(bus, {("A2", "stirring"): 800.0})
    assert port.finished


def test_a_setting_out_of_range_is_refused_and_the_others_are_made():
    port = ScriptedPort(stirred(0, 20))
    done = unit().apply(Bus(port), {("A1", "stirring"): 9000.0, ("A2", "stirring"): 800.0})
    assert done["A1", "stirring"].detail == "evolver: stirring goes from 0 to 3920"
    assert done["A2", "stirring"].status == "done"


def test_frames_of_two_boards_mixed_are_not_read():
    bus = Bus(ScriptedPort.of("evolver_mixed"))
    assert unit().densities(bus) == pytest.approx([1.0] * 3)
    assert bus.health.foreign == 1


def test_stirring_must_be_echoed_not_answered_with_readings():
    steps = [
        (">", 0.0, b"stirr,10" + b",0" * 15 + b",_!"),
        ("<", 0.1, b"stirb" + b",5" * 16 + b",end"),
    ]
    port = ScriptedPort(steps * 2)
    assert unit().apply(Bus(port), {("A1", "stirring"): 400.0})["A1", "stirring"].status != "done"
    assert port.finished


def test_too_few_readings_are_none():
    steps = [(">", 0.0, b"od_90r,1000,_!"), ("<", 0.1, b"od_90b" + b",700" * 15 + b",end")]
    with pytest.raises(Exception, match="are not 16 readings"):
        unit().densities(Bus(ScriptedPort(steps * 2)))


def test_the_answer_of_another_board_is_foreign():
    steps = [(">", 0.0, b"od_90r,1000,_!"), ("<", 0.1, b"tempb" + b",700" * 16 + b",end")]
    with pytest.raises(ForeignReply, match="'tempb' answered, 'od_90r' was asked"):
        unit().densities(Bus(ScriptedPort(steps * 2)))


def test_a_silent_unit():
    steps = [(">", 0.0, b"od_90r,1000,_!")]
    with pytest.raises(NoReply):
        unit().densities(Bus(ScriptedPort(steps * 2)))


def pumped(bus: Bus, volume_ml: float):
    steps = unit(feed=EvolverPump(pump=1, flow="1 mL/s")).pump(bus, "A2", "feed", volume_ml)
    return run_through(steps, bus)


def test_a_pump_runs_for_the_time_a_volume_takes():
    port = ScriptedPort.of("evolver_pump")
    bus = Bus(port)
    outcome = pumped(bus, 0.2)
    assert (outcome.status, outcome.value) == ("done", 0.2)
    assert bus.now() == pytest.approx(0.5, abs=0.01)
    assert port.finished


def test_a_unit_that_falls_silent_while_it_pumps_leaves_the_dose_unknown():
    steps = list(ScriptedPort.of("evolver_pump")._steps)[:-1]
    with pytest.raises(NoReply):
        pumped(Bus(ScriptedPort(steps)), 0.2)


def test_after_trouble_eight_answers_in_a_row_are_seen_before_a_pump_is_told_to_run():
    silence, dose = read()[:1] * 2, list(ScriptedPort.of("evolver_pump")._steps)
    port = ScriptedPort(silence + read() * 8 + dose)
    bus = Bus(port)
    with pytest.raises(NoReply):
        unit().temperatures(bus)
    assert pumped(bus, 0.2).status == "done"
    assert port.finished


def test_a_line_in_trouble_again_is_not_told_to_pump():
    port = ScriptedPort(read()[:1] * 2 + read() * 3 + read()[:1])
    bus = Bus(port)
    with pytest.raises(NoReply):
        unit().temperatures(bus)
    outcome = pumped(bus, 0.2)
    assert (outcome.status, outcome.value) == ("not done", 0.0)
    assert port.finished


def test_every_scan_sends_the_set_points_again():
    heated = b",4095" * 15 + b",_!"
    port = ScriptedPort(
        read(b"2000")
        + ([(">", 0.0, b"tempa,2000" + heated)] * 2 + read(b"2000")) * 2
        + read(b"2000")
        + [(">", 0.0, b"tempa,2000" + heated)]
    )
    bus, evolver = Bus(port), unit()
    evolver.apply(bus, {("A1", "temperature"): 35.0})
    evolver.temperatures(bus)
    assert port.finished


def test_stirring_is_told_again_after_trouble_and_every_half_minute():
    values = b",10" + b",0" * 15
    again = [
        (">", 0.0, b"stirr" + values + b",_!"),
        ("<", 0.1, b"stire" + values + b",end"),
        *[(">", 0.0, b"stira" + values + b",_!")] * 2,
    ]
    port = ScriptedPort(stirred(10) + again + read()[:1] * 2 + again)
    bus, evolver = Bus(port), unit()
    evolver.apply(bus, {("A1", "stirring"): 400.0})
    evolver.forgotten(bus)
    assert len(port.sent) == 7, "just told"
    bus.wait(30.0)
    evolver.forgotten(bus)
    evolver.forgotten(bus)
    with pytest.raises(NoReply):
        evolver.temperatures(bus)
    evolver.forgotten(bus)
    evolver.forgotten(bus)
    assert port.finished


def test_a_pump_without_echo_does_nothing_and_is_asked_once():
    steps = [(">", 0.0, b"pumpi,--,1.50" + b",--" * 46 + b",_!")]
    port = ScriptedPort(steps)
    outcome = pumped(Bus(port), 1.5)
    assert (outcome.status, outcome.value) == ("not done", 0.0)
    assert len(port.sent) == 1
