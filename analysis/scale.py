"""The scale a response is modelled on: as it is, transformed, or through a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

ScaleName = Literal["identity", "log", "power", "logit"]

_LIMIT = 1e-12


@dataclass(frozen=True)
class Scale:
    """An increasing function of the response that the model is linear in.

    Attributes:
        name: "identity", "log", "logit" (log odds), or "power": Box and Cox's
            ``(y ** exponent - 1) / exponent``.
        exponent: Of a power; 1 otherwise.
    """

    name: ScaleName = "identity"
    exponent: float = 1.0

    def forward(self, y: np.ndarray) -> np.ndarray:
        """The modelled scale of responses."""
        if self.name == "log":
            return np.asarray(np.log(y))
        if self.name == "logit":
            return np.asarray(special.logit(y))
        if self.name == "power":
            return np.asarray((np.power(y, self.exponent) - 1) / self.exponent)
        return np.asarray(y, dtype=float)

    def inverse(self, eta: np.ndarray) -> np.ndarray:
        """The responses of values on the modelled scale.

        Beyond the values that a power can take: its limit, nought or very large.
        """
        if self.name == "log":
            return np.asarray(np.exp(eta))
        if self.name == "logit":
            return np.asarray(special.expit(eta))
        if self.name == "power":
            base = np.maximum(self.exponent * np.asarray(eta) + 1, _LIMIT)
            return np.asarray(np.power(np.where(np.isnan(eta), np.nan, base), 1 / self.exponent))
        return np.asarray(eta, dtype=float)

    def slope(self, eta: np.ndarray) -> np.ndarray:
        """Derivative of `inverse`."""
        if self.name == "log":
            return np.asarray(np.exp(eta))
        if self.name == "logit":
            share = special.expit(eta)
            return np.asarray(share * (1 - share))
        if self.name == "power":
            return np.asarray(self.inverse(eta) ** (1 - self.exponent))
        return np.ones_like(np.asarray(eta, dtype=float))

    def of(self, name: str) -> str:
        """What is modelled: the response itself, or "logarithm of titer"."""
        return name if self == IDENTITY else f"{self.words} of {name}"

    def unit(self, unit: str) -> str:
        """Unit of the modelled values; transformed ones have none that a reader could use."""
        return unit if self == IDENTITY else ""

    @property
    def words(self) -> str:
        """As a sentence names it."""
        if self.name == "power":
            common = {0.5: "square root", -1.0: "reciprocal", -0.5: "reciprocal square root"}
            return common.get(self.exponent, f"power {self.exponent:g}")
        return {"identity": "plain value", "log": "logarithm", "logit": "log odds"}[self.name]


IDENTITY = Scale()
