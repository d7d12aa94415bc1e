"""What goes wrong on real lines, done to an emulated one: on purpose, seeded and repeatable.

A `FaultyLine` stands wherever an `EmulatedLine` does: under a port in memory (use `FaultyPort`,
which can be lost too) or served on a pseudo-terminal, where a hang-up is only silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from hardware.emulators.line import Arrival, EmulatedLine, Emulator
from hardware.emulators.memory import MemoryPort
from hardware.errors import PortLost

FaultKind: TypeAlias = Literal[
    "late once",
    "always late",
    "drop",
    "truncate",
    "split with gap",
    "flipped bit",
    "wrong address",
    "echo",
    "duplicate",
    "unsolicited line",
    "wrong baud",
    "power cycle",
    "hang-up",
    "never ready",
]
KINDS: Final[tuple[FaultKind, ...]] = FaultKind.__args__  # type: ignore[attr-defined]
LASTING: Final[frozenset[FaultKind]] = frozenset(
    {"always late", "echo", "wrong baud", "never ready"}
)
"""Faults that stay once they are there; the others strike once unless a plan says otherwise."""


def _silence(reply: bytes) -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How well-formed trouble looks in a family's protocol.

    Attributes:
        misaddressed: Makes another device's reply of a reply; None where replies carry no address
            and so cannot be anybody else's.
        unsolicited: A line that the device may send unasked.
        busy: What a device that is never ready answers in place of a reply.
        greeting: What a device sends once it has booted.
    """

    misaddressed: Callable[[bytes], bytes] | None = None
    unsolicited: bytes = b"\xff"
    busy: Callable[[bytes], bytes] = _silence
    greeting: bytes = b""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """One fault: what, when and how often.

    Attributes:
        kind: What goes wrong.
        seed: Of everything that is left to chance: which bit, which byte, which direction.
        after: Writes of the host that pass unharmed first.
        count: How often it strikes; None for ever.
        probability: With which it strikes when it may.
        delay_s: Lateness, gap, time to boot, or time until a lost line is back.
        dialect: The protocol's part of it.
    """

    kind: FaultKind
    seed: int = 0
    after: int = 0
    count: int | None = 1
    probability: float = 1.0
    delay_s: float = 0.45
    dialect: Dialect = field(default_factory=Dialect)


