"""Stands emulated lines up on wall time, where real clients open them."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hardware.emulators.ends import End, PtyEnd, TcpEnd, has_pseudo_terminals
from hardware.emulators.line import Arrival, EmulatedLine

_NOISE = bytes((byte * 37 + 211) % 256 for byte in range(256))
"""What a byte looks like at the wrong baud rate: not what it was."""


@contextmanager
def serve(
    lines: Mapping[str, EmulatedLine], *, tcp: bool = False, links: Path | None = None
) -> Iterator[dict[str, str]]:
    """Serve lines until the block is left.

    Time 0 of the devices is when the first byte comes: cultures wait for whoever grows them.

    Args:
        lines: By port name.
        tcp: On ``socket://`` addresses instead of pseudo-terminals.
        links: Folder to put a symbolic link to each pseudo-terminal in, named as the port.

    Yields:
        Path or address of each port.

    Raises:
        OSError: Pseudo-terminals or links cannot be made here.
    """
    if not tcp and not has_pseudo_terminals():
        raise OSError("this system has no pseudo-terminals; serve on TCP instead")
    ends: dict[str, End] = {name: TcpEnd() if tcp else PtyEnd() for name in lines}
    addresses = {name: end.address for name, end in ends.items()}
    made: list[Path] = []
    server = _Server([(lines[name], end) for name, end in ends.items()])
    try:
        if links is not None and not tcp:
            made = [_link(links, name, address) for name, address in addresses.items()]
            addresses = {path.name: str(path) for path in made}
        server.start()
        yield addresses
    finally:
        server.stop()
        for path in made:
            path.unlink(missing_ok=True)
        for end in ends.values():
            end.close()
    if server.failure is not None:
        raise server.failure


def _link(folder: Path, name: str, target: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if path.is_symlink():
        path.unlink()
    path.symlink_to(target)
    return path


class _Served:
    """One line, its end, and the replies that are still on the wire."""

    def __init__(self, line: EmulatedLine, end: End) -> None:
        self._line = line
        self._end = end
        self._coming: deque[Arrival] = deque()
        self.watched: list[int] = []

    def descriptors(self) -> list[int]:
        return self._end.descriptors()

    def hear(self, now_s: float) -> bool:
        """Pass on what the client has sent; False when it was nothing."""
        data = self._end.receive()
        if not data:
            return False
        if self._end.set_as(self._line):
            self._coming.extend(self._line.receive(data, now_s))
        else:
            heard_s = self._line.send(data, now_s)
            self._coming.append(Arrival(heard_s, heard_s, data.translate(_NOISE)))
        return True

    def deliver(self, now_s: float) -> float | None:
        """Hand over what has arrived; returns when the next reply will have."""
        while self._coming:
            if self._coming[0].end_s > now_s:
                return self._coming[0].end_s
            self._end.send(self._coming.popleft().data)
        return None


class _Server:
    """One thread for all lines; it sleeps until a client writes or a reply has arrived."""

    def __init__(self, served: list[tuple[EmulatedLine, End]]) -> None:
        self._served = [_Served(line, end) for line, end in served]
        # select() waits to the microsecond; epoll rounds up to a millisecond, 2 % of a reply.
        self._selector = selectors.SelectSelector()
        self._alarm, self._bell = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="emulated lines", daemon=True)
        self._zero_s: float | None = None
        self.failure: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.ident is not None:
            self._bell.send(b"!")
            self._thread.join()
        self._selector.close()
        self._alarm.close()
        self._bell.close()

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as error:  # told to whoever leaves the block
            self.failure = error

    def _now(self) -> float:
        return 0.0 if self._zero_s is None else time.monotonic() - self._zero_s

    def _loop(self) -> None:
        self._selector.register(self._alarm, selectors.EVENT_READ)
        for served in self._served:
            self._watch(served)
        while True:
            now_s = self._now()
            next_s = [due_s for s in self._served if (due_s := s.deliver(now_s)) is not None]
            wait_s = max(0.0, min(next_s) - now_s) if next_s else None
            for key, _ in self._selector.select(wait_s):
                if key.data is None:
                    return
                if key.data.hear(self._now()) and self._zero_s is None:
                    self._zero_s = time.monotonic()
                self._watch(key.data)

    def _watch(self, served: _Served) -> None:
        """Listen to what the end is reached by now."""
        wanted = served.descriptors()
        if wanted == served.watched:
            return
        for descriptor in set(served.watched) - set(wanted):
            self._selector.unregister(descriptor)
        for descriptor in set(wanted) - set(served.watched):
            self._selector.register(descriptor, selectors.EVENT_READ, served)
        served.watched = wanted
