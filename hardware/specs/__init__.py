"""The families that a station file can name, one model each."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from hardware.specs.alicat import AlicatSpec
from hardware.specs.atlas_ezo import AtlasEzoSpec
from hardware.specs.base import DeviceModel
from hardware.specs.evolver import EvolverSpec
from hardware.specs.hamilton_arc import ArcSpec
from hardware.specs.ismatec import IsmatecSpec
from hardware.specs.namur import NamurSpec
from hardware.specs.opentrons import HeaterShakerSpec, TemperatureModuleSpec
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

__all__ = [
    "AlicatSpec",
    "ArcSpec",
    "AtlasEzoSpec",
    "DeviceModel",
    "DeviceSpec",
    "EvolverSpec",
    "HeaterShakerSpec",
    "IsmatecSpec",
    "NamurSpec",
    "OpcUaSpec",
    "PioreactorSpec",
    "TemperatureModuleSpec",
    "WatsonMarlowSpec",
]
