"""From a port of the station file to the port that is opened: serial, or of named variables."""

from __future__ import annotations

from functools import partial

from hardware.port import Port
from hardware.ports import locate
from hardware.serial_port import SerialPort
from hardware.station_spec import PortSpec


def port_of(spec: PortSpec) -> Port:
    """The port that a station file means; nothing is opened or looked for yet.

    Args:
        spec: Its line of the station file.
    """
    if spec.scheme == "opc.tcp":
        from hardware.opcua_port import OpcUaPort

        return OpcUaPort(spec.url or "")
    if spec.scheme == "mqtt":
        from hardware.mqtt_port import MqttPort

        return MqttPort(spec.url or "")
    return SerialPort(partial(locate, spec), spec)
