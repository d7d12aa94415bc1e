"""A real serial port, behind the calls of `hardware.port.Port`.

pyserial opens it (tty, COM, ``socket://``, ``rfc2217://``); where the operating system allows,
bytes are read from its file descriptor directly, in whatever chunks they come: a tenth of the
processor time of reading up to a terminator.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import serial

from hardware.errors import PortLost

if TYPE_CHECKING:
    from hardware.station_spec import PortSpec

try:
    import termios

    _GONE: tuple[type[Exception], ...] = (OSError, termios.error)
except ImportError:  # Windows
    _GONE = (OSError,)

_CANNOT_OPEN: tuple[type[Exception], ...] = (*_GONE, ValueError)
_CHUNK = 4096
_WRITE_TIMEOUT_S = 5.0


class SerialPort:
    """A serial line on wall time, held exclusively.

    Args:
        url: Device name or URL that pyserial understands; see `hardware.ports.locate`.
        spec: Speed and frame.
    """

    def __init__(self, url: str, spec: PortSpec) -> None:
        self._url = url
        self._spec = spec
        self._line: Any = None
        self._wait_for_bytes: Callable[[float], bytes] = self._read_line

    def now(self) -> float:
        """See `Port.now`."""
        return time.monotonic()

    def open(self) -> None:
        """See `Port.open`."""
        if self._line is not None:
            return
        frame = self._spec.frame
        try:
            self._line = serial.serial_for_url(
                self._url,
                baudrate=self._spec.baud,
                bytesize=int(frame[0]),
                parity=frame[1],
                stopbits=int(frame[2]),
                timeout=0,
                write_timeout=_WRITE_TIMEOUT_S,
                exclusive=True if os.name == "posix" and "://" not in self._url else None,
            )
        except _CANNOT_OPEN as error:
            raise PortLost(f"{self._url} cannot be opened: {_reason(error)}") from error
        descriptor = self._descriptor()
        if descriptor is not None:
            self._wait_for_bytes = lambda seconds: _read_descriptor(descriptor, seconds)

    def write(self, data: bytes) -> None:
        """See `Port.write`."""
        try:
            self._opened().write(data)
        except _GONE as error:
            raise self._lost(error) from error

    def read_some(self, deadline_s: float) -> bytes:
        """See `Port.read_some`."""
        self._opened()
        try:
            return self._wait_for_bytes(max(0.0, deadline_s - time.monotonic()))
        except _GONE as error:
            raise self._lost(error) from error

    def drop_input(self) -> None:
        """See `Port.drop_input`."""
        try:
            self._opened().reset_input_buffer()
        except _GONE as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """See `Port.close`."""
        line, self._line = self._line, None
        self._wait_for_bytes = self._read_line
        if line is not None:
            try:
                line.close()
            except _GONE as error:
                raise PortLost(f"{self._url} did not close: {_reason(error)}") from error

    def _opened(self) -> Any:
        if self._line is None:
            raise PortLost(f"{self._url} is not open")
        return self._line

    def _lost(self, error: BaseException) -> PortLost:
        return PortLost(f"{self._url} is gone: {_reason(error)}")

    def _descriptor(self) -> int | None:
        if os.name != "posix":
            return None
        try:
            return int(self._line.fileno())
        except (OSError, AttributeError):
            return None

    def _read_line(self, seconds: float) -> bytes:
        line = self._line
        line.timeout = seconds
        first: bytes = line.read(1)
        return first + line.read(line.in_waiting) if first else b""


def _read_descriptor(descriptor: int, seconds: float) -> bytes:
    if not select.select([descriptor], [], [], seconds)[0]:
        return b""
    data = os.read(descriptor, _CHUNK)
    if not data:
        raise OSError("the other side hung up")
    return data


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)
