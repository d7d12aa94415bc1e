import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from orchestrator.engine.feeding import FeedAccount
from orchestrator.protocol.feeds import Feed

START_ML = 10.0
STRENGTH_G_L = 400.0


def account(**feed: object) -> FeedAccount:
    written = {"source": "glucose-400", **feed}
    return FeedAccount(TypeAdapter(Feed).validate_python(written), START_ML, STRENGTH_G_L)


def doses(feed: FeedAccount, hours: float, scan_s: float = 60.0) -> list[tuple[float, float]]:
    given = []
    for beat in range(int(hours * 3600 / scan_s) + 1):
        if (dose := feed.dose_ml(beat * scan_s)) is not None:
            given.append((beat * scan_s, dose))
    return given


def test_a_rate_per_volume_becomes_equal_doses_on_the_beat() -> None:
    given = doses(account(kind="bolus", rate="4.8 g/L/h", every="10 min"), hours=1)
    assert [at for at, _ in given] == [600.0 * n for n in range(1, 7)]
    # 4.8 g/L/h x 10 mL / 400 g/L = 0.12 mL/h
    assert sum(dose for _, dose in given) == pytest.approx(0.12, abs=1e-4)


def test_a_dose_below_the_smallest_waits_for_the_next() -> None:
    given = doses(account(kind="bolus", rate="1 g/L/h", every="10 min", smallest="14 µL"), hours=5)
    assert all(dose >= 0.014 for _, dose in given)
    assert sum(dose for _, dose in given) == pytest.approx(5 * 0.025, abs=0.014)


def test_boluses_of_a_volume_come_at_their_times() -> None:
    feed = account(kind="bolus", volume="5 mL", every="24 h", first="72 h")
    assert doses(feed, hours=121, scan_s=600) == [(h * 3600.0, 5.0) for h in (72, 96, 120)]


def test_an_exponential_feed_has_the_integral_of_its_flow() -> None:
    feed = account(kind="exponential", growth_rate="0.1 1/h", start="0.05 mL/h", every="10 min")
    total = sum(dose for _, dose in doses(feed, hours=10))
    assert total == pytest.approx(0.05 / 0.1 * (2.718281828 - 1), rel=1e-3)


def test_what_was_given_short_is_owed_and_what_was_given_over_is_taken_back() -> None:
    feed = account(kind="constant", flow="0.6 mL/h", every="10 min")
    assert feed.dose_ml(0.0) is None
    assert feed.dose_ml(600.0) == pytest.approx(0.1)
    feed.correct(0.02)
    assert feed.dose_ml(1200.0) == pytest.approx(0.12)
    feed.correct(-0.03)
    assert feed.dose_ml(1800.0) == pytest.approx(0.07)


@given(
    st.sampled_from(["constant", "bolus"]),
    st.floats(0.5, 10),
    st.lists(st.integers(1, 40), min_size=1, max_size=60),
)
def test_missed_scans_lose_no_feed(kind: str, rate: float, gaps: list[int]) -> None:
    feed = account(kind=kind, rate=f"{rate!r} g/L/h", every="10 min")
    phase_s, given = 0.0, 0.0
    for gap in gaps:
        phase_s += gap * 60.0
        given += feed.dose_ml(phase_s) or 0.0
    per_h = rate * START_ML / STRENGTH_G_L
    owed = per_h * phase_s / 3600
    assert given <= owed + 1e-3
    assert given >= owed - per_h / 6 - 1e-3
