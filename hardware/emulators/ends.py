"""Where a client reaches an emulated line: a pseudo-terminal or a TCP port of this computer."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import Protocol

from hardware.emulators.line import EmulatedLine

_CHUNK = 4096


class End(Protocol):
    """One end that a client may open, close and open again."""

    address: str

    def descriptors(self) -> list[int]:
        """What to listen to now; it changes as clients come and go."""
        ...

    def receive(self) -> bytes:
        """What the client sent since the last call; never blocks."""
        ...

    def send(self, data: bytes) -> None:
        """Give bytes to the client; lost when there is none, or when it does not read."""
        ...

    def set_as(self, line: EmulatedLine) -> bool:
        """Whether the client's baud rate and stop bits are those of the line."""
        ...

    def close(self) -> None:
        """Take the end away."""
        ...


class PtyEnd:
    """A pseudo-terminal. The kernel keeps no data bits and parity, but baud rate and stop bits."""

    def __init__(self) -> None:
        import pty
        import tty

        # The client's side stays open here too: the terminal outlives the client.
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.address = os.ttyname(self._slave)

    def descriptors(self) -> list[int]:
        """See `End`."""
        return [self._master]

    def receive(self) -> bytes:
        """See `End`."""
        try:
            return os.read(self._master, _CHUNK)
        except BlockingIOError:
            return b""

    def send(self, data: bytes) -> None:
        """See `End`."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, data)

    def set_as(self, line: EmulatedLine) -> bool:
        """See `End`; a baud rate without a name of its own cannot be read back and passes."""
        import termios

        settings = termios.tcgetattr(self._master)
        expected = getattr(termios, f"B{line.baud}", None)
        two_stop_bits = bool(settings[2] & termios.CSTOPB)
        return expected in (None, settings[5]) and two_stop_bits == (line.frame[2] == "2")

    def close(self) -> None:
        """See `End`."""
        os.close(self._slave)
        os.close(self._master)


class TcpEnd:
    """A TCP port of this computer for one client at a time, as a serial device server has it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self.address = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def descriptors(self) -> list[int]:
        """See `End`."""
        listener = self._listener.fileno()
        return [listener] if self._client is None else [listener, self._client.fileno()]

    def receive(self) -> bytes:
        """See `End`; a second client is turned away."""
        was = self._client
        data = self._read()
        if was is not self._client:
            # The next client may get the descriptor of the one that left: let that be noticed.
            return data
        with contextlib.suppress(BlockingIOError):
            newcomer, _ = self._listener.accept()
            if self._client is not None:
                newcomer.close()
            else:
                newcomer.setblocking(False)
                newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._client = newcomer
        return data

    def send(self, data: bytes) -> None:
        """See `End`."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.send(data)

    def set_as(self, line: EmulatedLine) -> bool:
        """See `End`; TCP carries no line settings."""
        return True

    def close(self) -> None:
        """See `End`."""
        self._hang_up()
        self._listener.close()

    def _read(self) -> bytes:
        if self._client is None:
            return b""
        try:
            data = self._client.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def has_pseudo_terminals() -> bool:
    """Whether this system has pseudo-terminals (Windows has none)."""
    return sys.platform != "win32"
