from orchestrator.engine.sampling import Series, WellBook
from orchestrator.protocol.culture import Sample


def sample(**more: object) -> Sample:
    return Sample.model_validate({"name": "plate", "volume": "150 µL", **more})


def test_wells_are_handed_out_once_in_their_order() -> None:
    book = WellBook(["plate1/A1", "plate1/A2"])
    assert [book.take() for _ in range(3)] == ["plate1/A1", "plate1/A2", None]


def test_an_hourly_series_counts_from_its_phase() -> None:
    series = Series(sample(every="1 h"))
    assert not series.due(0.0)
    series.begin(7200.0)
    due = [minute for minute in range(100, 320) if series.due(minute * 60.0)]
    assert due == [120, 180, 240, 300]


def test_a_series_without_period_is_one_sample() -> None:
    series = Series(sample())
    series.begin(60.0)
    assert [series.due(at) for at in (0.0, 60.0, 120.0)] == [False, True, False]
    assert not series.last()


def test_the_last_phase_takes_one_more_of_what_repeats() -> None:
    repeating, single, never = Series(sample(every="1 h")), Series(sample()), Series(sample())
    repeating.begin(0.0)
    single.begin(0.0)
    assert repeating.due(0.0)
    assert single.due(0.0)
    assert [series.last() for series in (repeating, single, never)] == [True, False, False]
