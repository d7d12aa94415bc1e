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
from hardware.runner import InlineRunner, Priority, Runner, ThreadRunner

__all__ = [
    "Bus",
    "DamagedReply",
    "DeviceFault",
    "DeviceRefused",
    "Exchange",
    "ForeignReply",
    "HardwareError",
    "InlineRunner",
    "NoReply",
    "Outcome",
    "PortLost",
    "PortNotFound",
    "Priority",
    "Runner",
    "ThreadRunner",
]
