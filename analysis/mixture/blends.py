"""The blends that were tested: all mixtures of the runs' own, which keep whatever the runs kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import ConvexHull

if TYPE_CHECKING:
    from designs import Factors

_FLAT = 1e-7  # a share of the widest direction: rounding of a run sheet spans no dimension
_ON = 1e-6  # coded distance from a side that counts as on it
_OUT = 1e-9  # a direction with more than this share out of the blends' plane leaves them at once
_STEPS = 24  # of the mesh from the middle blend to each side


@dataclass(frozen=True)
class Blends:
    """The convex hull of the runs' blends.

    A blend of blends adds up to the total, stays within all bounds and satisfies every linear
    constraint that the runs satisfy; so nothing need be known here but the runs.

    Attributes:
        at: Positions of the q components among the numeric factors.
        vertices: The outermost blends, coded (v x q).
        basis: Orthonormal directions in which the runs' blends differ (r x q); r is q - 1, or less
            where the runs keep to a part of it.
        normals: The hull is ``normals @ (basis @ (x - middle)) <= offsets``; rows of length one.
        offsets: See ``normals``; all above zero.
    """

    at: np.ndarray
    vertices: np.ndarray
    basis: np.ndarray
    normals: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, coded: np.ndarray, factors: Factors) -> Blends:
        """The hull of coded blends (n x q)."""
        at = np.array([list(factors.numeric).index(name) for name in factors.mixture])
        points = coded[np.unique(coded.round(9), axis=0, return_index=True)[1]]
        _, widths, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
        basis = directions[widths > _FLAT * max(float(widths.max(initial=0)), 1.0)]
        vertices = points[_outermost(points @ basis.T)]
        flat = (points - vertices.mean(axis=0)) @ basis.T
        return cls(at, vertices, basis, *_sides(flat))

    @cached_property
    def middle(self) -> np.ndarray:
        """The mean of the vertices, which lies inside."""
        return np.asarray(self.vertices.mean(axis=0))

    @property
    def rows(self) -> np.ndarray:
        """The sides as rows of ``rows @ (x - middle) <= offsets``."""
        return np.asarray(self.normals @ self.basis)

    @property
    def across(self) -> np.ndarray:
        """Rows that are nought times ``x - middle`` for every blend of the hull."""
        return np.asarray(np.eye(len(self.at)) - self.basis.T @ self.basis)

    def pulled_in(self, shares: np.ndarray) -> np.ndarray:
        """Any points (..., q) brought into the hull: straight onto its plane, then inwards."""
        away = (np.asarray(shares) - self.middle) @ self.basis.T
        beyond = (away @ self.normals.T / self.offsets).max(axis=-1, keepdims=True, initial=1.0)
        return np.asarray(self.middle + (away / beyond) @ self.basis)

    def contains(self, shares: np.ndarray, tolerance: float) -> np.ndarray:
        """Whether points (..., q) lie in the hull."""
        away = np.asarray(shares) - self.middle
        inside = np.all(away @ self.rows.T <= self.offsets + tolerance, axis=-1)
        return np.asarray(inside & (np.abs(away @ self.across).max(axis=-1) <= tolerance))

    def reach(self, start: np.ndarray, towards: np.ndarray) -> tuple[float, float]:
        """How far a line through a blend stays in the hull, backwards and forwards.

        Args:
            start: A blend in the hull (q).
            towards: The line's direction (q).

        Returns:
            At most and at least nought, in lengths of ``towards``; both nought where the line
            leaves the plane of the blends at once.
        """
        if np.abs(self.across @ towards).max() > _OUT * np.abs(towards).max():
            return 0.0, 0.0
        speed, room = self.rows @ towards, self.offsets - self.rows @ (start - self.middle)
        back, forward = (room[way] / speed[way] for way in (speed < 0, speed > 0))
        return min(float(back.max(initial=-np.inf)), 0.0), max(float(forward.min()), 0.0)

    def mesh(self) -> np.ndarray:
        """Blends all over a hull of a plane: each triangle of the middle and a side, evenly."""
        plane = (self.vertices - self.middle) @ self.basis.T
        around = self.vertices[np.argsort(np.arctan2(plane[:, 1], plane[:, 0]), kind="stable")]
        shares = np.array(
            [(i, j, _STEPS - i - j) for i in range(_STEPS + 1) for j in range(_STEPS + 1 - i)]
        )
        fans = [
            shares / _STEPS @ np.vstack([self.middle, one, other])
            for one, other in zip(around, np.roll(around, -1, axis=0), strict=True)
        ]
        return np.asarray(np.unique(np.vstack(fans).round(12), axis=0))

    def mixed(self, draws: np.ndarray) -> np.ndarray:
        """Blends all over the hull from numbers between 0 and 1 (n x v), one for each vertex."""
        weights = -np.log(np.clip(draws, 1e-12, 1 - 1e-12))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True) @ self.vertices)

    def at_edge(self, shares: np.ndarray, nothing: np.ndarray) -> np.ndarray:
        """Which components stand on a side of the hull beyond which other blends can be made.

        Args:
            shares: One blend (q).
            nothing: Coded share of each component's absence, beyond which there is nothing.
        """
        edge = np.zeros(len(self.at), dtype=bool)
        on = self.rows @ (shares - self.middle) > self.offsets - _ON
        for side, offset in zip(self.rows[on], self.offsets[on], strict=True):
            corners = self.vertices[(self.vertices - self.middle) @ side > offset - _ON]
            same = np.ptp(corners, axis=0) < _ON
            absent = same & (np.abs(corners[0] - nothing) < _ON)
            if not absent.any():
                held = same & (np.ptp(self.vertices, axis=0) > _ON)
                edge |= held if held.any() else np.abs(side) > _ON
        return edge


def _outermost(flat: np.ndarray) -> np.ndarray:
    """Positions of the hull's vertices among points (n x r)."""
    if flat.shape[1] == 0:
        return np.array([0])
    if flat.shape[1] == 1:
        return np.array([flat[:, 0].argmin(), flat[:, 0].argmax()])
    return np.asarray(np.sort(ConvexHull(flat).vertices))


def _sides(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outward normals and offsets of the hull of points (n x r) about an inner origin."""
    if flat.shape[1] == 0:
        return np.empty((0, 0)), np.empty(0)
    if flat.shape[1] == 1:
        return np.array([[1.0], [-1.0]]), np.array([flat.max(), -flat.min()])
    equations = ConvexHull(flat).equations
    distinct = np.sort(np.unique(equations.round(9), axis=0, return_index=True)[1])
    return equations[distinct, :-1], -equations[distinct, -1]
