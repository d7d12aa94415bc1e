"""From a design section to coded points: replicated, with centre points, not yet randomised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs import classical, composite, fractions
from designs.errors import DesignError
from designs.factors import CategoricalFactor, ContinuousFactor, Factors
from designs.spec import (
    BlocksByCount,
    BoxBehnken,
    CentralComposite,
    DesignSpec,
    Fractional,
    FullFactorial,
    LatinHypercube,
    PlackettBurman,
    Table,
)
from quantities import QuantityError


def planned_runs(factors: Factors, spec: DesignSpec) -> pd.DataFrame:
    """The runs of a design in standard order.

    Returns:
        Columns ``standard_order`` (from 1), ``point``, ``replicate`` (from 1), then one per
        factor in coded units (level text for categorical factors). Replicates follow each
        other as wholes; centre points come last.

    Raises:
        DesignError: The design cannot be made with these factors.
    """
    points = _POINTS[type(spec)](factors, spec)
    copies = [points.assign(replicate=number) for number in range(1, spec.replicates + 1)]
    if spec.centre_points:
        copies.append(_centre_points(factors, spec.centre_points))
    runs = pd.concat(copies, ignore_index=True)
    runs["standard_order"] = np.arange(1, len(runs) + 1)
    return runs[["standard_order", "point", "replicate", *factors]]


def _centre_points(factors: Factors, count: int) -> pd.DataFrame:
    if not factors.continuous:
        raise DesignError(
            "centre points need a continuous factor, and there is none", ("centre_points",)
        )
    centres: dict[str, Any] = {name: np.zeros(count) for name in factors.continuous}
    # The centre of a categorical factor does not exist: its levels take turns.
    turns = list(islice(cycle(product(*(f.levels for f in factors.categorical.values()))), count))
    for position, name in enumerate(factors.categorical):
        centres[name] = [turn[position] for turn in turns]
    return pd.DataFrame(centres).assign(point="centre", replicate=np.arange(1, count + 1))


def _full_factorial(factors: Factors, spec: FullFactorial) -> pd.DataFrame:
    chosen = spec.levels if isinstance(spec.levels, dict) else {}
    for name in chosen:
        if name not in factors.continuous:
            raise DesignError(
                f"levels are counted for continuous factors only, and '{name}' is none of them",
                ("levels", name),
            )
    every = spec.levels if isinstance(spec.levels, int) else 2
    counts = [
        len(factor.levels) if isinstance(factor, CategoricalFactor) else chosen.get(name, every)
        for name, factor in factors.items()
    ]
    numbers = classical.full_factorial(counts)
    columns: dict[str, Any] = {}
    for (name, factor), count, column in zip(factors.items(), counts, numbers.T, strict=True):
        if isinstance(factor, ContinuousFactor):
            columns[name] = np.linspace(-1, 1, count)[column]
        else:
            columns[name] = [factor.levels[number] for number in column]
    return pd.DataFrame(columns).assign(point="factorial")


def _two_level(factors: Factors, kind: str, point: str, signs: NDArray[np.float64]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for (name, factor), column in zip(factors.items(), signs.T, strict=True):
        if isinstance(factor, CategoricalFactor):
            if len(factor.levels) > 2:
                raise DesignError(
                    f"a {kind} design has two levels of each factor, but {name} has "
                    f"{len(factor.levels)}",
                    ("kind",),
                )
            columns[name] = [factor.levels[int(sign > 0)] for sign in column]
        else:
            columns[name] = column
    return pd.DataFrame(columns).assign(point=point)


def _fractional(factors: Factors, spec: Fractional) -> pd.DataFrame:
    if spec.generators is not None:
        signs = _generated(list(factors), spec.generators)
    else:
        signs = fractions.fraction(len(factors), spec.resolution or 3)
    return _two_level(factors, spec.kind, "factorial", signs)


def _generated(names: Sequence[str], generators: Mapping[str, str]) -> NDArray[np.float64]:
    base = [name for name in names if name not in generators]
    products, signs = [], []
    for name, text in generators.items():
        loc = ("generators", name)
        if name not in names:
            raise DesignError(f"'{name}' is none of the factors {', '.join(names)}", loc)
        word = text.strip()
        signs.append(-1.0 if word.startswith("-") else 1.0)
        parts = [part.strip() for part in word.removeprefix("-").split("*")]
        if unknown := [part for part in parts if part not in base]:
            raise DesignError(
                f"'{text}' is no product of factors that have no generator themselves: "
                f"'{unknown[0]}' is none of {', '.join(base)}",
                loc,
            )
        if len(parts) < 2 or len(set(parts)) < len(parts):
            raise DesignError(f"'{text}' is no product of two different factors or more", loc)
        products.append(tuple(base.index(part) for part in parts))
    columns = fractions.fraction_by_generators(len(base), products)
    columns[:, len(base) :] *= signs
    made = [*base, *generators]
    return columns[:, [made.index(name) for name in names]]


def _plackett_burman(factors: Factors, spec: PlackettBurman) -> pd.DataFrame:
    signs = classical.plackett_burman(len(factors), spec.runs)
    return _two_level(factors, spec.kind, "screening", signs)


def _crossed(factors: Factors, parts: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Points in the continuous factors, all of them at every combination of the levels."""
    points = pd.concat(
        [
            pd.DataFrame(values, columns=list(factors.continuous)).assign(point=point)
            for point, values in parts.items()
        ],
        ignore_index=True,
    )
    levels = [factor.levels for factor in factors.categorical.values()]
    return pd.concat(
        [
            points.assign(**dict(zip(factors.categorical, combination, strict=True)))
            for combination in product(*levels)
        ],
        ignore_index=True,
    )


