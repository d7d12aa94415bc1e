"""Stands emulated lines up on wall time, where real clients open them."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from pathlib import Path

from hardware.emulators.ends import End, PtyEnd, TcpEnd, has_pseudo_terminals
from hardware.emulators.line import Arrival, EmulatedLine

_CHUNK = 4096
_LOOK_AGAIN_S = 0.5
_NOISE = bytes((byte * 37 + 211) % 256 for byte in range(256))
"""What a byte looks like at the wrong baud rate: not what it was."""


class Ports(dict[str, str]):
    """Path or address of each served port by its name; a port can be unplugged and replugged.

    Args:
        server: Who serves them.
        links: Folder with a symbolic link to each pseudo-terminal; None for none.
    """

    def __init__(self, server: _Server, links: Path | None) -> None:
        self._server = server
        self._links = links
        super().__init__((name, self._place(name)) for name in server.served)

    def unplug(self, name: str) -> None:
        """Pull a port's plug: its client is hung up, its link goes, the devices live on."""
        self._server.do(self._server.served[name].unplug)
        self._remove(name)

    def replug(self, name: str) -> None:
        """Put the plug back; without a link a pseudo-terminal comes back by another name."""
        self._server.do(self._server.served[name].replug)
        self[name] = self._place(name)

    def in_plant(self, work: Callable[[float], None]) -> None:
        """Have something done at the devices' present time, between what clients ask of them.

        It starts their time, where no byte has come yet.

        Raises:
            OSError: The lines are not served any more.
        """
        self._server.do(lambda: work(self._server.begun()))

    def clear_links(self) -> None:
        """Take the links away."""
        for name in self:
            self._remove(name)

    def _place(self, name: str) -> str:
        address = self._server.served[name].address
        return address if self._links is None else str(_link(self._links, name, address))

    def _remove(self, name: str) -> None:
        if self._links is not None:
            (self._links / name).unlink(missing_ok=True)


@contextmanager
def serve(
    lines: Mapping[str, EmulatedLine],
    *,
    tcp: bool = False,
    links: Path | None = None,
    pace: float = 1.0,
) -> Iterator[Ports]:
    """Serve lines until the block is left.

    Time 0 of the devices is when the first byte comes: cultures wait for whoever grows them.

    Args:
        lines: By port name.
        tcp: On ``socket://`` addresses instead of pseudo-terminals.
        links: Folder to put a symbolic link to each pseudo-terminal in, named as the port.
        pace: Seconds of the devices, and of their lines, in one second of the wall.

    Yields:
        Path or address of each port.

    Raises:
        OSError: Pseudo-terminals or links cannot be made here.
    """
    if not tcp and not has_pseudo_terminals():
        raise OSError("this system has no pseudo-terminals; serve on TCP instead")
    ends: dict[str, End] = {name: TcpEnd() if tcp else PtyEnd() for name in lines}
    server = _Server({name: (lines[name], end) for name, end in ends.items()}, pace)
    ports = None
    try:
        ports = Ports(server, None if tcp else links)
        server.start()
        yield ports
    finally:
        server.stop()
        if ports is not None:
            ports.clear_links()
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

    @property
    def address(self) -> str:
        return self._end.address

    def unplug(self) -> None:
        self._coming.clear()
        self._end.unplug()

    def replug(self) -> None:
        self._coming.clear()
        self._end.replug()

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
        """Hand over what has arrived; returns when there will be more."""
        while (said := self._line.unasked(now_s)) is not None:
            if not self._end.set_as(self._line):
                said = said._replace(data=said.data.translate(_NOISE))
            self._coming = deque(sorted((*self._coming, said), key=lambda one: one.end_s))
        speaks_s = self._line.speaks_at()
        while self._coming:
            if self._coming[0].end_s > now_s:
                return min(self._coming[0].end_s, speaks_s)
            self._end.send(self._coming.popleft().data)
        return None if speaks_s == inf else speaks_s


class _Server:
    """One thread for all lines; it sleeps until a client writes or a reply has arrived."""

    def __init__(self, served: Mapping[str, tuple[EmulatedLine, End]], pace: float) -> None:
        self.served = {name: _Served(line, end) for name, (line, end) in served.items()}
        # select() waits to the microsecond; epoll rounds up to a millisecond, 2 % of a reply.
        self._selector = selectors.SelectSelector()
        self._alarm, self._bell = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="emulated lines", daemon=True)
        self._zero_s: float | None = None
        self._orders: deque[tuple[Callable[[], None], threading.Event]] = deque()
        self._pace = pace
        self._stopping = False
        self.failure: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        if self._thread.ident is not None:
            self._bell.send(b"!")
            self._thread.join()
        self._selector.close()
        self._alarm.close()
        self._bell.close()

    def do(self, order: Callable[[], None]) -> None:
        """Have something done by the thread that serves; returns when it is done.

        Raises:
            OSError: The thread does not serve any more.
        """
        done = threading.Event()
        self._orders.append((order, done))
        self._bell.send(b"!")
        while not done.wait(_LOOK_AGAIN_S):
            if not self._thread.is_alive():
                raise OSError("these lines are not served any more")

    def begun(self) -> float:
        """The devices' time, which begins here at the latest."""
        if self._zero_s is None:
            self._zero_s = time.monotonic()
        return self._now()

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as error:  # told to whoever leaves the block
            self.failure = error

    def _now(self) -> float:
        return 0.0 if self._zero_s is None else (time.monotonic() - self._zero_s) * self._pace

    def _loop(self) -> None:
        self._selector.register(self._alarm, selectors.EVENT_READ)
        served = self.served.values()
        for one in served:
            self._watch(one)
        while not self._stopping:
            now_s = self._now()
            next_s = [due_s for s in served if (due_s := s.deliver(now_s)) is not None]
            wait_s = max(0.0, min(next_s) - now_s) / self._pace if next_s else None
            for key, _ in self._selector.select(wait_s):
                if key.data is None:
                    self._obey()
                    break  # what else was ready may be unplugged now
                if key.data.hear(self._now()):
                    self.begun()
                self._watch(key.data)

    def _obey(self) -> None:
        """Do what `do` ordered, none of the ends being listened to meanwhile."""
        self._alarm.recv(_CHUNK)
        for one in self.served.values():
            self._forget(one)
        while self._orders:
            order, done = self._orders.popleft()
            order()
            done.set()
        for one in self.served.values():
            self._watch(one)

    def _forget(self, served: _Served) -> None:
        for descriptor in served.watched:
            self._selector.unregister(descriptor)
        served.watched = []

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
