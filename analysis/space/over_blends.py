"""How surely limits are kept over the blends of three components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.canonical import actual_settings
from analysis.errors import ModelError
from analysis.space.probability import POINT_DRAWS, counting_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.space.probability import DesignSpace


@dataclass(frozen=True)
class BlendMap:
    """The probability of keeping all limits over the tested blends of three components.

    Attributes:
        blends: Amounts of the components in their unit, a row per blend.
        coded: The same as pseudo-components (n x 3).
        probability: Of one new run keeping every limit at once (n).
        fixed: Settings of the factors beside the mixture, in their units.
        draws: Draws of every blend; all share them.
        standard_error: Largest Monte-Carlo standard error.
    """

    blends: pd.DataFrame
    coded: np.ndarray
    probability: np.ndarray
    fixed: dict[str, float | str]
    draws: int
    standard_error: float

    def frame(self) -> pd.DataFrame:
        """A row per blend: the components and ``probability``."""
        return self.blends.assign(probability=self.probability)


def blend_map(space: DesignSpace, at: Mapping[str, float]) -> BlendMap:
    """The probability of keeping all limits over all blends between those of the runs.

    Args:
        space: The design space.
        at: Coded settings, such as `RobustSetpoint.coded`; those of the components play no part.

    Raises:
        ModelError: There are not three components, or the runs' blends lie on a line.
    """
    joint, blends = space.joint, space.joint.region.blends
    components = list(joint.factors.mixture)
    if blends is None or len(components) != 3 or len(blends.basis) < 2:
        raise ModelError("A map of blends needs three components varied all over a plane.")
    mesh = blends.mesh()
    points = np.tile([float(at[name]) for name in joint.names], (len(mesh), 1))
    points[:, blends.at] = mesh
    p = space.probability(points)
    settings = actual_settings(joint.factors, joint.names, points[0], joint.levels)
    return BlendMap(
        blends=joint.factors.mixture.to_actual(pd.DataFrame(mesh, columns=components)),
        coded=mesh,
        probability=p,
        fixed={name: value for name, value in settings.items() if name not in components},
        draws=POINT_DRAWS,
        standard_error=counting_error(p, POINT_DRAWS),
    )
