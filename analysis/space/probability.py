"""The design space of ICH Q8 as a probability: how likely one new run keeps every limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.canonical import actual_settings
from analysis.errors import ModelError
from analysis.setpoint_error import coded_sd
from analysis.space.draws import CHUNK, Chunk, draw_chunks, scaled_limits
from analysis.space.kernels import WIDEST, count_kept_at, count_map
from analysis.space.predictive import JointPredictive, joint_predictive

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel
    from analysis.responses import ResponseSpec

MAP_DRAWS = 1_000_000
POINT_DRAWS = 20 * CHUNK
"""Draws that are kept and shared by all questions about single points."""


@dataclass(frozen=True)
class ProbabilityMap:
    """The probability of keeping all limits over two factors.

    Attributes:
        across: Factor along the columns.
        up: Factor along the rows.
        across_values: Its settings, in its unit (columns).
        up_values: (rows)
        probability: Of one new run keeping every limit at once (rows x columns).
        inside: Whether the point lies in the region of the runs (rows x columns).
        fixed: Settings of the other factors, in their units.
        draws: Draws at every point of the map; all points share them.
        standard_error: Largest Monte-Carlo standard error on the map.
    """

    across: str
    up: str
    across_values: np.ndarray
    up_values: np.ndarray
    probability: np.ndarray
    inside: np.ndarray
    fixed: dict[str, float | str]
    draws: int
    standard_error: float

    def frame(self) -> pd.DataFrame:
        """A row per point: both factors, ``probability``, ``inside``."""
        up, across = np.meshgrid(self.up_values, self.across_values, indexing="ij")
        return pd.DataFrame(
            {
                self.across: across.ravel(),
                self.up: up.ravel(),
                "probability": self.probability.ravel(),
                "inside": self.inside.ravel(),
            }
        )


@dataclass(frozen=True)
class DesignSpace:
    """Models, limits and set-point errors, ready to be asked for probabilities.

    Attributes:
        joint: What one new run may give.
        coded_error: Standard deviation of the set-point error of each numeric factor, coded, in
            the order of the factors.
        seed: Of all draws: the same question has the same answer.
    """

    joint: JointPredictive
    coded_error: np.ndarray
    seed: int

    def probability(self, coded: np.ndarray, draws: int = POINT_DRAWS) -> np.ndarray:
        """Probability that one new run keeps every limit.

        The uncertainty of the coefficients, the scatter of a run and the set-point errors are
        all in it. All points share the draws, so that their differences are sharper than their
        values.

        Args:
            coded: Coded settings of the continuous factors and components (m x k).
            draws: How many; rounded up to whole thousands (1024) below 20,480.

        Returns:
            One probability per point (m).
        """
        points = np.atleast_2d(np.asarray(coded, dtype=np.float32))
        counts = np.zeros(len(points), np.int64)
        low, high, _ = scaled_limits(self.joint)
        bounds = low.astype(np.float32), high.astype(np.float32)
        judged = 0
        for chunk in self._chunks(draws):
            count_kept_at(chunk.weights, chunk.shift, self.joint.exponents, points, *bounds, counts)
            judged += chunk.weights.shape[2]
        return np.asarray(counts / judged)

    def _chunks(self, draws: int) -> Iterable[Chunk]:
        if draws > POINT_DRAWS:
            return draw_chunks(self.joint, self.coded_error, draws, self.seed)
        return self._kept[: -(-draws // CHUNK)]

    @cached_property
    def _kept(self) -> list[Chunk]:
        return list(draw_chunks(self.joint, self.coded_error, POINT_DRAWS, self.seed))

    def probability_of(self, settings: pd.DataFrame, draws: int = POINT_DRAWS) -> pd.Series:
        """The same of settings in the factors' units, a row each; index as given."""
        joint = self.joint
        table = settings.assign(**joint.levels)
        coded = joint.factors.to_coded(table)[list(joint.names)].to_numpy(float)
        return pd.Series(self.probability(coded, draws), settings.index, name="probability")

    def map(
        self,
        across: str,
        up: str,
        at: Mapping[str, float] | None = None,
        size: int = 50,
        draws: int = MAP_DRAWS,
    ) -> ProbabilityMap:
        """The probability over the tested ranges of two factors.

        Every point of the map is judged by all draws; the draws are the same at every point.

        Args:
            across: Factor along the columns.
            up: Factor along the rows.
            at: Coded settings of other continuous factors; the middle of their tested range
                where not given.
            size: Rows and columns, at most 63.
            draws: Draws at every point.

        Raises:
            ModelError: A name is no continuous factor, ``at`` names one of the map's, the map is
                too fine, or a model is above second order in the two factors.
        """
        place = self._checked(across, up, size)
        region = self.joint.region
        centre = self._centred(at or {}, (across, up))
        half = (region.high - region.low)[list(place)] / 2
        counts = self._counted(place, centre, half, size, draws)
        steps = np.linspace(-1.0, 1.0, size)
        points = np.tile(centre, (size, size, 1))
        points[..., place[0]] = centre[place[0]] + half[0] * steps[None, :]
        points[..., place[1]] = centre[place[1]] + half[1] * steps[:, None]
        p = counts / draws
        return ProbabilityMap(
            across=across,
            up=up,
            across_values=self._actual(across, points[0, :, place[0]]),
            up_values=self._actual(up, points[:, 0, place[1]]),
            probability=p,
            inside=region.contains(points),
            fixed=self._fixed(centre, place),
            draws=draws,
            standard_error=counting_error(p, draws),
        )

    def _checked(self, across: str, up: str, size: int) -> tuple[int, int]:
        names = self.joint.names
        for name in (across, up):
            if name not in self.joint.factors.continuous:
                raise ModelError(f"'{name}' is no continuous factor of these models.")
        if across == up:
            raise ModelError(f"A map needs two factors, not '{across}' twice.")
        if not 2 <= size <= WIDEST:
            raise ModelError(f"A map has 2 to {WIDEST} rows and columns, not {size}.")
        place = names.index(across), names.index(up)
        if self.joint.exponents[:, place].sum(axis=1).max() > 2:
            raise ModelError(
                f"A map over {across} and {up} needs models of second order in them; ask for "
                "the probability at single points instead."
            )
        return place

    def _centred(self, at: Mapping[str, float], mapped: tuple[str, str]) -> np.ndarray:
        """The settings that a map is about, in the middle of what it goes over."""
        names, region = self.joint.names, self.joint.region
        centre = region.middle.copy()
        for name, value in at.items():
            if name in mapped:
                raise ModelError(f"The map goes over '{name}', so it cannot be held at {value:g}.")
            if name not in names:
                raise ModelError(f"'{name}' is no continuous factor of these models.")
            centre[names.index(name)] = value
        return np.asarray(centre)

    def _counted(
        self, place: tuple[int, int], centre: np.ndarray, half: np.ndarray, size: int, draws: int
    ) -> np.ndarray:
        low, high, _ = scaled_limits(self.joint)
        limits = [(j, 1.0, v) for j, v in enumerate(low) if np.isfinite(v)]
        limits += [(j, -1.0, v) for j, v in enumerate(high) if np.isfinite(v)]
        response, sign, bound = (np.array(column) for column in zip(*limits, strict=True))
        limits_ = response.astype(np.int64), sign.astype(np.float32), bound.astype(np.float32)
        step = (2 * half / (size - 1)).astype(np.float32)
        counts = np.zeros((size, size), np.int64)
        for chunk in draw_chunks(self.joint, self.coded_error, draws, self.seed):
            values = chunk.shift + centre.astype(np.float32)[:, None]
            count_map(
                chunk.weights, values, self.joint.exponents, np.array(place), step, *limits_, counts
            )
        return counts

    def _actual(self, name: str, coded: np.ndarray) -> np.ndarray:
        return self.joint.factors.continuous[name].to_actual(coded)

    def _fixed(self, centre: np.ndarray, place: Sequence[int]) -> dict[str, float | str]:
        settings = actual_settings(self.joint.factors, self.joint.names, centre, self.joint.levels)
        mapped = {self.joint.names[i] for i in place}
        return {name: value for name, value in settings.items() if name not in mapped}


def counting_error(probability: np.ndarray, draws: int) -> float:
    """Largest standard error of probabilities that were counted over so many draws."""
    return float(np.sqrt(np.max(probability * (1 - probability)) / draws))


def design_space(
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    setpoint_error: Mapping[str, float] | None = None,
    levels: Mapping[str, str] | None = None,
    seed: int = 0,
) -> DesignSpace:
    """The probability of keeping all limits, as a function of the settings.

    Args:
        models: Fitted models by response, over the same factors.
        specs: Limits of the responses; those without any play no part.
        setpoint_error: How exactly a factor's setting is reached: standard deviation in the
            factor's unit; of a factor on a log scale relative (0.05 for 5 %). Exactly, where not
            given.
        levels: Of the categorical factors; the first of each where not given.
        seed: Of the draws.

    Raises:
        ModelError: No response has a limit, a fit leaves no error, or a set-point error is none.
    """
    joint = joint_predictive(models, specs, levels)
    return DesignSpace(joint, coded_sd(joint.factors, setpoint_error or {}), seed)
