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

    def unplug(self) -> None:
        """Take the end away from its client, as pulling a USB plug does."""
        ...

    def replug(self) -> None:
        """Put the end back; its address may be another one."""
        ...

    def close(self) -> None:
        """Take the end away for good."""
        ...


class PtyEnd:
    """A pseudo-terminal. The kernel keeps no data bits and parity, but baud rate and stop bits."""

    def __init__(self) -> None:
        self._open: tuple[int, int] | None = None
        self.replug()

    def descriptors(self) -> list[int]:
        """See `End`."""
        return [] if self._open is None else [self._open[0]]

    def receive(self) -> bytes:
        """See `End`."""
        if self._open is None:
            return b""
        try:
            return os.read(self._open[0], _CHUNK)
        except BlockingIOError:
            return b""

    def send(self, data: bytes) -> None:
        """See `End`."""
        if self._open is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._open[0], data)

    def set_as(self, line: EmulatedLine) -> bool:
        """See `End`; a baud rate without a name of its own cannot be read back and passes."""
        import termios

        if self._open is None:
            return True
        settings = termios.tcgetattr(self._open[0])
        expected = getattr(termios, f"B{line.baud}", None)
        two_stop_bits = bool(settings[2] & termios.CSTOPB)
        return expected in (None, settings[5]) and two_stop_bits == (line.frame[2] == "2")

    def unplug(self) -> None:
        """See `End`; whoever has the terminal open finds it hung up."""
        if self._open is not None:
            master, slave = self._open
            self._open = None
            os.close(slave)
            os.close(master)

    def replug(self) -> None:
        """See `End`; the terminal is a new one."""
        import pty
        import tty

        self.unplug()
        # The client's side stays open here too: the terminal outlives the client.
        master, slave = self._open = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.address = os.ttyname(slave)

    def close(self) -> None:
        """See `End`."""
        self.unplug()


class TcpEnd:
    """A TCP port of this computer for one client at a time, as a serial device server has it."""

    def __init__(self) -> None:
        self._client: socket.socket | None = None
        listener = self._listen(0)
        self._listener: socket.socket | None = listener
        self._port: int = listener.getsockname()[1]
        self.address = f"socket://127.0.0.1:{self._port}"

    def descriptors(self) -> list[int]:
        """See `End`."""
        if self._listener is None:
            return []
        listener = self._listener.fileno()
        return [listener] if self._client is None else [listener, self._client.fileno()]

    def receive(self) -> bytes:
        """See `End`; a second client is turned away."""
        was = self._client
        data = self._read()
        if self._listener is None or was is not self._client:
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

    def unplug(self) -> None:
        """See `End`; nobody can connect until it is back."""
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def replug(self) -> None:
        """See `End`; the address stays."""
        self.unplug()
        self._listener = self._listen(self._port)

    def close(self) -> None:
        """See `End`."""
        self.unplug()

    @staticmethod
    def _listen(port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        listener.setblocking(False)
        return listener

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
