"""What is measured of each vessel, and how a time course becomes one number."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Calibration(BaseModel):
    """Straight line from the reading to the response: ``slope * reading + intercept``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: str | float
    intercept: str | float = 0.0


class ResponseSpec(BaseModel):
    """One response of the protocol's ``responses`` section.

    Attributes:
        unit: Unit of the response; empty for a plain number.
        source: Channel or sample it comes from (``from`` in the file).
        at: Phase at whose end a channel is read, or "end" of the culture.
        take: What is taken of a channel's readings.
        during: Phase the readings are taken from; the whole culture when omitted.
        measured: Who measures a sample.
        goal: What the experiment wants of it.
        target: Value wanted; only with goal "target".
        low: Smallest acceptable value, in ``unit``.
        high: Largest acceptable value, in ``unit``.
        calibration: From the channel's reading to the response.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    unit: str = ""
    source: str | None = Field(default=None, alias="from")
    at: str | None = None
    take: Literal["max", "min", "mean", "last", "slope"] | None = None
    during: str | None = None
    measured: Literal["at-line", "off-line"] | None = None
    goal: Literal["maximise", "minimise", "target", "none"] = "none"
    target: float | None = None
    low: float | None = None
    high: float | None = None
    calibration: Calibration | None = None
