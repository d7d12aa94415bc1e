"""The computer around the ports: programs that grab them, and sleep."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.doctor.finding import Finding
from orchestrator.doctor.machine import Machine

_UDEV_RULES = (
    "etc/udev/rules.d/*.rules",
    "usr/lib/udev/rules.d/*.rules",
    "lib/udev/rules.d/*.rules",
)
_SLEPT_S = 60.0
_OLDEST_WALL_S = 1_735_689_600.0
"""1 January 2025: a clock before that was never set."""
_SLEEP_KEYS = ("sleep-inactive-ac-type", "sleep-inactive-battery-type")
_POWER = "org.gnome.settings-daemon.plugins.power"


def look_at_computer(machine: Machine) -> list[Finding]:
    """Findings about brltty, ModemManager, sleep, USB power and the clock."""
    return [
        *_brltty(machine),
        *_modem_manager(machine),
        *_sleep(machine),
        *_usb_power(machine),
        *_clock(machine),
    ]


def _brltty(machine: Machine) -> Iterator[Finding]:
    adapters = {port.usb_id: port.device for port in machine.list_ports() if port.usb_id}
    running = [f"brltty ({n})" for n, name in machine.processes() if name == "brltty"]
    ruled = [
        adapter
        for adapter in adapters
        if any(_names(machine, path, adapter) for path in _rules(machine, "*brltty*"))
    ]
    if not running and not ruled:
        yield Finding("ok", "brltty", "it takes none of these ports")
        return
    told = "; ".join(
        [*running, *(f"its rules claim {adapter} ({adapters[adapter]})" for adapter in ruled)]
    )
    yield Finding(
        "wrong" if running else "look",
        "brltty",
        told,
        "the service for Braille displays takes CH340, FTDI and CP210x adapters for displays, and "
        "their ports vanish",
        "`sudo apt remove brltty`, or `sudo systemctl mask brltty.path brltty-udev`; then replug",
    )


def _rules(machine: Machine, name: str) -> Iterator[str]:
    for pattern in _UDEV_RULES:
        for path in machine.files(pattern.replace("*", name, 1)):
            yield str(path.relative_to(machine.root))


def _names(machine: Machine, path: str, adapter: str) -> bool:
    vendor, product = adapter.lower().split(":")
    told = (machine.read(path) or "").lower()
    spellings = (f"{vendor}/{product}", f"{vendor.lstrip('0')}/{product.lstrip('0')}")
    return any(re.search(rf'="{re.escape(one)}/', told) for one in spellings)


def _modem_manager(machine: Machine) -> Iterator[Finding]:
    running = [number for number, name in machine.processes() if name == "ModemManager"]
    told_off = any("ID_MM_DEVICE_IGNORE" in (machine.read(r) or "") for r in _own_rules(machine))
    if not running:
        yield Finding("ok", "ModemManager", "it does not run")
    elif told_off:
        yield Finding(
            "ok", "ModemManager", "it runs, and a udev rule tells it to leave ports alone"
        )
    else:
        yield Finding(
            "look",
            "ModemManager",
            f"it runs (process {running[0]})",
            "it opens each new serial port and sends modem commands (AT...) to what is there",
            "`sudo systemctl disable --now ModemManager`, or a rule in /etc/udev/rules.d with "
            'SUBSYSTEM=="tty", ENV{ID_MM_DEVICE_IGNORE}="1"',
        )


def _own_rules(machine: Machine) -> Iterator[str]:
    for path in machine.files(_UDEV_RULES[0]):
        yield str(path.relative_to(machine.root))


def _sleep(machine: Machine) -> Iterator[Finding]:
    masked = machine.root / "etc" / "systemd" / "system" / "sleep.target"
    asleep_s = machine.asleep_s()
    if masked.is_symlink() and str(masked.readlink()) == "/dev/null":
        yield Finding("ok", "sleep", "it is forbidden (sleep.target is masked)")
        return
    reasons = [*_logind(machine), *_desktop(machine)]
    if asleep_s > _SLEPT_S:
        reasons.append(f"it slept {asleep_s / 3600:.1f} h since it was started")
    if not reasons:
        yield Finding("ok", "sleep", "nothing was found that would send this computer to sleep")
        return
    yield Finding(
        "look",
        "sleep",
        "; ".join(reasons),
        "a computer that sleeps feeds nothing, stirs on, and loses its ports",
        "`sudo systemctl mask sleep.target suspend.target hibernate.target hybrid-sleep.target`",
    )


def _logind(machine: Machine) -> Iterator[str]:
    files = ["etc/systemd/logind.conf"]
    files += [
        str(p.relative_to(machine.root)) for p in machine.files("etc/systemd/logind.conf.d/*")
    ]
    settings: dict[str, str] = {}
    for path in files:
        for line in (machine.read(path) or "").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.lstrip().startswith("#"):
                settings[key.strip()] = value.strip()
    if settings.get("IdleAction", "ignore") != "ignore":
        yield f"logind's IdleAction is {settings['IdleAction']}"
    portable = bool(machine.files("sys/class/power_supply/BAT*"))
    lid = settings.get("HandleLidSwitch", "suspend")
    if portable and lid != "ignore":
        yield f"it is a laptop, and closing the lid means {lid}"


def _desktop(machine: Machine) -> Iterator[str]:
    for key in _SLEEP_KEYS:
        told = machine.told_by("gsettings", "get", _POWER, key)
        if told is not None and told.strip().strip("'") not in ("nothing", ""):
            yield f"the desktop's {key} is {told.strip()}"


def _usb_power(machine: Machine) -> Iterator[Finding]:
    """Adapters that the kernel may switch off to save power."""
    wanted = {port.usb_id.lower() for port in machine.list_ports() if port.usb_id}
    for path in machine.files("sys/bus/usb/devices/*/power/control"):
        folder = path.parent.parent.relative_to(machine.root)
        vendor, product = (machine.read(str(folder), name) for name in ("idVendor", "idProduct"))
        control = machine.read(str(folder), "power", "control")
        if f"{vendor}:{product}" in wanted and control == "auto":
            yield Finding(
                "look",
                "USB power",
                f"the adapter {vendor}:{product} may be switched off when idle",
                "USB autosuspend (the kernel's, TLP's or powertop's) cuts or garbles serial lines",
                f"`echo on | sudo tee /{folder}/power/control`; lasting: a udev rule, or "
                "USB_DENYLIST in TLP",
            )


def _clock(machine: Machine) -> Iterator[Finding]:
    if machine.clocks().wall_s < _OLDEST_WALL_S:
        yield Finding(
            "wrong",
            "clock",
            "it shows a date before 2025",
            "it was never set: no network, or an empty battery",
            "set it, or let a time service do so, before a campaign begins",
        )
