"""Take back what a fit cannot know where the scatter of shared settings is hidden."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.anova import Anova, AnovaRow
from analysis.fitted import ResponseModel, coefficients_of
from analysis.inference import FTest
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from analysis.inference import Inference
    from analysis.model_matrix import ModelMatrix

_TOUCHED = 1e-9


@dataclass(frozen=True)
class PartlyKnown:
    """The inference of a fit some of whose coefficients have an unknown error.

    Attributes:
        inner: The inference, were there no hidden scatter.
        unknown: For each coefficient, whether hidden scatter enters its error.
    """

    inner: Inference
    unknown: np.ndarray

    @property
    def estimates(self) -> np.ndarray:
        """The coefficients, which hidden scatter does not bias."""
        return self.inner.estimates

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the coefficients; NaN where it is not known."""
        covariance = self.inner.covariance.copy()
        covariance[self.unknown, :] = covariance[:, self.unknown] = np.nan
        return covariance

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """NaN for contrasts of unknown error."""
        return np.where(self._touched(contrasts), np.nan, self.inner.degrees_of_freedom(contrasts))

    def new_run(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Not known: a new run comes with new groups."""
        nothing = np.full(len(contrasts), np.nan)
        return nothing, nothing

    def joint(self, contrasts: np.ndarray) -> FTest:
        """NaN for contrasts of unknown error."""
        if self._touched(contrasts).any():
            return FTest(np.nan, len(contrasts), np.nan, np.nan)
        return self.inner.joint(contrasts)

    def _touched(self, contrasts: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(contrasts[:, self.unknown]).max(axis=1, initial=0) > _TOUCHED)


def without_known_error(
    model: ResponseModel, matrix: ModelMatrix, shared: np.ndarray
) -> ResponseModel:
    """The model without standard errors and tests of the coefficients that ``shared`` enters.

    Args:
        model: Fitted as if the groups had no scatter.
        matrix: Its model matrix.
        shared: Indicator columns of the groups whose scatter is hidden.
    """
    reached = np.linalg.lstsq(matrix.values, shared, rcond=None)[0]
    unknown = np.abs(reached).max(axis=1) > _TOUCHED
    inference = PartlyKnown(model.inference, unknown)
    terms = {matrix.terms[i] for i in np.flatnonzero(unknown)} - {INTERCEPT}
    return replace(
        model,
        coefficients=coefficients_of(matrix.names, matrix.terms, inference),
        anova=_untested(model.anova, terms),
        covariance=inference.covariance,
        inference=inference,
        r2_predicted=None,
        press=None,
    )


def _untested(anova: Anova, terms: set[str]) -> Anova:
    def row(of: AnovaRow) -> AnovaRow:
        return replace(of, f=None, p=None, df_error=None) if of.source in terms else of

    return replace(
        anova,
        groups=tuple(replace(r, f=None, p=None, df_error=None) for r in anova.groups),
        terms=tuple(map(row, anova.terms)),
        terms_adjusted=tuple(map(row, anova.terms_adjusted)),
        model=replace(anova.model, f=None, p=None, df_error=None),
        lack_of_fit=None,
        pure_error=None,
    )