class FaultyLine(EmulatedLine):
    """A line that follows a plan of faults.

    An emulator with a method ``power_cycle(now_s)`` loses there what its device forgets without
    power; one without it only falls silent while it boots.

    Args:
        line: Whose devices these are.
        plan: What goes wrong on it.

    Attributes:
        writes: How often the host has written.
        strikes: How often the fault has struck.
        lost_until_s: Time until which the line is gone.
    """

    def __init__(self, line: EmulatedLine, plan: FaultPlan) -> None:
        super().__init__(line.emulators, line.baud, line.frame)
        self.writes = 0
        self.strikes = 0
        self.lost_until_s = 0.0
        self._plan = plan
        self._random = np.random.default_rng(plan.seed)
        self._noise = bytes(self._random.permutation(256).astype(np.uint8))
        self._cut_s: float | None = None
        self._booted_s = 0.0
        self._faults: dict[FaultKind, Callable[[bytes, float], list[Arrival]]] = {
            "late once": self._late,
            "always late": self._late,
            "drop": self._drop,
            "truncate": self._truncate,
            "split with gap": self._split,
            "flipped bit": self._flip,
            "wrong address": self._misaddress,
            "echo": self._echo,
            "duplicate": self._duplicate,
            "unsolicited line": self._interrupt,
            "wrong baud": self._garble,
            "power cycle": self._power_cycle,
            "hang-up": self._hang_up,
            "never ready": self._stay_busy,
        }

    def receive(self, data: bytes, now_s: float) -> list[Arrival]:
        """See `EmulatedLine.receive`."""
        self.writes += 1
        begins_s = max(now_s, self._to_devices_free_s)
        # Who loses power while this is on its way has not heard it.
        self.catch_up(begins_s + len(data) * self.byte_s)
        if begins_s < self._booted_s or now_s < self.lost_until_s:
            self.send(data, now_s)
            return []
        if not self._strikes_now():
            return self._until_cut(super().receive(data, now_s))
        self.strikes += 1
        return self._faults[self._plan.kind](data, now_s)

    def unasked(self, until_s: float) -> Arrival | None:
        """See `EmulatedLine.unasked`; nothing while the line is gone or its devices boot."""
        self.catch_up(until_s)
        self.ignore(min(until_s, max(self._booted_s, self.lost_until_s)))
        return super().unasked(until_s)

    def catch_up(self, now_s: float) -> None:
        """Have a loss of power that came in between happen to the devices."""
        if self._cut_s is not None and self._cut_s <= now_s:
            cut_s, self._cut_s = self._cut_s, None
            self._booted_s = cut_s + self._plan.delay_s
            greeted_s = self._booted_s + len(self._plan.dialect.greeting) * self.byte_s
            self._to_host_free_s = max(self._to_host_free_s, greeted_s)
            for device in self.emulators:
                _power_cycle(device, cut_s)

    def _strikes_now(self) -> bool:
        plan = self._plan
        if self.writes <= plan.after or (plan.count is not None and self.strikes >= plan.count):
            return False
        return plan.probability >= 1.0 or self._random.random() < plan.probability

    def _coin(self) -> bool:
        return bool(self._random.integers(2))

    def _position(self, data: bytes) -> int:
        """Where to cut: something is left on either side when there are two bytes or more."""
        return int(self._random.integers(1, max(2, len(data))))

    def _shifted(self, arrivals: list[Arrival], by_s: float) -> list[Arrival]:
        shifted = [Arrival(start + by_s, end + by_s, data) for start, end, data in arrivals]
        return self._keep_order(shifted)

    def _keep_order(self, arrivals: list[Arrival]) -> list[Arrival]:
        """What the devices send next comes after this."""
        self._to_host_free_s = max(self._to_host_free_s, *(a.end_s for a in arrivals), 0.0)
        return arrivals

    def _append(self, arrivals: list[Arrival], data: bytes, after_s: float) -> list[Arrival]:
        """Bytes that come after what is on the wire already, and not before ``after_s``."""
        if not data:
            return arrivals
        start_s = max(after_s, self._to_host_free_s)
        self._to_host_free_s = start_s + len(data) * self.byte_s
        return [*arrivals, Arrival(start_s, self._to_host_free_s, data)]

    # -- the faults -----------------------------------------------------------------------

    def _late(self, data: bytes, now_s: float) -> list[Arrival]:
        return self._shifted(super().receive(data, now_s), self._plan.delay_s)

    def _drop(self, data: bytes, now_s: float) -> list[Arrival]:
        """The request or its answer is lost."""
        if self._coin():
            self.send(data, now_s)
        else:
            super().receive(data, now_s)
        return []

    def _truncate(self, data: bytes, now_s: float) -> list[Arrival]:
        """The end of the request or of its answer is lost."""
        if self._coin():
            return super().receive(data[: self._position(data)], now_s)
        arrivals = super().receive(data, now_s)
        return arrivals and [*arrivals[:-1], self._head(arrivals[-1])]

    def _head(self, arrival: Arrival) -> Arrival:
        kept = arrival.data[: self._position(arrival.data)]
        return Arrival(arrival.start_s, arrival.start_s + len(kept) * self.byte_s, kept)

    def _split(self, data: bytes, now_s: float) -> list[Arrival]:
        """A pause within the request or within its answer."""
        gap_s = self._plan.delay_s
        if self._coin() and len(data) > 1:
            at = self._position(data)
            first = super().receive(data[:at], now_s)
            return first + super().receive(data[at:], now_s + gap_s)
        arrivals = super().receive(data, now_s)
        if not arrivals:
            return []
        head = self._head(arrivals[-1])
        rest = arrivals[-1].data[len(head.data) :]
        tail = Arrival(head.end_s + gap_s, arrivals[-1].end_s + gap_s, rest)
        return self._keep_order([*arrivals[:-1], head, *([tail] if rest else [])])

    def _flip(self, data: bytes, now_s: float) -> list[Arrival]:
        """One bit of the request or of its answer is turned round."""
        if self._coin():
            return super().receive(self._flipped(data), now_s)
        arrivals = super().receive(data, now_s)
        if not arrivals:
            return []
        struck = int(self._random.integers(len(arrivals)))
        start_s, end_s, reply = arrivals[struck]
        arrivals[struck] = Arrival(start_s, end_s, self._flipped(reply))
        return arrivals

    def _flipped(self, data: bytes) -> bytes:
        byte, bit = divmod(int(self._random.integers(8 * len(data))), 8)
        return data[:byte] + bytes((data[byte] ^ 1 << bit,)) + data[byte + 1 :]

    def _misaddress(self, data: bytes, now_s: float) -> list[Arrival]:
        """Another device answers, with a whole and rightly checked reply."""
        misaddressed = self._plan.dialect.misaddressed or _silence
        return self._rewritten(super().receive(data, now_s), misaddressed)

    def _rewritten(
        self, arrivals: list[Arrival], rewrite: Callable[[bytes], bytes]
    ) -> list[Arrival]:
        new = [(start_s, rewrite(data)) for start_s, _, data in arrivals]
        return [Arrival(at_s, at_s + len(d) * self.byte_s, d) for at_s, d in new if d]

    def _echo(self, data: bytes, now_s: float) -> list[Arrival]:
        """The adapter hears itself, as RS-485 adapters may."""
        start_s = max(now_s, self._to_host_free_s)
        echo = Arrival(start_s, start_s + len(data) * self.byte_s, data)
        self._to_host_free_s = echo.end_s
        return [echo, *super().receive(data, now_s)]

    def _duplicate(self, data: bytes, now_s: float) -> list[Arrival]:
        """The answer comes twice, the second time a little later."""
        arrivals = super().receive(data, now_s)
        if not arrivals:
            return []
        length_s = arrivals[-1].end_s - arrivals[0].start_s
        return arrivals + self._shifted(arrivals, length_s + self._plan.delay_s)

    def _interrupt(self, data: bytes, now_s: float) -> list[Arrival]:
        """The device says something unasked, before or after its answer."""
        line = self._plan.dialect.unsolicited
        if self._coin():
            before = self._append([], line, now_s)
            return before + super().receive(data, now_s)
        return self._append(super().receive(data, now_s), line, now_s)

    def _garble(self, data: bytes, now_s: float) -> list[Arrival]:
        """Neither side understands the other."""
        arrivals = super().receive(data.translate(self._noise), now_s)
        heard_s = now_s + len(data) * self.byte_s
        noise = self._random.integers(256, size=len(data), dtype=np.uint8).tobytes()
        return self._append(self._rewritten(arrivals, self._through_noise), noise, heard_s)

    def _through_noise(self, data: bytes) -> bytes:
        return data.translate(self._noise)

    def _power_cycle(self, data: bytes, now_s: float) -> list[Arrival]:
        """The devices lose power: before they heard this, or up to some seconds after."""
        if self._coin():
            self.send(data, now_s)
            self._cut_s = now_s
            arrivals: list[Arrival] = []
        else:
            arrivals = super().receive(data, now_s)
            self._cut_s = now_s + len(data) * self.byte_s + float(self._random.exponential(0.5))
            arrivals = self._until_cut(arrivals)
        booted_s, greeting = self._cut_s + self._plan.delay_s, self._plan.dialect.greeting
        self.catch_up(now_s)
        if greeting:
            arrivals.append(Arrival(booted_s, booted_s + len(greeting) * self.byte_s, greeting))
        return arrivals

    def _until_cut(self, arrivals: list[Arrival]) -> list[Arrival]:
        """What was said before the devices lose power, if they are about to."""
        cut_s = self._cut_s
        return arrivals if cut_s is None else [one for one in arrivals if one.end_s <= cut_s]

    def _hang_up(self, data: bytes, now_s: float) -> list[Arrival]:
        """The port goes, before or after the devices heard this, and comes back."""
        if self._coin():
            super().receive(data, now_s)
        self.lost_until_s = now_s + self._plan.delay_s
        return []

    def _stay_busy(self, data: bytes, now_s: float) -> list[Arrival]:
        """The device takes everything and never gets ready."""
        return self._rewritten(super().receive(data, now_s), self._plan.dialect.busy)


