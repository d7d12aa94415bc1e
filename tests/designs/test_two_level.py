"""Fractions of least aberration, their aliases, folds and blocks, against published tables."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs import DesignError, RunSheet, VesselLayout, expand
from designs.generators.confounding import block_numbers, confounded
from designs.generators.factorial import two_level
from designs.generators.fractions import fraction_of_runs
from designs.generators.regular import Regular, regular
from tests.designs.making import letters, read_factors, read_spec

STATION = VesselLayout(8, 12)


def make(count: int, kind: str = "fractional", **section: Any) -> RunSheet:
    return expand(letters(count), read_spec(kind, **section), STATION)


def recognised(signs: np.ndarray) -> Regular:
    found = regular(signs)
    assert found is not None
    return found


# Chen, Sun & Wu (1993), tables of 16- and 32-run designs, and Wu & Hamada, tables 5A.2 to 5A.5:
# words of length 3, 4, 5, 6 of the first, the minimum aberration, design.
@pytest.mark.parametrize(
    ("factors", "runs", "words"),
    [
        *[(5, 8, (2, 1, 0, 0)), (6, 8, (4, 3, 0, 0)), (7, 8, (7, 7, 0, 0))],
        *[(5, 16, (0, 0, 1, 0)), (6, 16, (0, 3, 0, 0)), (7, 16, (0, 7, 0, 0))],
        *[(8, 16, (0, 14, 0, 0)), (9, 16, (4, 14, 8, 0)), (10, 16, (8, 18, 16, 8))],
        *[(11, 16, (12, 26, 28, 24)), (12, 16, (16, 39, 48, 48))],
        *[(6, 32, (0, 0, 0, 1)), (7, 32, (0, 1, 2, 0)), (8, 32, (0, 3, 4, 0))],
        *[(9, 32, (0, 6, 8, 0)), (10, 32, (0, 10, 16, 0)), (11, 32, (0, 25, 0, 27))],
        *[(8, 64, (0, 0, 2, 1)), (9, 64, (0, 1, 4, 2)), (10, 64, (0, 2, 8, 4))],
    ],
)
def test_fractions_of_a_run_count_have_least_aberration(
    factors: int, runs: int, words: tuple[int, ...]
) -> None:
    signs = fraction_of_runs(factors, runs)
    lengths = recognised(signs).word_lengths()
    assert len(signs) == runs
    assert (*lengths, 0, 0)[3:7] == words


@pytest.mark.parametrize(
    ("factors", "runs", "fewest"), [(28, 32, 112), (27, 32, 100), (26, 32, 88), (15, 16, 35)]
)
def test_many_factors_have_the_fewest_words_of_three(factors: int, runs: int, fewest: int) -> None:
    """The least over all sets of columns left out (brute force, once)."""
    assert words_by_length(fraction_of_runs(factors, runs))[3] == fewest


def test_many_factors_in_many_runs_take_products_of_any_length() -> None:
    """Products of odd length alone, which are always of resolution IV, leave 164 words of four."""
    found = words_by_length(fraction_of_runs(20, 64))
    assert (found[3], found[4]) == (0, 125)


@settings(max_examples=10, deadline=None)
@given(base=st.integers(5, 7), data=st.data())
def test_many_factors_keep_their_resolution(base: int, data: st.DataObject) -> None:
    factors = data.draw(st.integers(base + 13, (1 << base) - 1))
    signs = fraction_of_runs(factors, 1 << base)
    assert len(np.unique(signs, axis=0)) == 1 << base
    found = words_by_length(signs)
    assert found[1] == found[2] == 0
    assert (found[3] == 0) == (factors <= 1 << (base - 1))


def words_by_length(signs: Any) -> list[int]:
    """Words of length 0 to 4 by MacWilliams' identity, from how many lows each run has."""
    k = signs.shape[1]
    lows = np.unique((signs < 0).sum(axis=1), return_counts=True)
    return [
        round(
            sum(
                (-1) ** i * comb(low, i) * comb(k - low, length - i) * runs
                for low, runs in zip(*(found.tolist() for found in lows), strict=True)
                for i in range(length + 1)
            )
            / len(signs)
        )
        for length in range(5)
    ]


