from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from designs import DesignError, Factors, RunSheet, VesselLayout, default_model, expand
from designs.blocking import deal, losses
from designs.model_terms import model_matrix, orthonormal
from tests.designs.making import letters, read_factors, read_spec

STATION = VesselLayout(6, 8)
STUDY = read_factors(
    feed_rate={"low": "1.0 g/L/h", "high": "4.8 g/L/h"},
    iptg={"low": "0.24 µmol/L", "high": "32 µmol/L", "scale": "log"},
)


def make(factors: Factors, kind: str, **section: Any) -> RunSheet:
    return expand(factors, read_spec(kind, **section), STATION)


def test_the_study_fills_the_station_column_by_column() -> None:
    table = make(
        STUDY,
        "central-composite",
        axial="faced",
        replicates=4,
        centre_points=16,
        blocks={"by": "column"},
        seed=2021,
    ).table
    assert list(table["run"]) == list(range(1, 49))
    assert sorted(table["standard_order"]) == list(range(1, 49))
    assert set(table["vessel"]) == set(STATION.names)
    assert (table["block"] == table["vessel"].str[1:].astype(int)).all()
    spread = table.groupby(["block", "point"]).size().unstack()
    assert (spread == 2).all(axis=None)
    centre = table[table["point"] == "centre"]
    assert set(centre["feed_rate"]) == {2.9}
    assert centre["iptg"].iloc[0] == pytest.approx((0.24 * 32) ** 0.5, rel=1e-11)
    assert list(centre.sort_values("standard_order")["replicate"]) == list(range(1, 17))


@pytest.mark.parametrize(
    ("kind", "section", "runs", "terms"),
    [
        ("full-factorial", {}, 8, "a b c a:b a:c b:c"),
        ("full-factorial", {"levels": 3}, 27, "a b c a:b a:c b:c a^2 b^2 c^2"),
        ("full-factorial", {"levels": {"a": 3}}, 12, "a b c a:b a:c b:c a^2"),
        ("fractional", {"resolution": 3}, 4, "a b c"),
        ("plackett-burman", {}, 4, "a b c"),
        ("plackett-burman", {"runs": 12, "replicates": 2}, 24, "a b c"),
        ("central-composite", {}, 18, "a b c a:b a:c b:c a^2 b^2 c^2"),
        ("box-behnken", {}, 15, "a b c a:b a:c b:c a^2 b^2 c^2"),
        ("latin-hypercube", {"runs": 12}, 12, "a b c a:b a:c b:c a^2 b^2 c^2"),
        ("latin-hypercube", {"runs": 9}, 9, "a b c a:b a:c b:c"),
        ("latin-hypercube", {"runs": 5}, 5, "a b c"),
    ],
)
def test_each_kind_has_its_runs_and_its_model(
    kind: str, section: dict[str, Any], runs: int, terms: str
) -> None:
    sheet = make(letters(3), kind, **section)
    assert len(sheet.table) == runs
    assert default_model(letters(3), read_spec(kind, **section)) == terms.split()
    assert sheet.diagnostics().terms == tuple(terms.split())


def test_categorical_factors_are_crossed_with_response_surface_designs() -> None:
    factors = letters(2, m={"levels": ["x", "y"]})
    sheet = make(factors, "central-composite", axial="faced", centre_points=4)
    assert (sheet.table.groupby("m").size() == 10).all()
    assert default_model(factors, read_spec("central-composite")) == [
        *["a", "b", "m", "a:b", "a:m", "b:m", "a^2", "b^2"]
    ]


def test_two_level_designs_take_categorical_factors_of_two_levels() -> None:
    sheet = make(letters(2, m={"levels": ["x", "y"]}), "fractional", generators={"m": "a*b"})
    signs = model_matrix(sheet.coded, ["a:b", "m"], sheet.factors)
    np.testing.assert_array_equal(signs["a:b"], signs["m[y]"])
    three = letters(2, m={"levels": ["x", "y", "z"]})
    with pytest.raises(DesignError, match="has two levels of each factor, but m has 3"):
        make(three, "plackett-burman")


def test_a_generator_may_be_negative() -> None:
    coded = make(letters(3), "fractional", generators={"b": "-a*c"}).coded
    np.testing.assert_array_equal(coded["b"], -coded["a"] * coded["c"])


def test_a_table_keeps_the_values_as_written() -> None:
    rows = [{"a": "2.2 g/L"}, {"a": "1234.5 mg/L"}, {"a": "2 g/L"}]
    table = make(letters(1), "table", rows=rows).table.sort_values("standard_order")
    assert list(table["a"]) == [2.2, 1.2345, 2.0]
    assert list(table["point"]) == ["given", "given", "centre"]


