"""What can go wrong on a line; every error is a sentence that a scientist can act on."""


class HardwareError(Exception):
    """Something between this computer and a device went wrong."""


class PortLost(HardwareError):
    """The port itself is gone: unplugged, closed by the other side, or held by another program."""


class PortNotFound(PortLost):
    """No port, or more than one, has the identity that the station file names."""


class NoReply(HardwareError):
    """The device said nothing before the time-out."""


class DamagedReply(HardwareError):
    """Bytes came that are no whole, checked reply."""


class ForeignReply(HardwareError):
    """A whole reply came that answers another request or another device."""


class DeviceRefused(HardwareError):
    """The device understood and said no; the transaction itself is certain."""


class DeviceFault(HardwareError):
    """A device of the station cannot be used.

    Attributes:
        device: Name of the device, such as ``hamilton-arc 3``.
        port: Name of its port in the station file.
        vessels: Vessels that depend on it.
    """

    def __init__(self, device: str, port: str, vessels: tuple[str, ...], reason: str) -> None:
        self.device = device
        self.port = port
        self.vessels = vessels
        whom = f" (vessels {_spoken(vessels)})" if vessels else ""
        super().__init__(f"{device} on port '{port}'{whom}: {reason}")


def _spoken(vessels: tuple[str, ...]) -> str:
    return vessels[0] if len(vessels) == 1 else f"{vessels[0]} to {vessels[-1]}"