@pytest.mark.parametrize(("factors", "runs"), [(5, 12), (8, 8), (4, 32)])
def test_a_run_count_that_no_fraction_has_is_refused(factors: int, runs: int) -> None:
    with pytest.raises(DesignError, match=f"not {runs}"):
        fraction_of_runs(factors, runs)


def test_the_alias_structure_is_that_of_the_book() -> None:
    # Montgomery, ch. 8: the 2^(4-1) with I = ABCD and the 2^(5-2) with D = AB, E = AC.
    half = make(4, generators={"d": "a*b*c"}).diagnostics().aliases
    assert half.defining == ("a*b*c*d",)
    assert half.sets == ("a:b = c:d", "a:c = b:d", "a:d = b:c")
    quarter = make(5, generators={"d": "a*b", "e": "a*c"}).diagnostics().aliases
    assert quarter.defining == ("a*b*d", "a*c*e", "b*c*d*e")
    assert quarter.sets[0] == "a = b:d = c:e"
    assert quarter.sets[-1] == "b:e = c:d"
    turned = make(3, generators={"c": "-a*b"}).diagnostics().aliases
    assert turned.defining == ("-a*b*c",)
    assert turned.sets == ("a = -b:c", "b = -a:c", "c = -a:b")


def test_partial_aliases_of_twelve_runs_are_thirds() -> None:
    audit = make(5, "plackett-burman", runs=12).diagnostics()
    assert audit.aliases.defining == audit.aliases.sets == ()
    for name, shares in audit.aliases.partial.items():
        assert len(shares) == 6  # every interaction of the four others
        assert not any(name in pair.split(":") for pair in shares)
        assert np.abs(list(shares.values())) == pytest.approx(1 / 3)


def test_a_full_fold_clears_main_effects() -> None:
    # Montgomery 8.6: the full fold-over of a 2^(7-4) of resolution III is a 2^(7-3) of IV.
    sheet = make(7, resolution=3, fold="full", centre_points=2, seed=3)
    audit = sheet.diagnostics()
    assert (audit.runs, audit.blocks, audit.resolution) == (18, 2, 4)
    assert recognised(sheet.coded[sheet.table["point"] != "centre"].to_numpy()).word_lengths()[
        3:5
    ] == (0, 7)
    # The block is the fold, one centre point each, and no main effect differs between them.
    assert (sheet.table.groupby("block").size() == 9).all()
    assert np.allclose(sheet.coded.groupby(sheet.table["block"]).mean(), 0)
    assert all(name in audit.terms for name in sheet.factors)


def test_a_fold_on_one_factor_frees_it_and_its_interactions() -> None:
    audit = make(7, resolution=3, fold={"on": "c"}).diagnostics()
    mixed = [effects for effects in audit.aliases.sets if "c" in effects.replace(":", " ").split()]
    assert mixed == []
    assert audit.resolution == 3
    assert all("c" not in word for word in audit.aliases.defining)


def test_half_a_fold_adds_half_the_runs() -> None:
    # Mee & Peralta (2000): a semifold of a 2^(4-1) of resolution IV in 12 runs tells all six
    # two-factor interactions of four factors.
    sheet = make(4, generators={"d": "a*b*c"}, fold={"on": "a", "half": "b"})
    added = sheet.table["block"] == 2
    assert (len(sheet.table), added.sum()) == (12, 4)
    assert (sheet.coded[added]["b"] == 1).all()
    assert len(sheet.diagnostics().terms) == 10


def test_a_folded_screening_design_is_clear_of_interactions() -> None:
    coded = make(5, "plackett-burman", runs=12, fold="full").coded.to_numpy()
    for i in range(5):
        for j, k in combinations(range(5), 2):
            assert coded[:, i] @ (coded[:, j] * coded[:, k]) == 0


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"fold": {"on": "z"}}, "'z' is none of the factors a, b, c, d"),
        ({"fold": {"on": "a", "half": "z"}}, "'z' is none of the factors a, b, c, d"),
        (
            {"fold": "full", "blocks": {"by": "column"}},
            "this design has 2 blocks of its own; leave blocks out",
        ),
    ],
)
def test_folds_that_cannot_be_made(section: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError) as caught:
        make(4, resolution=4, **section)
    assert caught.value.message == message


