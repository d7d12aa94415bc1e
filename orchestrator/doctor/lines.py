"""The lines of a station: each device is asked who it is, and where it is silent, asked otherwise.

Asked are only questions that move nothing. A device that does not answer at the line settings of
the station file is asked again at other usual ones; whichever it answers is what to write there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hardware.bus import Bus
from hardware.connect import port_of
from hardware.deck import CannotDo
from hardware.errors import (
    DamagedReply,
    DeviceRefused,
    ForeignReply,
    HardwareError,
    NoReply,
    PortLost,
    PortNotFound,
)
from hardware.serial_port import SerialPort
from hardware.transcript import RecordingPort, Step, to_text
from orchestrator.doctor.finding import Finding
from orchestrator.doctor.machine import Machine

if TYPE_CHECKING:
    from hardware.station_spec import PortSpec, StationSpec

_BAUDS: Final = (9600, 19200, 38400, 115200, 57600, 4800)
_FRAMES: Final = ("8N1", "8N2", "7E1", "8E1", "7O1")
_USUAL: Final = ((9600, "8N1"), (9600, "7E1"), (19200, "8N2"), (9600, "8N2"), (19200, "8E1"))
_SERIAL: Final = ("", "socket", "rfc2217")
_LISTEN_S = 0.4
_LATE_S = 0.2
_SHOWN_BYTES = 24


@dataclass(frozen=True)
class Asked:
    """A device and the question that tells whether it is there.

    Attributes:
        name: Family and address.
        ask: Asks; raises `HardwareError` when the answer is none, or not what the file says.
        gap_s: Silence that it needs before a request.
    """

    name: str
    ask: Callable[[Bus], object]
    gap_s: float = 0.0


@dataclass(frozen=True)
class _Answer:
    """What became of a question: the error, if any, and all bytes that came."""

    error: HardwareError | None
    sent: bytes
    heard: bytes
    more: bytes

    @property
    def echoed(self) -> bool:
        return bool(self.sent) and self.heard.startswith(self.sent)


def ask_devices(station: StationSpec, machine: Machine) -> list[Finding]:
    """Findings about every line of a station, all lines at the same time."""
    lines = {name: list(_devices_on(station, name)) for name in station.ports}
    with ThreadPoolExecutor(max_workers=max(1, len(lines))) as pool:
        found = pool.map(
            lambda name: _ask_line(name, station.ports[name], lines[name], machine), lines
        )
        asked = [finding for findings in found for finding in findings]
    return [*asked, *_of_robots(station)]


def _of_robots(station: StationSpec) -> Iterator[Finding]:
    """Whether PyLabRobot can lay the decks out; the robots themselves are not asked."""
    from hardware.pylabrobot_deck import RobotDeck
    from hardware.specs import PyLabRobotSpec
    from hardware.station_spec import titled

    for name, arm in station.arms.items():
        if not isinstance(arm, PyLabRobotSpec):
            continue
        check = titled(name)
        try:
            RobotDeck(arm.deck, station.vessels_of(arm))
        except (HardwareError, CannotDo) as error:
            cure = "install what it names, or correct the deck in the station file"
            yield Finding("wrong", check, str(error), "its deck cannot be laid out", cure)
            continue
        said = f"PyLabRobot lays its deck out; whether the {arm.backend} is there is not asked"
        yield Finding("look", check, said)


def _devices_on(station: StationSpec, port: str) -> Iterator[Asked]:
    """The devices on a port; their drivers are made anew and know nothing of a campaign."""
    from hardware.devices import drivers, syringe_pump_driver
    from hardware.devices.gcode import Gantry
    from hardware.devices.mt_sics import Balance
    from hardware.specs import LiquidHandlerSpec

    for part in station.devices:
        if part.port == port:
            character_s = station.ports[port].character_s
            for device in drivers(part, station.vessels_of(part), character_s):
                yield Asked(device.name, device.identify, device.gap_s)
    for arm in station.arms.values():
        if not isinstance(arm, LiquidHandlerSpec):
            continue
        if arm.gantry.port == port:
            gantry = Gantry(arm.gantry)
            yield Asked(gantry.name, gantry.where)  # to identify it would be to home it
        if arm.pump.port == port:
            pump = syringe_pump_driver(arm.pump)
            yield Asked(pump.name, pump.needs_initialising)
        if arm.balance is not None and arm.balance.port == port:
            balance = Balance(arm.balance)
            yield Asked(balance.name, balance.identify)


def _ask_line(name: str, spec: PortSpec, devices: list[Asked], machine: Machine) -> list[Finding]:
    check = f"line '{name}'"
    try:
        url = machine.locate(spec)
    except PortNotFound:
        return []  # was told among the ports
    if not devices:
        return [Finding("look", check, "no device of the station file is on it")]
    try:
        answers = _ask_all(url, spec, devices)
    except PortLost as error:
        return [_cannot_open(check, str(error))]
    findings = [
        _told(check, device, answer) for device, answer in zip(devices, answers, strict=True)
    ]
    findings += _line_troubles(check, devices, answers)
    mute = [d for d, answer in zip(devices, answers, strict=True) if _unheard(answer)]
    echoed = any(answer.echoed for answer in answers)
    settable = spec.scheme in ("", "rfc2217")  # a TCP line has the settings of its far end
    if settable and len(mute) == len(devices) and not echoed:
        findings.append(_elsewhere(check, url, spec, mute[0], any(a.heard for a in answers)))
    return findings


def _ask_all(url: str, spec: PortSpec, devices: list[Asked]) -> list[_Answer]:
    steps: list[Step] = []
    port = port_of(spec)
    if spec.scheme in _SERIAL:
        port = recorder = RecordingPort(SerialPort(url, spec))
        steps = recorder.steps
    bus = Bus(port, late_s=_LATE_S)
    bus.open()
    try:
        return [_ask(bus, steps, device) for device in devices]
    finally:
        with suppress(PortLost):
            bus.close()


def _ask(bus: Bus, steps: list[Step], device: Asked) -> _Answer:
    bus.gap_s = device.gap_s
    steps.clear()
    error: HardwareError | None = None
    try:
        device.ask(bus)
    except PortLost:
        raise
    except HardwareError as trouble:
        error = trouble
    sent = next((step.data for step in steps if step.way == ">"), b"")
    heard = b"".join(step.data for step in steps if step.way == "<")
    steps.clear()
    bus.wait(_LISTEN_S)
    return _Answer(error, sent, heard, b"".join(step.data for step in steps))


def _unheard(answer: _Answer) -> bool:
    """Whether nothing that could be an answer came."""
    return isinstance(answer.error, NoReply | DamagedReply | ForeignReply)


def _cannot_open(check: str, reason: str) -> Finding:
    return Finding(
        "wrong",
        check,
        reason,
        "another program has it, you may not open it, or the device went away",
        "see 'port in use' and 'permission' above; end the other program",
    )


def _told(check: str, device: Asked, answer: _Answer) -> Finding:
    error = answer.error
    if error is None:
        return Finding("ok", check, f"{device.name} is there")
    if isinstance(error, DeviceRefused):
        return Finding(
            "wrong",
            check,
            f"{device.name} answers: {error}",
            "it is not what the station file says, or it is in trouble itself",
            "compare the station file with the device, and look at the device",
        )
    if isinstance(error, NoReply) and not answer.heard:
        return Finding(
            "wrong",
            check,
            f"{device.name} says nothing",
            "it is off, its cable is out or crossed, its address or the line settings are others",
            "switch it on; check cable and address",
        )
    return Finding(
        "wrong",
        check,
        f"{device.name} is not understood: {error}; '{_some(answer.heard)}' came",
        "the line settings are others, two devices speak at once, or the line is noisy",
        "check speed and frame, addresses, and an RS-485 line's ends (120 ohm, A and B, ground)",
    )


def _line_troubles(check: str, devices: list[Asked], answers: list[_Answer]) -> Iterator[Finding]:
    """What concerns more than one device: an echo, and addresses that two devices have."""
    if any(answer.echoed for answer in answers):
        yield Finding(
            "look",
            check,
            "what is sent comes back",
            "a two-wire RS-485 adapter with local echo hears itself",
            "switch its echo off (a jumper or DIP switch), or use one that mutes its receiver",
        )
        return
    for device, answer in zip(devices, answers, strict=True):
        if answer.more and answer.error is None:
            yield Finding(
                "wrong",
                check,
                f"after {device.name} had answered, '{_some(answer.more)}' came as well",
                "two devices have its address, or one of them speaks unasked",
                "take devices off the line one by one; give each an address of its own",
            )


def _elsewhere(check: str, url: str, spec: PortSpec, device: Asked, noise: bool) -> Finding:
    """Whether a device answers at other line settings."""
    for baud, frame in _settings(spec):
        other = spec.model_copy(update={"baud": baud, "frame": frame})
        with suppress(PortLost):
            answer = _ask_all(url, other, [device])[0]
            if not _unheard(answer):
                return Finding(
                    "wrong",
                    check,
                    f"{device.name} answers at {baud} {frame}, the station file says "
                    f"{spec.baud} {spec.frame}",
                    "the line settings of file and device differ",
                    f'write `baud: {baud}, frame: "{frame}"` there, or set the device',
                )
    return Finding(
        "look",
        check,
        f"{device.name} answers at none of the usual line settings either",
        "something answers in a way that is not understood" if noise else "nothing answers at all",
        "is it this device on this cable? try `inoculum talk`",
    )


def _settings(spec: PortSpec) -> list[tuple[int, str]]:
    """Speeds and frames to try, the likeliest first; not the station file's own."""
    tried = [
        *((baud, spec.frame) for baud in _BAUDS),
        *((spec.baud, frame) for frame in _FRAMES),
        *_USUAL,
    ]
    return [one for one in dict.fromkeys(tried) if one != (spec.baud, spec.frame)]


def _some(data: bytes) -> str:
    return to_text(data[:_SHOWN_BYTES]) + (" ..." if len(data) > _SHOWN_BYTES else "")
