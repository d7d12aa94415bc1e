"""The station file's models of devices that are reached by named variables, not by bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from hardware.specs.base import DeviceModel, Linear, Location
from quantities import Duration

Channel: TypeAlias = Literal["temperature", "ph", "do", "od", "stirring", "gas_flow", "oxygen"]
Settable: TypeAlias = Literal["temperature", "stirring", "gas_flow", "oxygen"]


class Variable(Linear):
    """A variable of a server; value = offset + slope x what the server holds.

    Slope and offset bring the server's unit to the channel's: degC, % air saturation, rpm, mL/min.
    """

    node: str
    slope: float = Field(default=1.0, description="channel units per unit of the server")


def _short(raw: Any) -> Any:
    return {"node": raw} if isinstance(raw, str) else raw


VariableName: TypeAlias = Annotated[
    Variable,
    BeforeValidator(_short),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["ns=2;s=R1.pH"]},
                {
                    "type": "object",
                    "properties": {
                        "node": {"type": "string"},
                        "slope": {"type": "number", "default": 1.0},
                        "offset": {"type": "number", "default": 0.0},
                    },
                    "required": ["node"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""``ns=2;s=R1.pH``, or ``{node: ns=2;s=R1.DO, slope: 100}`` where the server's unit is another."""


class OpcUaSpec(DeviceModel):
    """Vessels of a commercial array behind an OPC UA server, by a map of its nodes."""

    family: Literal["opcua"]
    nodes: dict[str, dict[Channel, VariableName]] = Field(
        description="vessel: what is read, {ph: 'ns=2;s=R1.pH'}"
    )
    set_points: dict[str, dict[Settable, VariableName]] = Field(
        default_factory=dict, description="vessel: what is set, {temperature: 'ns=2;s=R1.T.SP'}"
    )

    schemes: ClassVar[tuple[str, ...]] = ("opc.tcp",)
    characters_a_scan = 0
    stale: ClassVar[float] = inf

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset(next(iter(self.nodes.values()), {}))

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset(next(iter(self.set_points.values()), {}))

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        maps: tuple[tuple[str, Any], ...] = (("nodes", self.nodes), ("set_points", self.set_points))
        for key, mapped in maps:
            if mapped and set(mapped) != set(vessels):
                wrong = ", ".join(sorted(set(mapped) ^ set(vessels)))
                yield (key,), f"{key} and vessels do not name the same vessels: {wrong}"
            if len({frozenset(channels) for channels in mapped.values()}) > 1:
                yield (key,), f"all vessels of one device need the same channels in {key}"


class PioreactorSpec(DeviceModel):
    """Pioreactors behind the MQTT broker of their leader; their jobs must be running.

    ``stirring`` and ``temperature`` are set through the jobs stirring and temperature_automation
    (thermostat), the optical density is that of the job od_reading.
    """

    family: Literal["pioreactor"]
    units: dict[str, str] = Field(description="vessel: name of its Pioreactor, {A1: worker1}")
    experiment: str = Field(pattern=r"^[^#+/]+$", description="name of the running experiment")
    od: int = Field(default=1, ge=1, le=4, description="channel of the photodiode")
    stale: Duration = Field(
        default="15 min", gt=0, validate_default=True, description="older values are none"
    )

    schemes: ClassVar[tuple[str, ...]] = ("mqtt",)
    characters_a_scan = 0

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({"temperature", "od", "stirring"})

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset({"temperature", "stirring"})

    @property
    def nodes(self) -> Mapping[str, Mapping[str, Variable]]:
        """Topic and field that each channel of a vessel is published in, joined by ``#``."""
        return self._topics(
            temperature="temperature_automation/temperature#temperature",
            od=f"od_reading/od{self.od}#od",
            stirring="stirring/measured_rpm#measured_rpm",
        )

    @property
    def set_points(self) -> Mapping[str, Mapping[str, Variable]]:
        """Topic of each set-point, a bare number; ``/set`` behind it is where one writes."""
        return self._topics(
            temperature="temperature_automation/target_temperature", stirring="stirring/target_rpm"
        )

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        if set(self.units) != set(vessels):
            wrong = ", ".join(sorted(set(self.units) ^ set(vessels)))
            yield ("units",), f"units and vessels do not name the same vessels: {wrong}"

    def _topics(self, **ends: str) -> Mapping[str, Mapping[str, Variable]]:
        return {
            vessel: {
                channel: Variable(node=f"pioreactor/{unit}/{self.experiment}/{end}")
                for channel, end in ends.items()
            }
            for vessel, unit in self.units.items()
        }
