"""The design space against what is known exactly and against a plain loop."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import ModelError
from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.space import acceptable_ranges, design_space, robust_setpoint
from analysis.space.normals import NormalDraws, next_words
from designs import CategoricalFactor, ContinuousFactor, Factors

DRAWS = 40_000
SURE = 4.5  # standard errors that chance hardly ever passes


def factors(names="abc"):
    return Factors({name: ContinuousFactor(low="10 mL", high="30 mL") for name in names})


def fitted(names="abc", responses=2, scatter=0.4, correlation=0.8, curved=True, seed=1, bend=1.0):
    """Second-order models of a faced composite design with correlated scatter."""
    rng = np.random.default_rng(seed)
    k = len(names)
    corners = list(product((-1.0, 1.0), repeat=k))
    x = np.vstack([corners, np.eye(k), -np.eye(k), np.zeros((4, k))])
    terms = [*names, *(f"{a}:{b}" for a, b in combinations(names, 2))]
    terms += [f"{a}^2" for a in names] if curved else []
    table = factors(names).to_actual(pd.DataFrame(x, columns=list(names)))
    shared = rng.normal(size=len(x))
    models = {}
    for j in range(responses):
        own = rng.normal(size=len(x))
        noise = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
        y = 5 + x @ rng.uniform(-1, 1, k) - bend * (x**2).sum(axis=1) * curved + scatter * noise
        name = f"y{j}"
        models[name] = fit(table.assign(**{name: y}), factors(names), name, terms)
    return models


def test_the_normal_numbers_are_normal():
    z = NormalDraws(5).draw(2_000_001).astype(float)
    assert len(z) == 2_000_001
    assert abs(z.mean()) < SURE / np.sqrt(len(z))
    assert stats.kurtosis(z) == pytest.approx(0, abs=SURE * np.sqrt(24 / len(z)))
    assert stats.kstest(z, "norm").pvalue > 1e-4
    for tail in (1e-2, 1e-4):
        found = np.mean(np.abs(z) > stats.norm.isf(tail / 2))
        assert found == pytest.approx(tail, abs=SURE * np.sqrt(tail / len(z)))
    half = len(z) // 2
    for power in (1, 2):
        r = np.corrcoef(z[:half] ** power, z[half : 2 * half] ** power)[0, 1]
        assert abs(r) < SURE / np.sqrt(half)
    assert np.array_equal(NormalDraws(5).draw(100), NormalDraws(5).draw(100))


def test_the_bits_are_those_of_xoshiro():
    """The published generator, word by word (Blackman & Vigna's C code in Python's integers)."""

    def rotated(x, k):
        return ((x << k) | (x >> (32 - k))) & 0xFFFFFFFF

    def reference(s):
        word = (rotated((s[0] + s[3]) & 0xFFFFFFFF, 7) + s[0]) & 0xFFFFFFFF
        shifted = (s[1] << 9) & 0xFFFFFFFF
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotated(s[3], 11)
        return word

    seeds = [[1, 2, 3, 4], [9, 8, 7, 0xFFFFFFF0]]
    state, words = np.array(seeds, np.uint32).T.copy(), np.empty(2, np.uint32)
    for _ in range(50):
        next_words(state, words)
        assert list(words) == [reference(s) for s in seeds]


@pytest.mark.parametrize("point", [(0, 0, 0), (1, -1, 1), (0.3, 0.9, -0.5)])
def test_one_limit_is_student_t_of_the_prediction_interval(point):
    model = fitted(responses=1)["y0"]
    limit = 3.6
    space = design_space({"y0": model}, {"y0": ResponseSpec(low=limit)})
    row = model.predict(pd.DataFrame([point], columns=list("abc")), coded=True).iloc[0]
    t = stats.t.ppf(0.975, model.df_residual)
    exact = stats.t.sf(limit, model.df_residual, row["mean"], (row["pi_high"] - row["mean"]) / t)
    found = space.probability([point], 4 * DRAWS)[0]
    error = np.sqrt(max(exact * (1 - exact), 1e-4) / (4 * DRAWS))
    assert found == pytest.approx(exact, abs=SURE * error)


def second_order(x):
    pairs = [x[:, i] * x[:, j] for i, j in combinations(range(x.shape[1]), 2)]
    return np.column_stack([np.ones(len(x)), x, *pairs, x**2])


def plain_loop(models, specs, points, sd, draws, seed):
    """The same probability, draw by draw, by numpy alone and with draws of its own."""
    rng = np.random.default_rng(seed)
    first = next(iter(models.values()))
    residuals = np.column_stack([m.table["residual"] for m in models.values()])
    together = np.linalg.cholesky(np.corrcoef(residuals.T))
    root = np.linalg.cholesky(first.covariance / first.sigma**2)
    kept = np.zeros(len(points))
    for _ in range(draws):
        scale = np.sqrt(first.df_residual / rng.chisquare(first.df_residual))
        deviation = root @ rng.normal(size=(len(root), len(models))) @ together.T
        scatter = together @ rng.normal(size=len(models))
        x = second_order(points + sd * rng.normal(size=points.shape[1]))
        good = np.ones(len(points), dtype=bool)
        for j, (name, model) in enumerate(models.items()):
            wide = model.sigma * scale
            y = x @ (model.estimates + wide * deviation[:, j]) + wide * scatter[j]
            low, high = specs[name].low, specs[name].high
            good &= (y >= (-np.inf if low is None else low)) & (
                y <= (np.inf if high is None else high)
            )
        kept += good
    return kept / draws


def test_a_plain_loop_finds_the_same():
    models = fitted(responses=3)
    specs = {
        "y0": ResponseSpec(low=3.5),
        "y1": ResponseSpec(low=3, high=5.2),
        "y2": ResponseSpec(high=5),
    }
    space = design_space(models, specs, dict.fromkeys("abc", 1.0), seed=3)
    points = np.array([[0, 0, 0], [0.5, -0.5, 0.2], [-1, 1, 0], [0.2, 0.4, -0.7]])
    draws = 4_000
    plain = plain_loop(models, specs, points, 0.1, draws, 7)
    found = space.probability(points, 200_000)
    assert found == pytest.approx(plain, abs=SURE * 0.5 / np.sqrt(draws))
    assert 0.1 < found.max() < 0.95


@pytest.mark.parametrize(("curved", "bend"), [(True, 1.0), (False, 0.0), (True, 0.0)])
def test_a_map_is_the_plain_count_at_each_of_its_points(curved, bend):
    """Also of straight rows, and of rows that are all but straight, whose vertex is far away."""
    models = fitted(responses=3, curved=curved, bend=bend)
    specs = {
        "y0": ResponseSpec(low=3.5),
        "y1": ResponseSpec(low=3, high=5.2),
        "y2": ResponseSpec(high=5),
    }
    space = design_space(models, specs, {"a": 0.5, "c": 2.0}, seed=3)
    shown = space.map("c", "a", at={"b": 0.25}, size=9, draws=DRAWS)
    steps = np.linspace(-1, 1, 9)
    points = np.array([[a, 0.25, c] for a in steps for c in steps])
    single = space.probability(points, DRAWS).reshape(9, 9)
    assert shown.probability == pytest.approx(single, abs=1e-4)
    assert shown.probability.max() > 0.2
    assert shown.draws == DRAWS
    assert shown.standard_error < 0.5 / np.sqrt(DRAWS)
    assert shown.up_values[0] == 10
    assert shown.across_values[-1] == 30
    assert shown.fixed == {"b": 22.5}
    frame = shown.frame()
    assert len(frame) == 81
    assert frame.loc[1, "c"] == 12.5
    again = space.map("c", "a", at={"b": 0.25}, size=9, draws=DRAWS)
    assert np.array_equal(again.probability, shown.probability)


def test_correlation_between_responses_counts():
    """A response and its mirror image fail on the same runs, or never together."""
    model = fitted(responses=1)["y0"]
    table = model.factors.to_actual(model.coded).assign(
        up=model.table["observed"], down=-model.table["observed"]
    )
    both = {n: fit(table, model.factors, n, model.terms) for n in ("up", "down")}
    at = [[0.0, 0.0, 0.0]]
    alike = {"up": ResponseSpec(low=4.7), "down": ResponseSpec(high=-4.7)}
    apart = {"up": ResponseSpec(low=4.7), "down": ResponseSpec(low=-5.4)}
    one = design_space({"up": both["up"]}, {"up": ResponseSpec(low=4.7)}).probability(at)[0]
    other = design_space({"up": both["up"]}, {"up": ResponseSpec(high=5.4)}).probability(at)[0]
    assert design_space(both, alike).probability(at)[0] == pytest.approx(one, abs=0.015)
    joined = design_space(both, apart).probability(at)[0]
    assert joined == pytest.approx(one + other - 1, abs=0.015)


def test_a_loose_setpoint_backs_away_from_the_cliff():
    """A rising response and a limit that breaks abruptly: the more error, the farther away."""
    names = "ab"
    x = np.array(list(product((-1.0, 0.0, 1.0), repeat=2)) * 2)
    rng = np.random.default_rng(2)
    table = factors(names).to_actual(pd.DataFrame(x, columns=list(names)))
    table["titre"] = 10 + 3 * x[:, 0] + rng.normal(scale=0.3, size=len(x))
    table["acid"] = 2 + 3 * x[:, 0] ** 2 + 2 * x[:, 0] + rng.normal(scale=0.1, size=len(x))
    terms = ["a", "b", "a:b", "a^2", "b^2"]
    models = {n: fit(table, factors(names), n, terms) for n in ("titre", "acid")}
    specs = {"titre": ResponseSpec(low=9.5), "acid": ResponseSpec(high=4.0)}
    exact = robust_setpoint(design_space(models, specs))
    loose = robust_setpoint(design_space(models, specs, {"a": 3.0}))
    assert exact.probability > 0.99 > loose.probability > 0.5
    assert "keeps every limit with a probability of" in loose.sentence
    assert abs(loose.settings["b"] - 20) <= 10
    nearby = [[loose.coded["a"] + d, loose.coded["b"]] for d in (-0.15, 0.15)]
    space = design_space(models, specs, {"a": 3.0})
    assert space.probability(nearby).max() <= loose.probability + 0.01


def test_acceptable_ranges_hold_what_they_promise():
    models = fitted("ab", responses=2, scatter=0.25, seed=4)
    specs = {"y0": ResponseSpec(low=3.6), "y1": ResponseSpec(low=3.6)}
    space = design_space(models, specs, {"a": 0.5, "b": 0.5})
    best = robust_setpoint(space)
    found = acceptable_ranges(space, best.coded, 0.9)
    assert best.probability > 0.95
    for alone, jointly in zip(found.alone, found.jointly, strict=True):
        assert alone.low <= jointly.low < jointly.high <= alone.high
    rng = np.random.default_rng(1)
    inside = pd.DataFrame({r.factor: rng.uniform(r.low, r.high, 60) for r in found.jointly})
    assert space.probability_of(inside, 100_000).min() > 0.9 - 0.012
    assert found.lowest >= 0.9
    lone = next(r for r in found.alone if not r.at_edge)
    edge = pd.DataFrame([{**best.settings, lone.factor: end} for end in (lone.low, lone.high)])
    assert list(space.probability_of(edge)) == pytest.approx([0.9, 0.9], abs=0.015)
    none = acceptable_ranges(space, {"a": 1.0, "b": 1.0}, 0.9)
    assert none.jointly == ()
    assert "no acceptable range" in none.sentences[0]


def test_a_log_factor_and_levels():
    mixed = Factors(
        {
            "medium": CategoricalFactor(levels=["LB", "TB"]),
            "iptg": ContinuousFactor(low="1 µmol/L", high="100 µmol/L", scale="log"),
            "feed": ContinuousFactor(low="1 g/L/h", high="5 g/L/h"),
        }
    )
    rng = np.random.default_rng(3)
    rows = list(product(("LB", "TB"), (-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0)))
    coded = pd.DataFrame(rows, columns=list(mixed))
    table = mixed.to_actual(coded)
    table["y"] = 5 + 2 * (coded["medium"] == "TB") + coded["iptg"] + rng.normal(size=18) / 4
    model = fit(table, mixed, "y", ["medium", "iptg", "feed"])
    specs = {"y": ResponseSpec(low=6)}
    poor = design_space({"y": model}, specs)
    rich = design_space({"y": model}, specs, {"iptg": 0.1}, {"medium": "TB"})
    assert rich.coded_error == pytest.approx([2 * np.log(1.1) / np.log(100), 0])
    at = pd.DataFrame({"iptg": [10.0], "feed": [3.0]})
    assert poor.probability_of(at).iloc[0] < 0.05 < 0.95 < rich.probability_of(at).iloc[0]
    assert rich.map("iptg", "feed", size=3, draws=1000).fixed == {"medium": "TB"}


def test_what_cannot_be_asked_is_told():
    models = fitted(responses=1)
    spec = {"y0": ResponseSpec(low=4)}
    with pytest.raises(ModelError, match="needs limits"):
        design_space(models, {"y0": ResponseSpec(goal="maximise")})
    with pytest.raises(ModelError, match="no continuous factor"):
        design_space(models, spec, {"z": 1.0})
    with pytest.raises(ModelError, match="must be 0 or more"):
        design_space(models, spec, {"a": -1.0})
    space = design_space(models, spec)
    with pytest.raises(ModelError, match="not 'a' twice"):
        space.map("a", "a")
    with pytest.raises(ModelError, match="goes over 'b', so it cannot be held"):
        space.map("a", "b", at={"b": 0.5})
    with pytest.raises(ModelError, match="'z' is no continuous factor"):
        space.map("a", "b", at={"z": 0.5})
    with pytest.raises(ModelError, match="2 to 63 rows"):
        space.map("a", "b", size=64)
    saturated = fit(
        factors("ab")
        .to_actual(pd.DataFrame({"a": [-1, 1, -1], "b": [-1, -1, 1]}))
        .assign(y=[1, 2, 4]),
        factors("ab"),
        "y",
        ["a", "b"],
    )
    with pytest.raises(ModelError, match="leaves no estimate of error"):
        design_space({"y": saturated}, {"y": ResponseSpec(low=2)})


@pytest.mark.parametrize("limits", [{"low": 4.9}, {"high": 5.2}, {"low": 4.9, "high": 5.2}])
def test_a_factor_without_any_term_changes_nothing(limits):
    model = fitted(responses=1, curved=False)["y0"]
    table = model.factors.to_actual(model.coded)
    table["y"] = 5 + 0.5 * model.coded["a"] + model.table["residual"]
    space = design_space(
        {"y": fit(table, model.factors, "y", ["a"])}, {"y": ResponseSpec(**limits)}
    )
    shown = space.map("b", "a", size=5, draws=4096)
    points = [[a, 0.0, 0.0] for a in np.linspace(-1, 1, 5)]
    assert np.ptp(shown.probability, axis=1) == pytest.approx(0)
    assert shown.probability[:, 0] == pytest.approx(space.probability(points, 4096), abs=1e-3)
    assert np.ptp(shown.probability) > 0.1
