"""Vertices and face centroids of a constrained mixture region.

The region is the part of the simplex (shares not negative, their sum one) where linear inequalities
``A x <= b`` hold. A vertex is where q - 1 independent ones of them hold with equality.

Sources: McLean & Anderson, Technometrics 8 (1966) 447 (extreme vertices and centroids); Snee &
Marquardt, Technometrics 16 (1974) 399.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from designs.errors import DesignError

Array = NDArray[np.float64]

_EXACT = 1e-9
_MOST = 2_000_000
"""Systems of equations that are solved for the vertices."""
_CHUNK = 20_000


@dataclass(frozen=True)
class Region:
    """A region of mixtures by its vertices.

    Attributes:
        vertices: Points (v x q), in an order that depends on the region alone.
        active: Which inequalities hold with equality at which vertex (v x m).
    """

    vertices: Array
    active: NDArray[np.bool_]

    def centroid(self) -> Array:
        """The mean of all vertices."""
        return np.asarray(self.vertices.mean(axis=0))

    def face_centroids(self, dimension: int) -> Array:
        """The mean of the vertices of each face (1: edges, 2: faces in the plane sense)."""
        faces = self._faces(dimension)
        points = [self.vertices[sorted(face)].mean(axis=0) for face in faces]
        return np.array(points).reshape(len(points), self.vertices.shape[1])

    def _faces(self, dimension: int) -> list[frozenset[int]]:
        faces = {frozenset([vertex]) for vertex in range(len(self.vertices))}
        for size in range(1, dimension + 1):
            grown = {
                self._smallest_face(face | {vertex})
                for face in faces
                for vertex in range(len(self.vertices))
                if vertex not in face
            }
            faces = {face for face in grown if self._dimension(face) == size}
        return sorted(faces, key=sorted)

    def _smallest_face(self, vertices: frozenset[int]) -> frozenset[int]:
        common = self.active[list(vertices)].all(axis=0)
        return frozenset(np.flatnonzero(self.active[:, common].all(axis=1)).tolist())

    def _dimension(self, face: frozenset[int]) -> int:
        points = self.vertices[sorted(face)]
        return int(np.linalg.matrix_rank(points - points[0], tol=_EXACT))


def region(upper: Array, A: Array, b: Array) -> Region:
    """The region where ``0 <= x <= upper``, ``A x <= b`` and the shares add up to one.

    Args:
        upper: Greatest share of each of q components.
        A: Further inequalities (r x q).
        b: Their right sides (r).

    Raises:
        DesignError: The region is empty or a single point, or has too many constraints.
    """
    q = len(upper)
    bounding = upper < 1 - _EXACT
    rows = np.concatenate([-np.eye(q), np.eye(q)[bounding], A.reshape(-1, q)])
    sides = np.concatenate([np.zeros(q), upper[bounding], b])
    length = np.linalg.norm(rows, axis=1)
    rows, sides = rows / length[:, None], sides / length
    if comb(len(rows), q - 1) > _MOST:
        raise DesignError("this mixture has too many components and constraints for its vertices")
    found = _corners(rows, sides)
    if len(found) < 2:
        raise DesignError("the constraints leave no room for different mixtures", ("constraints",))
    vertices = np.unique(np.round(found, 10) + 0.0, axis=0)[::-1]
    vertices = np.asarray(vertices[_distinct(vertices)])
    return Region(vertices, np.abs(vertices @ rows.T - sides) < 1e-7)


def _corners(rows: Array, sides: Array) -> Array:
    q = rows.shape[1]
    subsets, found = combinations(range(len(rows)), q - 1), [np.empty((0, q))]
    while chunk := list(islice(subsets, _CHUNK)):
        chosen = np.array(chunk)
        systems = np.concatenate([np.ones((len(chosen), 1, q)), rows[chosen]], axis=1)
        right = np.concatenate([np.ones((len(chosen), 1)), sides[chosen]], axis=1)
        solvable = np.abs(np.linalg.det(systems)) > _EXACT
        points = np.linalg.solve(systems[solvable], right[solvable][:, :, None])[:, :, 0]
        found.append(points[(points @ rows.T <= sides + _EXACT).all(axis=1)])
    return np.concatenate(found)


def _distinct(points: Array) -> list[int]:
    """Points that rounding made two are taken once."""
    kept: list[int] = []
    for position, point in enumerate(points):
        if not kept or np.abs(points[kept] - point).max(axis=1).min() > 1e-7:
            kept.append(position)
    return kept
