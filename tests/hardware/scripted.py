"""A port that plays a transcript (`hardware.transcript`): what must be asked, what is answered."""

from pathlib import Path

from hardware.transcript import read_transcript as read_text

FOLDER = Path(__file__).parent / "transcripts"
SOON_S = 0.002
"""When an answer comes whose delay the transcript does not say."""


def read_transcript(name: str) -> list[tuple[str, float, bytes]]:
    steps = read_text((FOLDER / f"{name}.txt").read_text("utf-8"))
    return [(step.way, step.after_s or SOON_S, step.data) for step in steps]


class ScriptedPort:
    """Plays steps on a clock of its own; ``chunk`` bytes at a time arrive (0: all at once)."""

    def __init__(self, steps, chunk: int = 0) -> None:
        self._steps = list(steps)
        self._chunk = chunk
        self._coming: list[tuple[float, bytes]] = []
        self._now_s = 0.0
        self.sent: list[bytes] = []

    @classmethod
    def of(cls, name: str, chunk: int = 0) -> "ScriptedPort":
        return cls(read_transcript(name), chunk)

    @property
    def finished(self) -> bool:
        return not self._steps

    def open(self) -> None: ...

    def close(self) -> None: ...

    def begin(self, now_s: float) -> None:
        self._now_s = max(self._now_s, now_s)

    def now(self) -> float:
        return self._now_s

    def write(self, data: bytes) -> None:
        assert self._steps, f"{data!r} was sent after the transcript's end"
        way, _, expected = self._steps.pop(0)
        assert (way, data) == (">", expected), f"{data!r} was sent, {expected!r} expected"
        self.sent.append(data)
        while self._steps and self._steps[0][0] == "<":
            _, delay_s, reply = self._steps.pop(0)
            size = self._chunk or len(reply)
            at_s = self._now_s + delay_s
            for i in range(0, len(reply), size):
                at_s = max([at_s, *(earlier_s for earlier_s, _ in self._coming)])
                self._coming.append((at_s, reply[i : i + size]))
                at_s += 1e-4

    def read_some(self, deadline_s: float) -> bytes:
        if self._coming and self._coming[0][0] <= max(deadline_s, self._now_s):
            at_s, data = self._coming.pop(0)
            self._now_s = max(self._now_s, at_s)
            return data
        self._now_s = max(self._now_s, deadline_s)
        return b""

    def drop_input(self) -> None:
        self._coming = [coming for coming in self._coming if coming[0] > self._now_s]
