"""Which serial ports this computer has, and which of them a station file means."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from hardware.errors import PortNotFound
from hardware.station_spec import PortSpec

_BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A serial port of this computer; what is not known is empty.

    Attributes:
        device: Name to open it by; may change when it is plugged in again.
        usb_id: ``VID:PID`` in hexadecimal.
        serial_number: Of the USB adapter.
        by_id: Path that stays the same (Linux).
        description: What the adapter says of itself.
    """

    device: str
    usb_id: str
    serial_number: str
    by_id: str
    description: str

    @property
    def identity(self) -> str:
        """As a station file names it under ``usb``."""
        return f"{self.usb_id} {self.serial_number}".strip()

    def to_json(self) -> dict[str, str]:
        """As a mapping of texts."""
        return asdict(self)


def list_ports() -> list[FoundPort]:
    """All serial ports, by device name."""
    from serial.tools.list_ports import comports

    links = _by_id_links()
    return [
        FoundPort(
            device=port.device,
            usb_id=f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None else "",
            serial_number=port.serial_number or "",
            by_id=links.get(os.path.realpath(port.device), ""),
            description="" if port.description in (None, "n/a") else port.description,
        )
        for port in sorted(comports(), key=lambda port: port.device)
    ]


def locate(spec: PortSpec) -> str:
    """Device name or URL of the port that a station file means.

    Raises:
        PortNotFound: No port, or more than one, has this identity.
    """
    if spec.url is not None:
        return spec.url
    if spec.path is not None:
        if not Path(spec.path).exists():
            raise PortNotFound(
                f"there is no {spec.path}; is the device plugged in and switched on?"
            )
        return spec.path
    wanted = (spec.usb or "").upper().split()
    ports = list_ports()
    fitting = [port for port in ports if port.identity.upper().split()[: len(wanted)] == wanted]
    if len(fitting) == 1:
        return fitting[0].by_id or fitting[0].device
    if fitting:
        raise PortNotFound(
            f"{len(fitting)} ports are '{spec.usb}' ({', '.join(p.device for p in fitting)}); "
            "add the serial number, or name the port by its path"
        )
    plugged = "; ".join(f"{p.identity} is {p.device}" for p in ports if p.usb_id)
    raise PortNotFound(
        f"no port is '{spec.usb}'; is the device plugged in? "
        + (f"Found: {plugged}" if plugged else "No USB serial port was found at all.")
    )


def _by_id_links() -> dict[str, str]:
    if not _BY_ID.is_dir():
        return {}
    return {os.path.realpath(link): str(link) for link in sorted(_BY_ID.iterdir())}
