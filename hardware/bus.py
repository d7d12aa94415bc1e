"""The one owner of a line: one transaction at a time, and what follows an uncertain one.

A reply that comes after its time-out is the most dangerous thing on a serial line: the next
request would take it for its own. After every uncertain transaction the bus therefore keeps the
line silent for the devices' late window, discards what comes, and only then goes on.

A line that is lost is opened again, ever more seldom while that fails, and what is plugged in
there then may be another device: each one proves who it is before it is told anything (`trust`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

from hardware.errors import DamagedReply, ForeignReply, HardwareError, NoReply, PortLost
from hardware.framing import Framing
from hardware.port import Port

Effect = Literal["read", "set", "act"]
Value = TypeVar("Value")

_SOONEST_S, _SELDOM_S = 0.25, 30.0
"""Until a lost line is opened again: at first, doubled each time that fails, and at most."""


class _More:
    """The type of `MORE`."""


MORE: Final = _More()
"""What a match returns for a frame that belongs to the answer but does not end it."""


@dataclass(frozen=True, slots=True)
class Exchange(Generic[Value]):
    """One request and what counts as its answer.

    Attributes:
        requests: The request, then what is sent at each retry (the same again, or the form that
            marks it as a repeat); one entry means no retry.
        framing: Decoder of the answer.
        match: Given the request and a frame, returns the value of the answer, or `MORE`. Raises
            `ForeignReply` for a frame of somebody else's (the bus listens on), `DamagedReply` for
            impossible content, `DeviceRefused` for a clear no.
        timeout_s: From the end of writing to the whole answer, wire time included.
        effect: What the request does: ``read``, ``set`` (idempotent) or ``act``.
        repeatable: Whether the protocol itself makes it safe to repeat an act.
    """

    requests: tuple[bytes, ...]
    framing: Framing
    match: Callable[[bytes, bytes], Value | _More]
    timeout_s: float
    effect: Effect = "read"
    repeatable: bool = False

    def __post_init__(self) -> None:
        if self.effect == "act" and len(self.requests) > 1 and not self.repeatable:
            raise ValueError("an act is never sent twice unless its protocol makes that safe")


class Identified(Protocol):
    """A device that can prove who it is."""

    def identify(self, bus: Bus) -> object:
        """Check that it is there and the right one; raises `HardwareError` when it is not."""
        ...


@dataclass(slots=True)
class Health:
    """Counts since the bus was made.

    Attributes:
        transactions: Requests that were sent.
        troubled: How many had been sent when the last one remained without a usable reply.
    """

    transactions: int = 0
    troubled: int | None = None
    losses: int = 0
    retries: int = 0
    silent: int = 0
    damaged: int = 0
    foreign: int = 0
    late_bytes: int = 0
    doubted: int = 0

    @property
    def sound(self) -> float:
        """How many requests in a row were answered as they should be, up to now."""
        return inf if self.troubled is None else self.transactions - self.troubled


class Bus:
    """Transactions over one port; used by one thread at a time.

    Args:
        port: The line.
        late_s: How long after a time-out a reply may still come.
        quiet_s: Silence after a late reply that ends the waiting for it.

    Attributes:
        health: Counters.
        gap_s: Silence that the devices need between a reply and the next request.
    """

    def __init__(self, port: Port, *, late_s: float = 1.0, quiet_s: float = 0.05) -> None:
        self.port = port
        self.health = Health()
        self.gap_s = 0.0
        self._late_s = late_s
        self._quiet_s = quiet_s
        self._free_s = 0.0
        self._late: tuple[float, Framing] | None = None
        self._deadline_s = 0.0
        self._is_open = False
        self._lost: PortLost | None = None
        self._again_s = 0.0
        self._back_off_s = _SOONEST_S
        self._trusted: set[Identified] = set()

    def open(self) -> None:
        """Open the port; what was on its way before is nobody's answer."""
        try:
            self.port.open()
            self.port.drop_input()
        except PortLost as error:
            self._lose(error)
            raise
        self._is_open = True
        self._lost = None

    def close(self) -> None:
        """Close the port."""
        self._is_open = False
        self._trusted.clear()
        self.port.close()

    def trust(self, device: Identified) -> None:
        """Make sure that the line is open and that it is this device which is there.

        To be called before a device is asked or told anything. A lost line is opened again here,
        and nowhere else, so that no command follows a loss unnoticed.

        Raises:
            PortLost: The line is still gone, or it is too early to try again.
            HardwareError: The device did not prove who it is.
        """
        if not self._is_open:
            if self._lost is not None and self.port.now() < self._again_s:
                raise self._lost.with_traceback(None)
            self.open()
        if device not in self._trusted:
            device.identify(self)
            self._trusted.add(device)
            self._back_off_s = _SOONEST_S

    def trusts(self, device: Identified) -> bool:
        """Whether a device has proved who it is since the line was opened."""
        return device in self._trusted

    def now(self) -> float:
        """Seconds on the port's clock."""
        return self.port.now()

    def wait(self, seconds: float) -> bytes:
        """Let time pass on the port's clock, listening.

        Returns:
            What came unasked; it is no answer to anything.
        """
        self._refuse_if_lost()
        until_s = self.port.now() + seconds
        heard = b""
        try:
            while data := self.port.read_some(until_s):
                heard += data
        except PortLost as error:
            self._lose(error)
            raise
        return heard

    def transact(self, exchange: Exchange[Value]) -> Value:
        """Do one exchange, with its retries.

        Raises:
            NoReply, DamagedReply, ForeignReply: No usable answer came, the last time asked.
            DeviceRefused: The device said no.
            PortLost: The line is gone; whether the device heard is not known.
        """
        uncertain: HardwareError | None = None
        for request in exchange.requests:
            if uncertain is not None:
                self.health.retries += 1
            try:
                return self._attempt(request, exchange)
            except (NoReply, DamagedReply, ForeignReply) as error:
                self.health.damaged += isinstance(error, DamagedReply)
                self.health.troubled = self.health.transactions
                # A damaged reply ends the waiting early; the true one may still come all that time.
                asked_until_s = max(self.port.now(), self._deadline_s)
                self._late = (asked_until_s + self._late_s, exchange.framing)
                uncertain = error
            except PortLost as error:
                self._lose(error)
                raise
        assert uncertain is not None, "an exchange has at least one request"  # noqa: S101
        raise uncertain

    def tell(self, data: bytes) -> None:
        """Write something that has no answer."""
        try:
            self._clear_line()
            self.port.write(data)
        except PortLost as error:
            self._lose(error)
            raise
        self._free_s = self.port.now() + self.gap_s

    def through(self, work: Callable[[Any], Value]) -> Value:
        """Do something on a port that carries named variables instead of bytes.

        Args:
            work: Given the port, a `hardware.variables.VariablePort`.

        Raises:
            PortLost: The line is gone.
            HardwareError: What ``work`` raises.
        """
        if self._lost is not None:
            raise self._lost.with_traceback(None)
        self.health.transactions += 1
        try:
            return work(self.port)
        except PortLost as error:
            self._lose(error)
            raise

    def collect(self, exchange: Exchange[Value], quiet_s: float) -> list[Value]:
        """Answers of several frames that nothing ends but silence.

        Args:
            exchange: Its match is asked for every frame.
            quiet_s: Silence that ends the answer.

        Returns:
            One value a frame, at least one.
        """
        try:
            values = self._collect(exchange, quiet_s)
        except PortLost as error:
            self._lose(error)
            raise
        if not values:
            raise self._nothing_usable(exchange, None)
        self._late = None
        return values

    def _collect(self, exchange: Exchange[Value], quiet_s: float) -> list[Value]:
        port, request, framing = self.port, exchange.requests[0], exchange.framing
        values: list[Value] = []
        self._send(request, framing)
        deadline_s = port.now() + exchange.timeout_s
        # Until silence has ended the answer, the line is as uncertain as after a time-out.
        self._late = (deadline_s + self._late_s, framing)
        while data := port.read_some(deadline_s):
            for frame in framing.feed(data):
                value = exchange.match(request, frame)
                if value is not MORE:
                    values.append(value)  # type: ignore[arg-type]
            deadline_s = port.now() + quiet_s
        return values

    def _send(self, request: bytes, framing: Framing) -> None:
        self._clear_line()
        framing.reset()
        self.health.transactions += 1
        self.port.write(request)

    def _attempt(self, request: bytes, exchange: Exchange[Value]) -> Value:
        port, framing = self.port, exchange.framing
        self._send(request, framing)
        foreign: ForeignReply | None = None
        deadline_s = self._deadline_s = port.now() + exchange.timeout_s
        while data := port.read_some(deadline_s):
            if self.gap_s:  # silence begins with the last byte, not with what is made of it
                self._free_s = port.now() + self.gap_s
            answers = []
            for frame in framing.feed(data):
                try:
                    value = exchange.match(request, frame)
                except ForeignReply as error:
                    self.health.foreign += 1
                    foreign = error
                else:
                    if value is not MORE:
                        answers.append(value)
            if len(answers) > 1:
                raise DamagedReply("two answers to one request; do two devices share an address?")
            if answers:
                return answers[0]  # type: ignore[return-value]
        raise self._nothing_usable(exchange, foreign)

    def _nothing_usable(
        self, exchange: Exchange[Any], foreign: ForeignReply | None
    ) -> HardwareError:
        if foreign is not None:
            return foreign
        if exchange.framing.leftover:
            return DamagedReply(f"only '{exchange.framing.leftover.hex(' ')}' came, no whole reply")
        self.health.silent += 1
        return NoReply(f"no reply within {exchange.timeout_s:g} s")

    def _lose(self, error: PortLost) -> None:
        """Close what is left of a lost line and note when to try again."""
        if error is self._lost:
            return
        with suppress(PortLost):
            self.close()
        self.health.losses += 1
        self.health.troubled = self.health.transactions
        self._late = None
        self._lost = error
        self._again_s = self.port.now() + self._back_off_s
        self._back_off_s = min(2.0 * self._back_off_s, _SELDOM_S)

    def _refuse_if_lost(self) -> None:
        if self._lost is not None:
            raise self._lost.with_traceback(None)

    def _clear_line(self) -> None:
        """Wait until nobody may speak any more, and discard what was said."""
        self._refuse_if_lost()
        port = self.port
        if self._late is not None:
            until_s, framing = self._late
            self._late = None
            framing.reset()
            while data := port.read_some(until_s):
                self.health.late_bytes += len(data)
                if framing.feed(data):
                    until_s = min(until_s, port.now() + self._quiet_s)
        while data := port.read_some(self._free_s):
            self.health.late_bytes += len(data)
