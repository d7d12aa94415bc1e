"""From the lines of a station file to its drivers and liquid handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from hardware.devices import drivers
from hardware.devices.device import Device
from hardware.handler import Handler
from hardware.liquid_handler import LiquidHandler
from hardware.pylabrobot_handler import PyLabRobotHandler
from hardware.runner import Runner
from hardware.specs import HandlerSpec, PyLabRobotSpec
from hardware.station_spec import StationSpec

RobotMaker: TypeAlias = Callable[[], Any]
"""Makes a backend of PyLabRobot."""


def devices_of(spec: StationSpec) -> Iterator[tuple[str, Device]]:
    """The driver of each device, with its port."""
    for part in spec.devices:
        character_s = spec.ports[part.port].character_s
        for device in drivers(part, spec.vessels_of(part), character_s):
            yield part.port, device


def handler_of(
    arm: HandlerSpec,
    vessels: tuple[str, ...],
    runners: Mapping[str, Runner],
    robot: RobotMaker | None,
) -> Handler:
    """A liquid handler.

    Args:
        arm: Its part of the station file.
        vessels: Those that it serves.
        runners: The way to each port.
        robot: Makes what stands for a PyLabRobot robot; None for the one of the file.
    """
    if isinstance(arm, PyLabRobotSpec):
        return PyLabRobotHandler(arm, vessels, robot)
    gantry, pump = runners[arm.gantry.port], runners[arm.pump.port]
    balance = runners[arm.balance.port] if arm.balance is not None else None
    return LiquidHandler(arm, vessels, gantry, pump, balance)
