"""Central composite designs: cube, axial points, and blocks that do not disturb the model.

Source: Box & Hunter, Ann. Math. Stat. 28 (1957) 195; Lenth, J. Stat. Softw. 32 (2009) 7 (rsm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from designs._pydoe import pydoe
from designs.errors import DesignError
from designs.generators.factorial import two_level
from designs.generators.fractions import fraction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Composite:
    """The points of a central composite design, in coded units.

    Attributes:
        cube: Two-level points of resolution V at least (the full cube up to four factors).
        axial: 2k axial points.
        alpha: Distance of the axial points, in units of the cube's half edge.
    """

    cube: Array
    axial: Array
    alpha: float


def central_composite(
    factors: int,
    axial: Literal["circumscribed", "inscribed", "faced"],
    alpha: Literal["rotatable", "orthogonal"] | float,
    centre: tuple[float, float] = (0.0, 0.0),
    *,
    full_cube: bool = False,
) -> Composite:
    """The points of a central composite design without its centre points.

    Args:
        factors: Number of continuous factors k, two at least.
        axial: Where the axial points stand against the bounds.
        alpha: Their distance; ``rotatable`` is the fourth root of the cube's runs,
            ``orthogonal`` makes a cube block and an axial block orthogonal to the model.
        centre: Centre points beside each cube and beside each set of axial points, on which
            the orthogonal distance depends.
        full_cube: All corners, where a fraction of them would do.

    Raises:
        DesignError: There are fewer than two factors.
    """
    if factors < 2:
        raise DesignError(
            "a central-composite design needs at least two continuous factors", ("kind",)
        )
    cube = two_level(factors) if full_cube else fraction(factors, resolution=5)
    distance = 1.0 if axial == "faced" else _distance(alpha, len(cube), factors, centre)
    star, _ = pydoe().doe_star.star(factors)
    if axial == "inscribed":
        return Composite(cube / distance, np.asarray(star), distance)
    return Composite(cube, star * distance, distance)


def _distance(
    alpha: Literal["rotatable", "orthogonal"] | float,
    cube_runs: int,
    factors: int,
    centre: tuple[float, float],
) -> float:
    if alpha == "rotatable":
        return float(cube_runs**0.25)
    if alpha == "orthogonal":
        beside_cube, beside_star = centre
        return float(
            np.sqrt(factors * (1 + beside_star / (2 * factors)) / (1 + beside_cube / cube_runs))
        )
    return float(alpha)


def centre_split(centre_points: int, blocks: int) -> tuple[int, int]:
    """How many centre points go with the cube's blocks and how many with the one axial block.

    The blocks of the cube get equal numbers; the axial block gets what an equal share leaves.
    """
    beside_cube = (blocks - 1) * round(centre_points / blocks)
    return beside_cube, centre_points - beside_cube


def orthogonal_split(
    factors: int, cube_runs: int, axial_runs: int, alpha: float, centre_points: int
) -> tuple[int, int] | None:
    """The split of the centre points for which cube and axial blocks leave the model alone.

    The mean square of every factor must be the same in both blocks.

    Args:
        factors: Number of continuous factors.
        cube_runs: Runs of the cube in all, replicates counted.
        axial_runs: Axial runs in all.
        alpha: Axial distance in units of the cube's half edge.
        centre_points: To be split.

    Returns:
        Centre points beside the cube and beside the axial points; None when no split will do.
    """
    for beside_cube in range(centre_points + 1):
        beside_axial = centre_points - beside_cube
        in_cube = cube_runs / (cube_runs + beside_cube)
        on_axes = alpha**2 * axial_runs / factors / (axial_runs + beside_axial)
        if abs(in_cube - on_axes) < 1e-9:
            return beside_cube, beside_axial
    return None
