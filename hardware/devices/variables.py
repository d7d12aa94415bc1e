"""Vessels whose values are named variables: of an OPC UA server, or published over MQTT.

What a set-point became is read back until it is what was written, for at most five seconds: many
servers stand before a slower control system.

Doubts: nothing but the node map of the station file says what a variable of an OPC UA server means
and in which unit. A Pioreactor's topics are those of its release 25.11; its pumps are not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import isclose, isfinite
from typing import Final

from hardware.bus import Bus
from hardware.devices.device import Device, Probe, Setting
from hardware.errors import DamagedReply, DeviceRefused, NoReply
from hardware.outcome import Outcome
from hardware.specs.variables import OpcUaSpec, PioreactorSpec, Variable

_PATIENCE_S: Final = 5.0
_LOOK_AGAIN_S: Final = 0.1
_EQUAL: Final = 1e-4


class Variables(Device):
    """The vessels of one server.

    Args:
        spec: Their line of the station file.
        vessels: Their names.
    """

    checked = True  # by TCP

    def __init__(self, spec: OpcUaSpec | PioreactorSpec, vessels: tuple[str, ...]) -> None:
        self.name = spec.family
        self.vessels = vessels
        self.controls = spec.sets
        self._stale_s = spec.stale
        self.probes = tuple(
            Probe(channel, (vessel,), partial(self.measure, variable=variable))
            for vessel in vessels
            for channel, variable in spec.nodes.get(vessel, {}).items()
        )
        self._set_points: Mapping[Setting, Variable] = {
            (vessel, channel): variable
            for vessel, channels in spec.set_points.items()
            for channel, variable in channels.items()
        }
        read = (variable for channels in spec.nodes.values() for variable in channels.values())
        self._names = [variable.node for variable in (*read, *self._set_points.values())]

    def identify(self, bus: Bus) -> None:
        """The server must have all variables of the map."""
        bus.through(lambda port: port.check(self._names))

    def measure(self, bus: Bus, variable: Variable) -> float:
        """Value of a variable, in the channel's unit."""
        value = variable.value(bus.through(lambda port: port.get(variable.node, self._stale_s)))
        if not isfinite(value):
            raise DamagedReply(f"'{variable.node}' is {value:g}")
        return value

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Write set-points and read them back."""
        return {key: self._set(bus, self._set_points[key], settings[key]) for key in settings}

    def _set(self, bus: Bus, variable: Variable, value: float) -> Outcome:
        raw = (value - variable.offset) / variable.slope
        try:
            bus.through(lambda port: port.put(variable.node, raw))
        except DeviceRefused as error:
            return Outcome("not done", f"{self.name}: {error}")
        until_s = bus.now() + _PATIENCE_S
        while True:
            told = self._told(bus, variable)
            if told is not None and isclose(told, value, rel_tol=_EQUAL, abs_tol=_EQUAL):
                return Outcome("done", value=told)
            if bus.now() >= until_s:
                break
            bus.wait(_LOOK_AGAIN_S)
        if told is None:
            return Outcome("unknown", f"{self.name}: '{variable.node}' cannot be read back")
        reason = f"{self.name}: '{variable.node}' stands at {told:g}, not at {value:g}"
        return Outcome("not done", reason, told)

    def _told(self, bus: Bus, variable: Variable) -> float | None:
        try:
            return self.measure(bus, variable)
        except (DamagedReply, DeviceRefused, NoReply):
            return None
