from hypothesis import given
from hypothesis import strategies as st

from orchestrator.engine.dispatcher import Dispatcher
from orchestrator.engine.operation import PRIORITY, Operation


def op(kind: str, due_s: float, vessel: str = "A1", within_s: float = 60.0) -> Operation:
    return Operation(vessel, kind, due_s, within_s, volume_ml=0.02)


def test_kind_first_then_earliest_due() -> None:
    dispatcher = Dispatcher(lambda _: 5.0)
    for operation in (op("ph", 0), op("sample", 1), op("feed", 3), op("inducer", 2), op("feed", 2)):
        dispatcher.add(operation)
    picked = [dispatcher.pick(10.0) for _ in range(5)]
    assert [(p.kind, p.due_s) for p in picked if p] == [
        ("feed", 2),
        ("feed", 3),
        ("inducer", 2),
        ("sample", 1),
        ("ph", 0),
    ]
    assert dispatcher.pick(10.0) is None


def test_nothing_is_started_before_it_is_due() -> None:
    dispatcher = Dispatcher(lambda _: 5.0)
    dispatcher.add(op("feed", 100.0))
    assert dispatcher.pick(99.0) is None
    assert dispatcher.next_due_s(99.0) == 100.0
    assert dispatcher.pick(100.0) is not None


def test_a_long_sample_is_not_started_in_front_of_an_urgent_feed() -> None:
    dispatcher = Dispatcher(lambda operation: 90.0 if operation.kind == "sample" else 5.0)
    dispatcher.add(op("sample", 0.0))
    dispatcher.expect(PRIORITY["feed"], due_s=60.0, within_s=10.0)
    assert dispatcher.pick(30.0) is None
    dispatcher.expect(PRIORITY["feed"], due_s=60.0, within_s=120.0)
    assert dispatcher.pick(30.0) is not None


def test_dropping_a_vessel_takes_back_only_its_own() -> None:
    dispatcher = Dispatcher(lambda _: 5.0)
    dispatcher.add(op("feed", 0.0, "A1"))
    dispatcher.add(op("feed", 0.0, "A2"))
    assert [one.vessel for one in dispatcher.drop("A1")] == ["A1"]
    left = dispatcher.pick(0.0)
    assert left is not None
    assert left.vessel == "A2"


@given(st.lists(st.tuples(st.sampled_from(sorted(PRIORITY)), st.floats(0, 1000)), max_size=30))
def test_every_operation_is_picked_once(wanted: list[tuple[str, float]]) -> None:
    dispatcher = Dispatcher(lambda _: 5.0)
    for kind, due_s in wanted:
        dispatcher.add(op(kind, due_s))
    picked = []
    while (operation := dispatcher.pick(1000.0)) is not None:
        picked.append((operation.kind, operation.due_s))
    assert sorted(picked) == sorted(wanted)
