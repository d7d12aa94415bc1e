"""What a setting means in larger vessels, carried beside its probability."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import ModelError
from analysis.scale_up import ScaleUpSpec, SmallOperation, predict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.vessels import Vessel

_COLUMNS = ("stirring_rpm", "power_w_m3", "tip_speed_m_s", "kla_per_h")


def carry_scale_up(
    table: pd.DataFrame,
    spec: ScaleUpSpec,
    vessel: Vessel | str,
    operation: SmallOperation,
    factors: Mapping[str, str],
) -> pd.DataFrame:
    """Add to settings, such as a map's frame, the operation of each target vessel.

    Args:
        table: A row per setting, factors in their units.
        spec: What is kept equal, and the targets.
        vessel: The mini-bioreactor.
        operation: How it runs where no factor says otherwise.
        factors: Which factor is which part of the operation, such as ``{"speed": "stirring_rpm"}``;
            in that attribute's unit.

    Returns:
        The table with columns such as ``stirred-200L stirring_rpm``, one for each target and of
        speed (rpm), power (W/m³), tip speed (m/s) and kLa (1/h).

    Raises:
        ModelError: A factor is no column, or a part is none of the operation's.
        ScaleUpError: A setting cannot be carried over.
    """
    for name, part in factors.items():
        if name not in table.columns:
            raise ModelError(f"The table has no column '{name}' to carry to larger vessels.")
        if part not in SmallOperation.__dataclass_fields__:
            known = ", ".join(SmallOperation.__dataclass_fields__)
            raise ModelError(f"'{part}' is no part of an operation; parts are {known}.")
    names = list(factors)
    distinct = table[names].drop_duplicates()
    rows = []
    for values in distinct.itertuples(index=False, name=None):
        given = {factors[name]: float(v) for name, v in zip(names, values, strict=True)}
        found = predict(spec, vessel, replace(operation, **given))
        carried = {
            f"{target.vessel} {column}": getattr(target, column)
            for target in found.targets
            for column in _COLUMNS
        }
        rows.append(dict(zip(names, values, strict=True)) | carried)
    return table.merge(pd.DataFrame(rows), on=names, how="left").set_axis(table.index)