# Montgomery, table 7.9: effects of two factors that the suggested arrangements give up.
@pytest.mark.parametrize(
    ("factors", "blocks", "lost"),
    [
        *[(3, 2, 0), (3, 4, 3), (4, 2, 0), (4, 4, 1), (4, 8, 6), (5, 2, 0), (5, 4, 0)],
        *[(5, 8, 2), (6, 2, 0), (6, 4, 0), (6, 8, 0), (6, 16, 3), (7, 8, 0)],
    ],
)
def test_blocks_of_factorials_give_up_no_more_than_published(
    factors: int, blocks: int, lost: int
) -> None:
    signs = two_level(factors)
    block = block_numbers(recognised(signs), signs, confounded(recognised(signs), blocks))
    assert set(np.bincount(block)) == {2**factors // blocks}
    indicator = block[:, None] == np.arange(blocks)
    assert not (indicator.T @ signs).any()
    pairs = np.column_stack([signs[:, i] * signs[:, j] for i, j in combinations(range(factors), 2)])
    assert (np.abs(indicator.T @ pairs).max(axis=0) > 0).sum() <= lost


def test_a_fraction_in_blocks_by_column_has_the_published_confounding() -> None:
    # Wu & Hamada, table 5B: the 2^(6-2) in 4 blocks gives up three words of two pairs each.
    sheet = expand(
        letters(6),
        read_spec("fractional", runs=16, blocks={"by": "column"}, seed=4),
        VesselLayout(4, 6),
    )
    audit = sheet.diagnostics()
    assert (sheet.table.groupby("block").size() == 4).all()
    assert all(name in audit.terms for name in sheet.factors)
    assert not set(audit.block_losses) & set(sheet.factors)


def test_replicates_are_blocks_where_their_number_allows() -> None:
    sheet = make(3, "full-factorial", replicates=2, centre_points=2, blocks={"count": 2})
    factorial = sheet.table[sheet.table["point"] == "factorial"]
    assert (factorial["block"] == factorial["replicate"]).all()
    assert sheet.diagnostics().block_losses == {}


def test_categorical_factors_fold_and_block() -> None:
    factors = read_factors(
        **{n: {"low": "1 g/L", "high": "3 g/L"} for n in "ab"},
        medium={"levels": ["LB", "TB"]},
    )
    spec = read_spec("fractional", resolution=3, fold="full")
    sheet = expand(factors, spec, STATION)
    assert sheet.diagnostics().distinct_points == 8
    assert sheet.diagnostics().aliases.sets == ()


@settings(max_examples=25, deadline=None)
@given(factors=st.integers(2, 7), base=st.integers(2, 5), seed=st.integers(0, 2**20))
def test_words_found_are_constant_and_all(factors: int, base: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    base = min(base, factors)
    cube = two_level(base)
    further = [
        cube[:, random.choice(base, random.integers(1, base + 1), replace=False)].prod(axis=1)
        * random.choice([-1, 1])
        for _ in range(factors - base)
    ]
    signs = random.permutation(np.column_stack([cube, *further]), axis=1)
    found = recognised(random.permutation(signs))
    words = set(found.words())
    for length in range(1, factors + 1):
        for word in combinations(range(factors), length):
            mean = signs[:, word].prod(axis=1).mean()
            assert (abs(mean) == 1) == (word in words)
            if abs(mean) == 1:
                assert found.effect(word) == (0, mean)


def test_runs_that_are_no_regular_fraction_are_told_so() -> None:
    assert regular(two_level(3)[:6]) is None
    assert regular(np.vstack([two_level(2), two_level(2)[:1]])) is None
    assert recognised(np.vstack([two_level(2)] * 3)).base == 2