class FaultyPort(MemoryPort):
    """A port in memory that is lost while its line is.

    Args:
        line: The line and its plan.
    """

    def __init__(self, line: FaultyLine) -> None:
        super().__init__(line)
        self._faulty = line

    def open(self) -> None:
        """See `hardware.port.Port.open`."""
        self._check()

    def write(self, data: bytes) -> None:
        """See `hardware.port.Port.write`."""
        self._check()
        super().write(data)

    def read_some(self, deadline_s: float) -> bytes:
        """See `hardware.port.Port.read_some`."""
        self._check()
        return super().read_some(deadline_s)

    def drop_input(self) -> None:
        """See `hardware.port.Port.drop_input`."""
        self._check()
        super().drop_input()

    def _check(self) -> None:
        if self.now() < self._faulty.lost_until_s:
            raise PortLost("the line is gone")


def faultless(line: EmulatedLine) -> FaultyLine:
    """The line as it is, its writes counted."""
    return FaultyLine(line, FaultPlan("drop", count=0))


def repeated(plan: FaultPlan, probability: float) -> FaultPlan:
    """The same fault again and again, by chance."""
    return replace(plan, count=None, probability=probability)


def _power_cycle(device: Emulator, now_s: float) -> None:
    cycle = getattr(device, "power_cycle", None)
    if cycle is not None:
        cycle(now_s)