def composite_points(factors: Factors, spec: CentralComposite) -> composite.Composite:
    """The central composite design in the continuous factors."""
    blocks = spec.blocks.count if isinstance(spec.blocks, BlocksByCount) else 2
    copies = spec.replicates * int(np.prod([len(f.levels) for f in factors.categorical.values()]))
    beside_cube, beside_axial = composite.centre_split(spec.centre_points, blocks)
    return composite.central_composite(
        len(factors.continuous),
        spec.axial,
        spec.alpha,
        (beside_cube / copies, beside_axial / copies),
    )


def _central_composite(factors: Factors, spec: CentralComposite) -> pd.DataFrame:
    points = composite_points(factors, spec)
    return _crossed(factors, {"factorial": points.cube, "axial": points.axial})


def _box_behnken(factors: Factors, spec: BoxBehnken) -> pd.DataFrame:
    return _crossed(factors, {"edge": classical.box_behnken(len(factors.continuous))})


def _latin_hypercube(factors: Factors, spec: LatinHypercube) -> pd.DataFrame:
    cube = classical.latin_hypercube(
        len(factors), spec.runs, spec.criterion, np.random.default_rng(spec.seed)
    )
    columns: dict[str, Any] = {}
    for (name, factor), column in zip(factors.items(), cube.T, strict=True):
        if isinstance(factor, CategoricalFactor):
            share = (column + 1) / 2 * len(factor.levels)
            columns[name] = [factor.levels[int(number)] for number in share]
        else:
            columns[name] = column
    return pd.DataFrame(columns).assign(point="sample")


def _table(factors: Factors, spec: Table) -> pd.DataFrame:
    actual = pd.DataFrame(
        [_row(factors, row, ("rows", str(number))) for number, row in enumerate(spec.rows)]
    )
    coded = factors.to_coded(actual)
    centre = (coded[list(factors.continuous)] == 0).all(axis=1) & bool(factors.continuous)
    return coded.assign(point=np.where(centre, "centre", "given"))


def _row(factors: Factors, row: Mapping[str, Any], loc: tuple[str, ...]) -> dict[str, float | str]:
    if unknown := [name for name in row if name not in factors]:
        raise DesignError(
            f"'{unknown[0]}' is none of the factors {', '.join(factors)}", (*loc, unknown[0])
        )
    values: dict[str, float | str] = {}
    for name, factor in factors.items():
        if name not in row:
            raise DesignError(f"this row has no value for {name}", loc)
        try:
            value = factor.read(row[name])
        except QuantityError as error:
            raise DesignError(f"{name}: {error}", (*loc, name)) from error
        if isinstance(factor, ContinuousFactor) and not factor.low <= float(value) <= factor.high:
            raise DesignError(
                f"{factor.text(value)} lies outside the range of {name}, "
                f"{factor.text(factor.low)} to {factor.text(factor.high)}",
                (*loc, name),
            )
        values[name] = value
    return values


_POINTS: dict[type[Any], Callable[[Factors, Any], pd.DataFrame]] = {
    FullFactorial: _full_factorial,
    Fractional: _fractional,
    PlackettBurman: _plackett_burman,
    CentralComposite: _central_composite,
    BoxBehnken: _box_behnken,
    LatinHypercube: _latin_hypercube,
    Table: _table,
}
