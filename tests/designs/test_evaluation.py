import numpy as np
import pandas as pd
import pytest

from designs import DesignAudit, Factors, VesselLayout, expand
from designs.evaluation import audit, d_efficiency
from designs.model_terms import model_matrix
from tests.designs.making import letters, read_spec

STATION = VesselLayout(6, 8)


def audit_of(factors: Factors, kind: str, **section: object) -> DesignAudit:
    return expand(factors, read_spec(kind, **section), STATION).diagnostics()


def test_a_full_factorial_can_tell_all() -> None:
    facts = audit_of(letters(3), "full-factorial", centre_points=3)
    assert (facts.runs, facts.distinct_points, facts.rank, facts.parameters) == (11, 9, 7, 7)
    assert (facts.residual_df, facts.pure_error_df) == (4, 2)
    assert facts.terms == ("a", "b", "c", "a:b", "a:c", "b:c")
    assert (facts.resolution, facts.balanced, facts.orthogonal) == (None, True, True)
    assert facts.warnings == ()


def test_d_efficiency_of_two_level_designs_is_full() -> None:
    assert audit_of(letters(3), "full-factorial").d_efficiency == pytest.approx(100)
    assert d_efficiency(np.ones((4, 2))) == 0


def test_aliases_are_named() -> None:
    facts = audit_of(letters(4), "fractional", generators={"d": "a*b*c"}, centre_points=2)
    assert (facts.resolution, facts.words) == (4, ("a*b*c*d",))
    assert facts.aliased == {"b:c": ("a:d",), "b:d": ("a:c",), "c:d": ("a:b",)}
    assert facts.warnings == (
        "These runs cannot tell b:c from a:d, b:d from a:c and c:d from a:b.",
    )


def test_resolution_three_is_warned_of() -> None:
    facts = audit_of(letters(7), "fractional", resolution=3, centre_points=2)
    assert facts.terms == tuple("abcdefg")
    assert facts.resolution == 3
    assert len(facts.words) == 7
    assert facts.warnings[0].startswith(
        "Resolution III: main effects are mixed with two-factor interactions (such as a, b, "
    )
    assert facts.warnings[1].endswith(" and 15 more.")


def test_screening_designs_mix_in_part() -> None:
    facts = audit_of(letters(11), "plackett-burman")
    assert (facts.resolution, facts.residual_df) == (3, 0)
    assert facts.terms == tuple("abcdefghijk")
    assert facts.warnings[1] == (
        "The model uses up all 12 runs: none is left to tell the error; add replicates or centre "
        "points."
    )


def test_a_composite_names_its_cube() -> None:
    facts = audit_of(letters(5), "central-composite", axial="faced", centre_points=4)
    assert (facts.runs, facts.parameters, facts.resolution) == (30, 21, 5)


def test_axial_points_beyond_the_bounds_are_told() -> None:
    facts = audit_of(letters(2), "central-composite", centre_points=4)
    assert facts.warnings[0] == "a runs from 0.5858 to 3.414 g/L, beyond its bounds 1 g/L to 3 g/L."


def test_terms_lost_to_blocks_are_told() -> None:
    facts = audit_of(letters(3), "full-factorial", blocks={"count": 4})
    assert facts.terms == ("a", "b", "c")
    assert set(facts.aliased.values()) == {("block",)}
    assert "a:b from the blocks" in facts.warnings[0]
    assert facts.rank == 7


def test_what_blocks_cost_is_told() -> None:
    facts = audit_of(
        letters(2),
        "central-composite",
        axial="faced",
        replicates=4,
        centre_points=16,
        blocks={"by": "column"},
    )
    assert (facts.blocks, facts.rank) == (8, 13)
    assert max(facts.block_losses.values()) < 0.3
    assert facts.warnings[-1].startswith("The runs were dealt to 8 blocks as evenly as they go")


def test_block_losses_are_those_of_the_information_matrix() -> None:
    sheet = expand(
        letters(3), read_spec("box-behnken", blocks={"count": 2}, seed=3), VesselLayout(4, 6)
    )
    facts = sheet.diagnostics()
    matrix = model_matrix(sheet.coded, facts.terms, sheet.factors).to_numpy()
    block = (sheet.table["block"] == 2).to_numpy(dtype=float)
    alone = np.linalg.inv(matrix.T @ matrix)
    both = np.column_stack([matrix, block])
    beside = np.linalg.inv(both.T @ both)
    for position, term in enumerate(facts.terms, start=1):
        lost = 1 - alone[position, position] / beside[position, position]
        assert facts.block_losses.get(term, 0.0) == pytest.approx(lost, abs=1e-6)


def test_a_table_of_ones_own_is_audited_all_the_same() -> None:
    rows = [{"a": f"{a} g/L", "b": f"{b} g/L"} for a, b in [(1, 1), (1, 3), (3, 1), (2.9, 1.2)]]
    facts = audit_of(letters(2), "table", rows=rows)
    assert not facts.balanced
    correlation = np.corrcoef([1, 1, 3, 2.9], [1, 3, 1, 1.2])[0, 1]
    assert facts.largest_correlation == pytest.approx(-correlation)
    assert "Two factors are correlated (0.54)" in " ".join(facts.warnings)
    assert "The levels of a and b do not occur equally often." in facts.warnings


def test_a_factor_that_never_varies_is_told() -> None:
    rows = [
        {"a": "1 g/L", "b": "2 g/L"},
        {"a": "3 g/L", "b": "2 g/L"},
        {"a": "2 g/L", "b": "2 g/L"},
    ]
    facts = audit_of(letters(2), "table", rows=rows)
    assert facts.terms == ("a",)
    assert "These runs cannot estimate b and a:b" in " ".join(facts.warnings)


def test_lost_runs_are_seen_in_the_sheet() -> None:
    sheet = expand(letters(3), read_spec("full-factorial", replicates=2), STATION)
    kept: pd.DataFrame = sheet.table.iloc[:-1]
    facts = audit(kept, sheet.factors)
    assert facts.runs == 15
    assert not facts.orthogonal
    assert facts.unbalanced == ("a", "b", "c")
