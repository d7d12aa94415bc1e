"""Ports: which there are, which the station means, who may open them and who has them open."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hardware.errors import PortNotFound
from orchestrator.doctor.finding import Finding
from orchestrator.doctor.machine import Machine

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec

_CHANGING_NAME = re.compile(r"/dev/tty(USB|ACM)\d+|COM\d+")
_GOOD_LATENCY_MS = 1
_REPLUG = "plug the cable in and switch the device on; `inoculum ports` lists what is there"


def look_at_ports(machine: Machine, station: StationSpec | None) -> list[Finding]:
    """Findings about the ports, of the station or, without one, of the computer."""
    found = machine.list_ports()
    findings = [_found(machine)]
    devices = sorted(port.device for port in found)
    if station is not None:
        matched, named = _matched(station, machine)
        findings += named
        devices = sorted(set(matched.values()))
    for device in devices:
        findings += _permission(machine, device)
        findings += _holders(machine, device)
        findings += _latency(machine, device)
    return findings


def _found(machine: Machine) -> Finding:
    ports = machine.list_ports()
    if not ports:
        return Finding(
            "look",
            "ports",
            "this computer has no serial port",
            "nothing is plugged in, the cable carries no data, or the adapter's driver is missing",
            "plug an adapter in and look at the last lines of `dmesg`",
        )
    told = ", ".join(f"{p.device} ({p.identity})" if p.usb_id else p.device for p in ports)
    return Finding("ok", "ports", f"found {told}")


def _matched(station: StationSpec, machine: Machine) -> tuple[dict[str, str], list[Finding]]:
    """Device file of each port that has one, and what is to say of the names."""
    devices: dict[str, str] = {}
    findings = []
    taken: dict[str, str] = {}
    for name, spec in station.ports.items():
        if spec.url is not None:
            continue
        try:
            device = machine.locate(spec)
        except PortNotFound as error:
            findings.append(
                Finding("wrong", f"port '{name}'", str(error), "it is not here", _REPLUG)
            )
            continue
        devices[name] = device
        real = os.path.realpath(device)
        if real in taken:
            findings.append(_twice(name, taken[real], device))
        taken.setdefault(real, name)
        findings.append(_name(name, spec.usb, spec.path, device))
    return devices, findings


def _twice(name: str, other: str, device: str) -> Finding:
    return Finding(
        "wrong",
        f"port '{name}'",
        f"it is the same device as port '{other}' ({device})",
        "two ports of the station file have one identity",
        "put the devices of one line under one port, or correct the identity",
    )


def _name(name: str, usb: str | None, path: str | None, device: str) -> Finding:
    check = f"port '{name}'"
    if path is not None and _CHANGING_NAME.fullmatch(path):
        return Finding(
            "look",
            check,
            f"it is named {path}",
            "such a name can belong to another device after the next plugging in",
            "name it by `usb` or by its path in /dev/serial/by-id; see `inoculum ports`",
        )
    if usb is not None and " " not in usb:
        return Finding(
            "look",
            check,
            f"{usb} is {device}",
            "the identity has no serial number, so a second adapter of this kind would be the same",
            "add the serial number, or use its path in /dev/serial/by-path",
        )
    return Finding("ok", check, f"it is {device}")


def _permission(machine: Machine, device: str) -> Iterator[Finding]:
    try:
        about = os.stat(machine.device_file(device))
    except OSError:
        return
    mode = about.st_mode
    both = 0o6
    mine = (
        machine.uid == 0
        or (about.st_uid == machine.uid and mode >> 6 & both == both)
        or (about.st_gid in machine.groups and mode >> 3 & both == both)
        or mode & both == both
    )
    if mine:
        yield Finding("ok", "permission", f"you may open {device}")
        return
    group = _group_name(machine, about.st_gid)
    yield Finding(
        "wrong",
        "permission",
        f"you may not open {device} (mode {mode & 0o777:o}, group {group})",
        f"this session does not belong to the group '{group}'",
        f"`sudo usermod -aG {group} $USER`, then log out and in again",
    )


def _group_name(machine: Machine, number: int) -> str:
    for line in (machine.read("etc", "group") or "").splitlines():
        name, _, rest = line.partition(":")
        if rest.split(":")[1:2] == [str(number)]:
            return name
    return str(number)


def _holders(machine: Machine, device: str) -> Iterator[Finding]:
    if holding := machine.holders(device):
        yield Finding(
            "wrong",
            "port in use",
            f"{device} is open in {', '.join(holding)}",
            "two programs on one line take each other's replies",
            "end the other program; a campaign that runs may be just that",
        )


def _latency(machine: Machine, device: str) -> Iterator[Finding]:
    name = os.path.basename(os.path.realpath(machine.device_file(device)))
    text = machine.read("sys", "bus", "usb-serial", "devices", name, "latency_timer")
    if text is None or not text.isdigit():
        return
    if int(text) <= _GOOD_LATENCY_MS:
        yield Finding("ok", "latency", f"the adapter of {device} hands bytes over at once")
        return
    where = f"/sys/bus/usb-serial/devices/{name}/latency_timer"
    yield Finding(
        "look",
        "latency",
        f"the adapter of {device} keeps bytes back for {text} ms",
        "FTDI adapters wait for more bytes before they hand any over; each reply takes longer",
        f'`echo 1 | sudo tee {where}`; lasting: a udev rule with ATTR{{latency_timer}}="1"',
    )
