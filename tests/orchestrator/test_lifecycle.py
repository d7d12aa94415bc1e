import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import MachineError

from orchestrator.engine.lifecycle import FINAL_STATES, Procedure, state_chart, states

EVENTS = [
    "start",
    "advance",
    "hold",
    "held",
    "restart",
    "restarted",
    "stop",
    "stopped",
    "abort",
    "aborted",
]


def test_the_life_of_a_culture() -> None:
    procedure = Procedure(["batch", "fed-batch"])
    life = procedure.add("A1")
    assert procedure.fire(life, "start") == "running: batch"
    assert life.phase == "batch"
    procedure.fire(life, "advance")
    for event in ("hold", "held", "restart", "restarted"):
        procedure.fire(life, event)
    assert life.phase == "fed-batch"
    assert procedure.fire(life, "advance") == "complete"
    assert life.ended


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_whatever_comes_the_state_is_legal_and_final_states_are_final(events: list[str]) -> None:
    phases = ["batch", "fed-batch", "harvest"]
    procedure = Procedure(phases)
    life = procedure.add("A1")
    for event in events:
        before = life.state
        try:
            procedure.fire(life, event)
        except MachineError:
            assert life.state == before
        else:
            assert before not in FINAL_STATES
        assert life.state in states(phases)


def test_a_hold_returns_to_the_phase_it_interrupted_and_only_there() -> None:
    procedure = Procedure(["a", "b", "c"])
    first, second = procedure.add("A1"), procedure.add("A2")
    for life, steps in ((first, 1), (second, 3)):
        procedure.fire(life, "start")
        for _ in range(steps - 1):
            procedure.fire(life, "advance")
        for event in ("hold", "held", "restart", "restarted"):
            procedure.fire(life, event)
    assert (first.phase, second.phase) == ("a", "c")


def test_an_event_out_of_place_is_refused() -> None:
    procedure = Procedure(["batch"])
    life = procedure.add("A1")
    with pytest.raises(MachineError):
        procedure.fire(life, "advance")
    assert life.state == "idle"


def test_the_chart_shows_every_state() -> None:
    chart = state_chart(["batch", "harvest"])
    for state in states(["batch", "harvest"]):
        assert f'"{state}"' in chart
