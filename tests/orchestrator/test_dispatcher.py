"""The dispatcher's rule, case by case, and what holds whatever is asked of it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.engine.dispatcher import Analyser, Dispatcher
from orchestrator.engine.operation import PRIORITY, Operation

TAKES_S = {"feed": 45.0, "inducer": 45.0, "sample": 90.0, "ph": 30.0}


def op(kind: str, due_s: float, vessel: str = "A1", within_s: float = 60.0, **more) -> Operation:
    return Operation(vessel, kind, due_s, within_s, volume_ml=0.02, **more)


def takes_s(operation: Operation) -> float:
    return TAKES_S[operation.kind]


def worked_off(wanted: list[Operation]) -> list[tuple[Operation, float]]:
    """What one arm does with operations that are known from the start, each with its start."""
    dispatcher, now_s, done = Dispatcher(takes_s), 0.0, []
    for one in wanted:
        dispatcher.add(one)
    while len(dispatcher):
        picked = dispatcher.pick(now_s)
        if picked is None:
            then_s = dispatcher.next_due_s(now_s)
            assert then_s is not None, "it waits for nothing"
            assert then_s > now_s
            now_s = then_s
            continue
        done.append((picked, now_s))
        now_s += takes_s(picked)
    return done


def test_the_window_that_closes_first_goes_first() -> None:
    wanted = [op("feed", 5, within_s=300), op("sample", 0, within_s=100), op("ph", 2, within_s=200)]
    assert [one.kind for one, _ in worked_off(wanted)] == ["sample", "ph", "feed"]


def test_with_equal_windows_the_more_important_goes_first() -> None:
    done = worked_off([op(kind, 0.0, within_s=900) for kind in reversed(PRIORITY)])
    assert [one.kind for one, _ in done] == list(PRIORITY)


def test_nothing_is_started_before_it_is_due() -> None:
    dispatcher = Dispatcher(takes_s)
    dispatcher.add(op("feed", 100.0))
    assert dispatcher.pick(99.0) is None
    assert dispatcher.next_due_s(99.0) == 100.0
    assert dispatcher.pick(100.0) is not None


def test_a_long_sample_is_not_started_in_front_of_an_urgent_feed() -> None:
    sample, feed = op("sample", 0.0, within_s=10.0), op("feed", 60.0, within_s=10.0)
    dispatcher = Dispatcher(takes_s)
    dispatcher.add(sample)
    dispatcher.add(feed)
    assert dispatcher.pick(0.0) is None
    assert dispatcher.next_due_s(0.0) == 60.0
    assert dispatcher.pick(60.0) == feed


def test_a_feed_that_is_only_expected_is_waited_for_too() -> None:
    dispatcher = Dispatcher(takes_s)
    dispatcher.add(op("sample", 0.0))
    dispatcher.expect(PRIORITY["feed"], due_s=60.0, within_s=10.0)
    assert dispatcher.pick(30.0) is None
    assert dispatcher.next_due_s(30.0) == 60.0, "it may not come; then the sample goes on"
    dispatcher.expect(PRIORITY["feed"], due_s=60.0, within_s=120.0)
    assert dispatcher.pick(30.0) is not None


def test_late_samples_let_feeds_go_first_fifty_times_in_a_row() -> None:
    samples = [op("sample", -1000.0, f"A{n}") for n in range(2)]
    feeds = [op("feed", -500.0, f"A{n}") for n in range(102)]
    kinds = [one.kind for one, _ in worked_off([*samples, *feeds])]
    assert kinds == ["feed"] * 50 + ["sample"] + ["feed"] * 50 + ["sample"] + ["feed"] * 2


def test_dropping_a_vessel_takes_back_only_its_own() -> None:
    dispatcher = Dispatcher(takes_s)
    for vessel in ("A1", "A2"):
        dispatcher.add(op("feed", 0.0, vessel))
        dispatcher.add(op("sample", 50.0, vessel, early_s=50.0))
    assert dispatcher.pick(-1.0) is None
    assert [one.kind for one in dispatcher.drop("A1")] == ["feed", "sample"]
    left = [dispatcher.pick(0.0), dispatcher.pick(50.0)]
    assert [(one.vessel, one.kind) for one in left if one] == [("A2", "feed"), ("A2", "sample")]
    assert not len(dispatcher)


def test_samples_are_drawn_no_faster_than_the_analyser_takes_them() -> None:
    samples = [
        op("sample", 0.0, f"A{n}", within_s=1e4, analysis_s=300.0, hold_s=600.0) for n in range(6)
    ]
    free_s, waits_s = 0.0, []
    for one, start_s in worked_off(samples):
        free_s = max(free_s, start_s + takes_s(one))
        waits_s.append(free_s - start_s)
        free_s += one.analysis_s
    assert max(waits_s) == 600.0
    assert waits_s == sorted(waits_s)


def test_two_arms_share_an_analyser() -> None:
    analyser = Analyser()
    arms = [Dispatcher(takes_s, analyser) for _ in range(2)]
    for number, arm in enumerate(arms):
        arm.add(op("sample", 0.0, f"A{number}", analysis_s=300.0, hold_s=100.0))
    assert arms[0].pick(0.0) is not None
    assert arms[1].pick(0.0) is None
    assert arms[1].next_due_s(0.0) == 90.0 + 300.0 - 100.0


def test_a_wave_is_centred_on_its_time() -> None:
    samples = [op("sample", 1e4, f"A{n}", within_s=5e3, early_s=5e3) for n in range(24)]
    deviations = [start_s - one.due_s for one, start_s in worked_off(samples)]
    assert -min(deviations) == max(deviations) == 23 * 90 / 2


def test_a_wave_begins_as_early_as_it_may_when_that_is_too_late() -> None:
    samples = [op("sample", 1e4, f"A{n}", within_s=600, early_s=600) for n in range(24)]
    assert worked_off(samples)[0][1] == 1e4 - 600


@pytest.mark.parametrize(("vessels", "minutes"), [(24, 17.25), (48, 35.375), (96, 101.375)])
def test_waves_that_collide_are_centred_together(vessels: int, minutes: float) -> None:
    """The largest deviation is the least that one arm can have: its work minus what is between."""
    wide = {"within_s": 10800.0, "early_s": 10800.0}
    wanted = [op("sample", 2e4, f"A{n}", **wide) for n in range(vessels)]
    wanted += [replace(one, kind="feed", due_s=2e4 + 3600) for one in wanted]
    dispatcher_takes = {"sample": 90.0, "feed": 75.0}
    dispatcher, now_s, worst_s = Dispatcher(lambda one: dispatcher_takes[one.kind]), 0.0, 0.0
    for one in wanted:
        dispatcher.add(one)
    while len(dispatcher):
        picked = dispatcher.pick(now_s)
        if picked is None:
            now_s = dispatcher.next_due_s(now_s) or now_s
            continue
        worst_s = max(worst_s, abs(now_s - picked.due_s))
        now_s += dispatcher_takes[picked.kind]
    assert worst_s / 60 == minutes


operations = st.builds(
    op,
    st.sampled_from(sorted(PRIORITY)),
    st.integers(0, 2000).map(float),
    st.sampled_from(["A1", "A2", "A3"]),
    st.integers(1, 1500).map(float),
    early_s=st.sampled_from([0.0, 60.0, 600.0]),
    analysis_s=st.sampled_from([0.0, 0.0, 120.0]),
    hold_s=st.sampled_from([None, 200.0]),
)


@settings(max_examples=150)
@given(st.lists(operations, max_size=25))
def test_each_is_done_once_never_before_its_window_and_never_two_at_once(wanted) -> None:
    done = worked_off(wanted)
    assert sorted(map(repr, wanted)) == sorted(repr(one) for one, _ in done)
    assert all(start_s >= one.release_s for one, start_s in done)
    ends = [start_s + takes_s(one) for one, start_s in done]
    assert all(end_s <= start_s for end_s, (_, start_s) in zip(ends, done[1:], strict=False))


@settings(max_examples=150)
@given(st.lists(operations, min_size=2, max_size=25))
def test_a_less_important_one_in_time_never_makes_a_more_important_one_late(wanted) -> None:
    """What could be in time when a less important one began, is not made late by that one."""
    done = worked_off(wanted)
    for position, (one, start_s) in enumerate(done):
        if one.latest_s < start_s:
            continue  # its turn after waiting long: the rule's exception
        end_s = start_s + takes_s(one)
        for other, _ in done[position + 1 :]:
            if other.priority < one.priority and start_s <= other.latest_s:
                assert other.latest_s >= end_s


@settings(max_examples=40)
@given(st.lists(operations, min_size=1, max_size=8), st.integers(30, 400))
def test_nothing_starves_behind_an_endless_stream_of_feeds(wanted, apart_s: int) -> None:
    """Even when feeds alone are half as much again as the arm can do."""
    dispatcher, now_s, fed_s = Dispatcher(takes_s), 0.0, 0.0
    left = set(range(len(wanted)))
    for number, one in enumerate(wanted):
        dispatcher.add(replace(one, vessel=str(number)))
    for _ in range(1000):
        while fed_s <= now_s:
            dispatcher.add(op("feed", fed_s, "stream", within_s=30.0))
            fed_s += apart_s
        picked = dispatcher.pick(now_s)
        if picked is None:
            now_s = min(dispatcher.next_due_s(now_s) or fed_s, fed_s)
            continue
        now_s += takes_s(picked)
        left.discard(int(picked.vessel) if picked.vessel != "stream" else -1)
    assert not left


def test_a_wave_of_feeds_is_not_made_late_by_samples_that_close_first() -> None:
    """Each feed alone could wait for a sample; all of them together could not."""
    samples = [op("sample", 0.0, f"A{n}", within_s=600.0) for n in range(10)]
    feeds = [op("feed", 0.0, f"A{n}", within_s=900.0) for n in range(20)]
    done = worked_off([*samples, *feeds])
    late = [one.kind for one, start_s in done if start_s > one.latest_s]
    assert set(late) == {"sample"}
