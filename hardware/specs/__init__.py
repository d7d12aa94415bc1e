"""The families that a station file can name, one model each."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from hardware.specs.alicat import AlicatSpec
from hardware.specs.atlas_ezo import AtlasEzoSpec
from hardware.specs.base import DeviceModel, HandlerModel
from hardware.specs.evolver import EvolverSpec
from hardware.specs.hamilton_arc import ArcSpec
from hardware.specs.ismatec import IsmatecSpec
from hardware.specs.liquid_handler import LiquidHandlerSpec
from hardware.specs.namur import NamurSpec
from hardware.specs.opentrons import HeaterShakerSpec, TemperatureModuleSpec
from hardware.specs.pylabrobot import PyLabRobotSpec
from hardware.specs.variables import OpcUaSpec, PioreactorSpec
from hardware.specs.watson_marlow import WatsonMarlowSpec

DeviceSpec: TypeAlias = Annotated[
    OpcUaSpec
    | PioreactorSpec
    | HeaterShakerSpec
    | TemperatureModuleSpec
    | ArcSpec
    | EvolverSpec
    | AlicatSpec
    | AtlasEzoSpec
    | NamurSpec
    | IsmatecSpec
    | WatsonMarlowSpec,
    Field(discriminator="family"),
]


def _own_arm(raw: Any) -> Any:
    """A liquid handler that does not say its family is our own: gantry and syringe pump."""
    return {"family": "arm", **raw} if isinstance(raw, dict) else raw


HandlerSpec: TypeAlias = Annotated[
    Annotated[LiquidHandlerSpec | PyLabRobotSpec, Field(discriminator="family")],
    BeforeValidator(_own_arm),
]

__all__ = [
    "AlicatSpec",
    "ArcSpec",
    "AtlasEzoSpec",
    "DeviceModel",
    "DeviceSpec",
    "EvolverSpec",
    "HandlerModel",
    "HandlerSpec",
    "HeaterShakerSpec",
    "IsmatecSpec",
    "LiquidHandlerSpec",
    "NamurSpec",
    "OpcUaSpec",
    "PioreactorSpec",
    "PyLabRobotSpec",
    "TemperatureModuleSpec",
    "WatsonMarlowSpec",
]