@pytest.mark.parametrize(
    ("factors", "kind", "section", "message", "loc"),
    [
        (
            letters(3),
            "full-factorial",
            {"levels": 4},
            "the design has 64 runs, but the station has 48 vessels; ask for fewer replicates, "
            "centre points or levels",
            (),
        ),
        (
            letters(3),
            "full-factorial",
            {"blocks": {"count": 5}},
            "8 runs cannot make 5 blocks of two runs or more",
            ("blocks", "count"),
        ),
        (
            letters(2),
            "full-factorial",
            {"levels": {"z": 3}},
            "levels are counted for continuous factors only, and 'z' is none of them",
            ("levels", "z"),
        ),
        (
            letters(0, m={"levels": ["x", "y"]}),
            "full-factorial",
            {"centre_points": 1},
            "centre points need a continuous factor, and there is none",
            ("centre_points",),
        ),
        (
            letters(5),
            "fractional",
            {"generators": {"d": "a*b", "e": "-b*a"}},
            "this fraction has resolution 2, not 3: d*e is the same in every run",
            ("generators",),
        ),
        (
            letters(3),
            "fractional",
            {"generators": {"z": "a*b"}},
            "'z' is none of the factors a, b, c",
            ("generators", "z"),
        ),
        (
            letters(4),
            "fractional",
            {"generators": {"c": "a*b", "d": "a*c"}},
            "'a*c' is no product of factors that have no generator themselves: 'c' is none of a, b",
            ("generators", "d"),
        ),
        (
            letters(3),
            "fractional",
            {"generators": {"c": "a*a"}},
            "'a*a' is no product of two different factors or more",
            ("generators", "c"),
        ),
        (
            letters(2),
            "central-composite",
            {"centre_points": 0},
            "the curvature b^2 cannot be estimated with 0 centre points; add some",
            ("centre_points",),
        ),
        (
            read_factors(a={"low": "0.1 g/L", "high": "3 g/L"}, b={"low": 1, "high": 2}),
            "central-composite",
            {},
            "the axial points of a would stand at -0.5006 g/L; make them inscribed or faced, or "
            "raise low",
            ("axial",),
        ),
        (
            letters(2),
            "table",
            {"rows": [{"a": "1 g/L", "b": "48 g/L"}]},
            "48 g/L lies outside the range of b, 1 g/L to 3 g/L",
            ("rows", "0", "b"),
        ),
        (
            letters(1),
            "table",
            {"rows": [{"a": "1 h"}]},
            "a: '1 h' is no value here; expected one such as '1 g/L'",
            ("rows", "0", "a"),
        ),
        (
            letters(2),
            "table",
            {"rows": [{"a": "1 g/L", "b": "2 g/L"}, {"a": "1 g/L"}]},
            "this row has no value for b",
            ("rows", "1"),
        ),
        (
            letters(1),
            "table",
            {"rows": [{"a": "1 g/L", "z": 1}]},
            "'z' is none of the factors a",
            ("rows", "0", "z"),
        ),
    ],
)
def test_what_cannot_be_made_is_told_at_its_place(
    factors: Factors, kind: str, section: dict[str, Any], message: str, loc: tuple[str, ...]
) -> None:
    with pytest.raises(DesignError) as caught:
        make(factors, kind, **section)
    assert (caught.value.message, caught.value.loc) == (message, loc)


