"""The emulated laboratory: what an assay finds in a sampled well, with the assay's error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from hardware.emulators.plant import Plant
from quantities import QuantityError, convert

if TYPE_CHECKING:
    import pandas as pd

ASSAY_CV: Mapping[str, float] = MappingProxyType(
    {
        "biomass": 0.05,
        "viability": 0.02,
        "glucose": 0.03,
        "acetate": 0.05,
        "lactate": 0.04,
        "glutamine": 0.05,
        "ammonia": 0.05,
        "iptg": 0.10,
        "product": 0.05,
        "titer": 0.05,
        "activity": 0.06,
    }
)
"""Coefficient of variation of each assay (ours: what at-line assays of the kind usually show)."""

_SYNONYMS = {
    "titre": "titer",
    "vcd": "biomass",
    "cdw": "biomass",
    "cells": "biomass",
    "enzyme": "activity",
    "protein": "product",
    "inducer": "iptg",
    "lactic": "lactate",
    "ammonium": "ammonia",
}


class AssayError(ValueError):
    """A response that the emulated laboratory cannot measure; the message says what it can."""


class Laboratory:
    """Measures the wells that the liquid handler filled.

    Args:
        plant: Whose wells these are.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def measure(
        self, wells: Iterable[str], responses: Mapping[str, str], seed: int
    ) -> pd.DataFrame:
        """Measure responses in wells.

        A value depends on the seed, the well, the response and the broth only, not on what else
        is measured.

        Args:
            wells: Names such as ``plate1/A1``.
            responses: Unit by response name; the name says what to look for (``biomass``,
                ``final_titer``, ...).
            seed: Of the assays' errors.

        Returns:
            One row a well (index ``well``), one column a response in its unit; NaN where the well
            is empty.

        Raises:
            AssayError: No assay for a response, or in another unit's dimension.
        """
        import pandas as pd

        assays = {name: self._assay(name, unit) for name, unit in responses.items()}
        rows = list(wells)
        columns = {
            name: [self._value(well, name, *assay, seed) for well in rows]
            for name, assay in assays.items()
        }
        return pd.DataFrame(columns, index=pd.Index(rows, name="well"), dtype=float)

    def _assay(self, name: str, unit: str) -> tuple[str, float]:
        """Key of the composition and the factor from its unit to the wanted one."""
        units = self._plant.composition_units
        words = [_SYNONYMS.get(word, word) for word in re.split(r"[\W_]+", name.lower())]
        keys = [word for word in dict.fromkeys(words) if word in units]
        known = ", ".join(f"{key} [{key_unit}]" for key, key_unit in units.items())
        if len(keys) != 1:
            raise AssayError(
                f"the emulated laboratory has no assay for '{name}'; it measures {known}"
            )
        try:
            return keys[0], convert(1.0, units[keys[0]], unit)
        except QuantityError as error:
            raise AssayError(
                f"the emulated laboratory cannot give '{name}' in '{unit}'; it measures {known}"
            ) from error

    def _value(self, well_name: str, response: str, key: str, factor: float, seed: int) -> float:
        well = self._plant.wells.get(well_name)
        if well is None or well.volume_ml <= 0.0:
            return float("nan")
        place = (crc32(well_name.encode()), crc32(response.encode()))
        error = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=place))
        blur = 1.0 + ASSAY_CV.get(key, 0.05) * error.standard_normal()
        value = max(0.0, well.composition.get(key, 0.0) * float(blur))
        return factor * (min(value, 100.0) if key == "viability" else value)
