"""Bytes to devices to vessels, and back."""

from hardware.bus import Bus, Exchange
from hardware.errors import (
    DamagedReply,
    DeviceFault,
    DeviceRefused,
    ForeignReply,
    HardwareError,
    NoReply,
    PortLost,
    PortNotFound,
)
from hardware.outcome import Outcome
from hardware.polling import Fault
from hardware.runner import InlineRunner, Priority, Runner, ThreadRunner
from hardware.serial_port import SerialPort
from hardware.station import Scan, Station

__all__ = [
    "Bus",
    "DamagedReply",
    "DeviceFault",
    "DeviceRefused",
    "Exchange",
    "Fault",
    "ForeignReply",
    "HardwareError",
    "InlineRunner",
    "NoReply",
    "Outcome",
    "PortLost",
    "PortNotFound",
    "Priority",
    "Runner",
    "Scan",
    "SerialPort",
    "Station",
    "ThreadRunner",
]