@pytest.mark.parametrize(
    ("kind", "section", "message"),
    [
        (
            "fractional",
            {},
            "a fraction needs one of generators, resolution and runs",
        ),
        (
            "central-composite",
            {"axial": "faced", "alpha": 1.4},
            "faced axial points stand at alpha 1; leave alpha out",
        ),
        (
            "central-composite",
            {"alpha": "round"},
            "alpha is rotatable, orthogonal or a number above 0",
        ),
        (
            "full-factorial",
            {"levels": {"a": 1}},
            "levels is a whole number of at least 2, or one for each factor by name",
        ),
        (
            "full-factorial",
            {"blocks": "column"},
            "blocks are written as {count: 2} or {by: column}",
        ),
    ],
)
def test_sections_are_read_with_one_sentence_a_mistake(
    kind: str, section: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        read_spec(kind, **section)
    (error,) = caught.value.errors()
    assert error["msg"] == message


def test_cube_and_axial_points_make_orthogonal_blocks() -> None:
    # ChemReact (Myers, Montgomery & Anderson-Cook): seven and seven.
    two = make(letters(2), "central-composite", centre_points=6, blocks={"count": 2})
    assert two.diagnostics().block_losses == {}
    assert (two.table.groupby("block").size() == 7).all()
    assert set(two.table.loc[two.table["block"] == 2, "point"]) == {"axial", "centre"}
    three = make(
        letters(3), "central-composite", alpha="orthogonal", centre_points=6, blocks={"count": 3}
    )
    assert three.diagnostics().block_losses == {}
    assert list(three.table.groupby("block").size()) == [6, 6, 8]


@pytest.mark.parametrize(
    ("factors", "kind", "section", "count"),
    [
        (3, "full-factorial", {"replicates": 3}, 3),
        (4, "full-factorial", {}, 2),
        (5, "full-factorial", {}, 4),
        (4, "box-behnken", {"centre_points": 3}, 3),
    ],
)
def test_designs_that_can_be_blocked_orthogonally_are(
    factors: int, kind: str, section: dict[str, Any], count: int
) -> None:
    facts = make(letters(factors), kind, blocks={"count": count}, **section).diagnostics()
    assert facts.blocks == count
    assert facts.block_losses == {}


def test_dealing_spares_main_effects_most() -> None:
    signs = make(letters(3), "full-factorial").coded
    columns = model_matrix(signs, ["a", "b", "c", "a:b", "a:c", "b:c"], letters(3))
    values = columns.to_numpy()[:, 1:]
    block = deal(values, 3, [2, 2, 2, 2], np.random.default_rng(0))
    np.testing.assert_allclose(losses(orthonormal(values), block), [0, 0, 0, 1, 1, 1], atol=1e-12)


def test_layout_names_and_places() -> None:
    layout = VesselLayout(2, 3)
    assert layout.names == ("A1", "A2", "A3", "B1", "B2", "B3")
    by_column, by_row = read_spec("table", rows=[{}], blocks={"by": "column"}), {"by": "row"}
    assert layout.places(5, by_column.blocks) == [("A1", "B1"), ("A2", "B2"), ("A3",)]
    blocks = read_spec("table", rows=[{}], blocks=by_row).blocks
    assert layout.places(5, blocks) == [("A1", "A2", "A3"), ("B1", "B2")]
    with pytest.raises(DesignError, match="1 to 26 rows and at least one column, not 27 x 1"):
        VesselLayout(27, 1)


KINDS = st.sampled_from(
    [
        ("full-factorial", {"centre_points": 2}),
        ("fractional", {"resolution": 3, "replicates": 2}),
        ("plackett-burman", {"centre_points": 1}),
        ("central-composite", {"axial": "inscribed", "blocks": {"count": 2}}),
        ("box-behnken", {"blocks": {"by": "row"}}),
        ("latin-hypercube", {"runs": 14}),
    ]
)


@settings(max_examples=8, deadline=None)
@given(kind=KINDS, factors=st.integers(3, 4), seed=st.integers(0, 2**40))
def test_the_seed_decides_all(kind: tuple[str, dict[str, Any]], factors: int, seed: int) -> None:
    name, section = kind
    first = make(letters(factors), name, **section, seed=seed)
    second = make(letters(factors), name, **section, seed=seed)
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert first.table["vessel"].is_unique
    assert first.table["block"].is_monotonic_increasing
    other = make(letters(factors), name, **section, seed=seed + 1)
    assert list(first.table["standard_order"]) != list(other.table["standard_order"])


@settings(max_examples=10, deadline=None)
@given(
    kind=st.sampled_from(["full-factorial", "central-composite", "box-behnken"]),
    order=st.permutations(["a", "b", "c", "m"]),
)
def test_the_order_of_the_factors_changes_no_run(kind: str, order: list[str]) -> None:
    factors = letters(3, m={"levels": ["x", "y"]})
    turned = Factors({name: factors[name] for name in order})
    tables = [make(f, kind).table[["a", "b", "c", "m"]] for f in (factors, turned)]
    first, second = (t.sort_values(["a", "b", "c", "m"], ignore_index=True) for t in tables)
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@settings(max_examples=10, deadline=None)
@given(factors=st.integers(3, 9), least=st.integers(3, 4), seed=st.integers(0, 1000))
def test_fractions_are_orthogonal_and_hold_their_resolution(
    factors: int, least: int, seed: int
) -> None:
    facts = make(letters(factors), "fractional", resolution=least, seed=seed).diagnostics()
    assert facts.orthogonal
    assert facts.balanced
    assert facts.resolution is None or facts.resolution >= least
    assert facts.residual_df >= 0
