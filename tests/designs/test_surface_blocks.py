"""Blocks of response-surface designs leave every term of the second order alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from designs import DesignAudit, VesselLayout, expand
from designs.generators.box_behnken import box_behnken
from designs.generators.box_behnken_blocks import box_behnken_blocks
from designs.generators.composite import central_composite
from tests.designs.making import letters, read_spec

STATION = VesselLayout(8, 12)


def audit_of(count: int, kind: str, **section: object) -> DesignAudit:
    return expand(letters(count), read_spec(kind, **section), STATION).diagnostics()


# Box & Behnken (1960), table 4: the blocks that each design has.
@pytest.mark.parametrize(
    ("factors", "blocks"), [(4, 3), (5, 2), (6, 2), (7, 2), (9, 5), (10, 2), (12, 2)]
)
def test_box_behnken_has_the_published_blocks(factors: int, blocks: int) -> None:
    points = box_behnken(factors)
    block = box_behnken_blocks(points, blocks)
    assert block is not None
    assert (np.bincount(block) == len(points) // blocks).all()
    for number in range(blocks):
        inside = points[block == number]
        np.testing.assert_array_equal(inside.sum(axis=0), 0)
        moments = inside.T @ inside
        np.testing.assert_array_equal(moments, np.diag(np.diag(moments)))
        np.testing.assert_array_equal(np.diag(moments), (points**2).sum(axis=0) / blocks)


@pytest.mark.parametrize(("factors", "blocks"), [(3, 2), (4, 2), (11, 2), (5, 3)])
def test_other_numbers_of_blocks_have_no_structure(factors: int, blocks: int) -> None:
    assert box_behnken_blocks(box_behnken(factors), blocks) is None


@pytest.mark.parametrize(("factors", "blocks", "centre"), [(4, 3, 3), (5, 2, 6), (6, 2, 6)])
def test_blocks_of_a_run_sheet_take_nothing(factors: int, blocks: int, centre: int) -> None:
    audit = audit_of(factors, "box-behnken", centre_points=centre, blocks={"count": blocks})
    assert (audit.blocks, audit.block_losses) == (blocks, {})


# rsm's ccd.pick(5): cubes of 16 (a half fraction) or 32 runs (in blocks of 16 or 8).
def test_composites_in_blocks_of_the_catalogue(shared_cases: Path) -> None:
    text = (shared_cases / "doe" / "c26_design_catalogue.json").read_text()
    tried = 0
    for pick in json.loads(text)["reference"]["ccd_pick_5f"]:
        if pick["bbr.c"] * pick["wbr.s"] * pick["bbr.s"] > 1:
            continue
        cube = pick["n.c"] * pick["blks.c"]
        centre = pick["n0.c"] * pick["blks.c"] + pick["n0.s"]
        audit = audit_of(
            5,
            "central-composite",
            axial="inscribed",
            cube="full" if cube == 32 else "fraction",
            alpha=pick["alpha.orth"],
            centre_points=centre,
            blocks={"count": pick["blks.c"] + 1},
        )
        assert audit.runs == pick["N"]
        assert (audit.blocks, audit.block_losses) == (pick["blks.c"] + 1, {}), pick
        tried += 1
    assert tried == 9


def test_a_full_cube_has_all_corners() -> None:
    assert len(central_composite(6, "faced", "rotatable", full_cube=True).cube) == 64
    assert len(central_composite(6, "faced", "rotatable").cube) == 32
