"""A real serial port, behind the calls of `hardware.port.Port`.

pyserial opens it (tty, COM, ``socket://``, ``rfc2217://``); where the operating system allows,
bytes go to and from its file descriptor directly, in whatever chunks they come: three system calls
a transaction, and a tenth of the processor time of reading up to a terminator. What a transaction
costs beyond them is being woken: once by its answer, and once by the silence before it where that
is long enough to be slept.
"""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Callable
from functools import partial
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
_HELD = (errno.EAGAIN, errno.EBUSY)
_CHUNK = 4096
_BRIEF_S = 50e-6
"""To sleep and be woken costs the processor at least so long: a shorter wait is not slept."""
_WRITE_TIMEOUT_S = 5.0


class SerialPort:
    """A serial line on wall time, held exclusively.

    Args:
        where: Device name or URL that pyserial understands, or what finds it: it is asked at each
            opening, because an adapter that was unplugged may come back under another name. See
            `hardware.ports.locate`.
        spec: Speed and frame.
    """

    def __init__(self, where: str | Callable[[], str], spec: PortSpec) -> None:
        self._where = where
        self._url = where if isinstance(where, str) else "the port"
        self._spec = spec
        self._line: Any = None
        self._read: Callable[[float], bytes] = self._closed
        self._write: Callable[[bytes], object] = self._closed

    def now(self) -> float:
        """See `Port.now`."""
        return time.monotonic()

    def open(self) -> None:
        """See `Port.open`.

        Raises:
            PortNotFound: No port has the identity that was asked for.
        """
        if self._line is not None:
            return
        if not isinstance(self._where, str):
            self._url = self._where()
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
        self._read, self._write = self._read_line, self._line.write
        if (descriptor := self._descriptor()) is not None:
            os.set_blocking(descriptor, False)
            self._read = partial(_read_descriptor, descriptor)
            self._write = partial(_write_descriptor, descriptor)

    def write(self, data: bytes) -> None:
        """See `Port.write`."""
        try:
            self._write(data)
        except _GONE as error:
            raise self._lost(error) from error

    def read_some(self, deadline_s: float) -> bytes:
        """See `Port.read_some`."""
        try:
            return self._read(deadline_s)
        except _GONE as error:
            raise self._lost(error) from error

    def drop_input(self) -> None:
        """See `Port.drop_input`."""
        if self._line is None:
            self._closed()
        try:
            self._line.reset_input_buffer()
        except _GONE as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """See `Port.close`."""
        line, self._line = self._line, None
        self._read = self._write = self._closed
        if line is None:
            return
        # pyserial forgets to close a socket whose other side has hung up already.
        connection = getattr(line, "_socket", None)
        try:
            line.close()
        except _GONE as error:
            raise PortLost(f"{self._url} did not close: {_reason(error)}") from error
        finally:
            if connection is not None:
                connection.close()

    def _closed(self, _: object = None) -> bytes:
        raise PortLost(f"{self._url} is not open")

    def _lost(self, error: BaseException) -> PortLost:
        return PortLost(f"{self._url} is gone: {_reason(error)}")

    def _descriptor(self) -> int | None:
        if os.name != "posix":
            return None
        try:
            return int(self._line.fileno())
        except (OSError, AttributeError):
            return None

    def _read_line(self, deadline_s: float) -> bytes:
        line = self._line
        line.timeout = max(0.0, deadline_s - time.monotonic())
        first: bytes = line.read(1)
        return first + line.read(line.in_waiting) if first else b""


def _read_descriptor(descriptor: int, deadline_s: float) -> bytes:
    # select() waits to the microsecond; poll() would round the silence before a Modbus request up
    # to a millisecond.
    left_s = deadline_s - time.monotonic() if deadline_s else 0.0
    brief = left_s < _BRIEF_S
    while not select.select([descriptor], (), (), 0.0 if brief else left_s)[0]:
        if not brief or time.monotonic() >= deadline_s:
            return b""
    data = os.read(descriptor, _CHUNK)
    if not data:
        raise OSError("the other side hung up")
    return data


def _write_descriptor(descriptor: int, data: bytes) -> None:
    until_s = 0.0
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # its buffer is full: the line is slower than what is written
            now_s = time.monotonic()
            until_s = until_s or now_s + _WRITE_TIMEOUT_S
            if now_s >= until_s:
                raise OSError("it takes no more bytes") from None
            select.select((), [descriptor], (), until_s - now_s)


def _reason(error: BaseException) -> str:
    if getattr(error, "errno", None) in _HELD:
        return "another program holds it"
    return getattr(error, "strerror", None) or str(error)
