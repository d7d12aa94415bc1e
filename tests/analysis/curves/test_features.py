"""Features of curves that are known exactly, with gaps, spikes and double times."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.curves import FEATURES, Curve, NoFeature, functional_components, yield_on
from analysis.errors import ModelError
from analysis.responses import ResponseSpec
from analysis.time_courses import reduce

HOURS = np.linspace(0, 24, 241)


def logistic(hours, rate=0.5, middle=10.0, top=20.0):
    return 1 + top / (1 + np.exp(-rate * (hours - middle)))


def take(name, hours, values):
    return FEATURES[name](Curve.of(hours, values))


@pytest.mark.parametrize(
    ("name", "expected", "tolerance"),
    [
        ("max-rate", 20 * 0.5 / 4, 0.05),  # the steepest slope of a logistic is top * rate / 4
        ("mean-rate", (logistic(24.0) - logistic(0.0)) / 24, 0.02),
        ("lag", 10 - 2 / 0.5, 0.3),  # its tangent meets the base 2 / rate before the middle
        ("integral", np.trapezoid(logistic(HOURS), HOURS), 1e-9),
        ("peak", logistic(24.0), 0.02),
        ("time-to-peak", 24.0, 0.3),
    ],
)
def test_features_of_a_logistic_curve(name, expected, tolerance):
    assert take(name, HOURS, logistic(HOURS)) == pytest.approx(expected, abs=tolerance)


def test_exponential_growth_has_its_rate():
    values = 0.1 * np.exp(0.31 * HOURS)
    assert take("max-growth-rate", HOURS, values) == pytest.approx(0.31, rel=1e-6)


def test_a_parabola_has_its_peak_and_area():
    values = 9 - (HOURS - 15) ** 2 / 25
    assert take("time-to-peak", HOURS, values) == pytest.approx(15, abs=0.2)
    assert take("peak", HOURS, values) == pytest.approx(9, abs=0.01)


@pytest.mark.parametrize("name", ["max-rate", "mean-rate", "lag", "integral", "peak"])
def test_gaps_empty_readings_and_one_wild_one_change_little(name):
    clean = take(name, HOURS, logistic(HOURS))
    values = logistic(HOURS)
    values[[40, 41, 90]] = np.nan
    values[170] = 500.0 if name != "integral" else values[170]
    hours = np.concatenate([HOURS[:120], HOURS[138:]])
    found = take(name, hours, np.concatenate([values[:120], values[138:]]))
    assert found == pytest.approx(clean, rel=0.03)


def test_double_times_are_averaged_and_order_does_not_matter():
    hours = np.array([2.0, 0, 1, 1, 3, 4])
    values = np.array([2.0, 0, 0.5, 1.5, 3, 4])
    assert take("slope", hours, values) == pytest.approx(1.0)
    assert take("integral", hours, values) == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("name", "hours", "values", "reason"),
    [
        ("integral", [0, 1, 2, 20], [1, 1, 1, 1], "there is no reading for 18 h of 20 h"),
        ("max-rate", [0, 1, 2], [1, 2, 3], "it needs readings at 5 times at least"),
        ("slope", [1, 1], [1, 2], "it needs readings at two times at least"),
        ("lag", range(9), range(9, 0, -1), "the curve never rises"),
        ("max-growth-rate", range(9), range(-4, 5), "readings above zero"),
        ("mean", [0, 1], [np.nan, np.nan], "there is no reading"),
    ],
)
def test_what_a_curve_cannot_tell_is_refused(name, hours, values, reason):
    with pytest.raises(NoFeature, match=reason):
        take(name, np.array(hours, float), np.array(values, float))


@given(st.floats(-5, 5), st.floats(0.1, 10), st.sampled_from(["max-rate", "mean-rate", "slope"]))
def test_rates_follow_scale_and_forget_the_level(level, scale, name):
    values = logistic(HOURS[::6])
    plain = take(name, HOURS[::6], values)
    assert take(name, HOURS[::6], level + scale * values) == pytest.approx(scale * plain)


def test_a_yield_is_gain_over_use():
    product = Curve.of(HOURS, logistic(HOURS))
    substrate = Curve.of(HOURS, 50 - 2 * (logistic(HOURS) - 1))
    assert yield_on(product, substrate) == pytest.approx(0.5)
    with pytest.raises(NoFeature, match="no substrate was seen to be used up"):
        yield_on(product, product)


def curves(vessels=24, seed=2, noise=0.05):
    """Two known ways to differ: the level throughout, and early against late."""
    rng = np.random.default_rng(seed)
    level, turn = rng.normal(size=(2, vessels)) * [[2.0], [1.0]]
    level -= level.mean()  # scores have no mean and do not go together
    turn -= turn.mean() + level * (turn @ level) / (level @ level)
    shape = np.sin(2 * np.pi * HOURS / 24)
    made = {}
    for i in range(vessels):
        keep = rng.random(len(HOURS)) > 0.3
        keep[[0, -1]] = True
        values = 5 + level[i] + turn[i] * shape + noise * rng.normal(size=len(HOURS))
        made[f"V{i}"] = Curve.of(HOURS[keep], values[keep])
    return made, level, turn


def test_components_are_what_the_curves_differ_in():
    made, level, turn = curves()
    found = functional_components(made)
    assert found.explained[0] > 0.75
    assert sum(found.explained[:2]) > 0.995
    assert abs(np.corrcoef(found.scores["component-1"], level)[0, 1]) > 0.99
    assert abs(np.corrcoef(found.scores["component-2"], turn)[0, 1]) > 0.99
    step = found.hours[1]
    squares = found.components**2
    assert squares.sum(axis=1) * step - squares[:, [0, -1]].sum(axis=1) * step / 2 == pytest.approx(
        1.0
    )
    rebuilt = found.mean + found.scores.to_numpy() @ found.components
    assert np.abs(rebuilt - found.smoothed.to_numpy()).max() < 0.1
    assert "a high score is a curve higher throughout" in found.sentences[0]
    assert "lower about" in found.sentences[1]


def test_curves_that_are_none_are_left_out_with_the_reason():
    made, _, _ = curves(6)
    made["short"] = Curve.of(HOURS[:4], HOURS[:4])
    stopped = made["V0"]
    made["stopped"] = Curve(stopped.hours[:60], stopped.values[:60], 0.0)
    found = functional_components(made)
    assert set(found.left_out) == {"short", "stopped"}
    assert "no reading for" in found.left_out["stopped"]
    with pytest.raises(ModelError, match="needs four at least"):
        functional_components({name: made[name] for name in ("V0", "V1", "short")})


def records(vessels=6):
    frames, phases, samples = [], [], []
    for i in range(vessels):
        t_s = 1000 + HOURS * 3600
        frame = pd.DataFrame({"t_s": t_s, "vessel": f"A{i}"})
        frames.append(frame.assign(od=logistic(HOURS, middle=8 + i), do=100 - logistic(HOURS)))
        phases.append((f"A{i}", "grow", 1000.0, 1000.0 + 24 * 3600))
        for hour in range(0, 24, 2):
            row = (f"A{i}", "broth", 1000.0 + hour * 3600, 0.5 * hour, 30.0 - hour)
            samples.append(row)
    return (
        pd.concat(frames, ignore_index=True),
        pd.DataFrame(phases, columns=["vessel", "phase", "start_s", "end_s"]),
        pd.DataFrame(samples, columns=["vessel", "sample", "t_s", "titre", "glucose"]),
    )


def test_a_protocol_can_take_them():
    telemetry, phases, samples = records()
    telemetry.loc[telemetry["vessel"] == "A5", "od"] = np.nan
    specs = {
        "growth": ResponseSpec(**{"from": "od", "take": "max-rate", "during": "grow"}),
        "wait": ResponseSpec(**{"from": "od", "take": "lag"}),
        "scaled": ResponseSpec(
            **{"from": "od", "take": "slope", "calibration": {"slope": 2, "intercept": 9}}
        ),
        "plain": ResponseSpec(**{"from": "od", "take": "slope"}),
        "shape": ResponseSpec(**{"from": "od", "take": "component-1"}),
        "titre": ResponseSpec(
            **{"from": "broth", "measured": "off-line", "take": "yield", "per": "glucose"}
        ),
    }
    found = reduce(specs, telemetry, phases, samples)
    table = found.table
    assert table.loc["A0", "growth"] == pytest.approx(2.5, abs=0.05)
    assert list(table["wait"][:5].diff().dropna().round(1)) == pytest.approx([1.0] * 4, abs=0.2)
    assert table["scaled"][:5].to_numpy() == pytest.approx(2 * table["plain"][:5].to_numpy())
    assert table["shape"][:5].is_monotonic_increasing or table["shape"][:5].is_monotonic_decreasing
    assert table["titre"].to_numpy() == pytest.approx(0.5)
    told = dict(zip(found.reasons["response"], found.reasons["reason"], strict=True))
    assert told["growth"] == "od was never read in A5."
    assert found.table.loc["A5", ["growth", "wait", "shape"]].isna().all()
