"""A line in memory on which replies go astray, one fault for each thing that is written."""

from collections.abc import Iterator

from hardware.emulators import MemoryPort
from hardware.emulators.line import Arrival, EmulatedLine

FAULTS = ("none", "deaf", "lost", "late", "cut", "twice", "split", "noise", "restart")


class FaultyPort(MemoryPort):
    """Takes the faults one after another, then none; ``written`` keeps what the host wrote."""

    def __init__(self, emulator, faults=(), *, baud=9600, noise=b"9.999\r", late_s=1.4) -> None:
        super().__init__(EmulatedLine([emulator], baud))
        self.written: list[bytes] = []
        self._emulator = emulator
        self._faults: Iterator[str] = iter(faults)
        self._noise = noise
        self._late_s = late_s

    def write(self, data: bytes) -> None:
        self.written.append(data)
        fault = next(self._faults, "none")
        if fault == "restart" and hasattr(self._emulator, "restart"):
            for delay_s, said in self._emulator.restart(self.now()):
                at_s = self.now() + delay_s
                self._coming.append(Arrival(at_s, at_s, said))
        before = len(self._coming)
        if fault == "deaf":
            self._now_s += len(data) * self._line.byte_s
            return
        super().write(data)
        new = [self._coming.pop() for _ in range(len(self._coming) - before)][::-1]
        self._coming.extend(self._spoiled(fault, new))
        ordered = sorted(self._coming, key=lambda arrival: arrival.end_s)
        self._coming.clear()
        self._coming.extend(ordered)

    def _spoiled(self, fault: str, arrivals: list[Arrival]) -> list[Arrival]:
        if fault == "lost":
            return []
        if fault == "late":
            return [Arrival(a + self._late_s, b + self._late_s, data) for a, b, data in arrivals]
        if fault == "cut":
            return [Arrival(a, b, data[: len(data) // 2]) for a, b, data in arrivals]
        if fault == "twice":
            return [arrival for arrival in arrivals for _ in range(2)]
        if fault == "split":
            return [
                Arrival(b + i * 0.01, b + i * 0.01, bytes([byte]))
                for _, b, data in arrivals
                for i, byte in enumerate(data)
            ]
        if fault == "noise":
            return [Arrival(a, a, self._noise) for a, _, _ in arrivals[:1]] + arrivals
        return arrivals
