r"""Transcripts of a line as text: what was sent, what came for it, when.

``> `` begins what the host sent and ``< `` what a device sent for it; ``<0.45 `` says how many
seconds after the request. Bytes are text with escapes (``A??D*\r``), or ``hex: 01 03`` where most
of them are no text. ``#`` begins a comment. The same form is read by the tests, which play it to
a driver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from hardware.port import Port

_LINE = re.compile(r"(?P<way>[><])(?P<delay>\d*\.?\d*) (?P<bytes>.*)")
_HEX: Final = "hex: "
_NAMED: Final = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x5C: "\\\\"}
_SOON_S = 0.02
"""Bytes that follow each other so closely belong to one line of a transcript."""


class TranscriptError(ValueError):
    """A line that is no line of a transcript."""


class Step(NamedTuple):
    """Bytes that went one way.

    Attributes:
        way: ``>`` from the host, ``<`` from a device.
        after_s: Seconds since the host last sent; None where the transcript does not say.
        data: The bytes.
    """

    way: Literal[">", "<"]
    after_s: float | None
    data: bytes


def read_transcript(text: str) -> list[Step]:
    """The steps of a transcript.

    Raises:
        TranscriptError: A line has another form.
    """
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [_step(line) for line in lines]


def _step(line: str) -> Step:
    match = _LINE.fullmatch(line)
    if match is None:
        raise TranscriptError(f"'{line}' is no line of a transcript")
    way: Literal[">", "<"] = ">" if match["way"] == ">" else "<"
    return Step(way, float(match["delay"]) if match["delay"] else None, to_bytes(match["bytes"]))


def write_step(step: Step) -> str:
    """One line of a transcript."""
    delay = "" if step.after_s is None or step.way == ">" else f"{step.after_s:.3f}"
    return f"{step.way}{delay} {to_text(step.data)}"


def to_bytes(text: str) -> bytes:
    """Bytes written as text with escapes, or in hexadecimal after ``hex: ``.

    Raises:
        TranscriptError: It is neither.
    """
    try:
        if text.startswith(_HEX):
            return bytes.fromhex(text[len(_HEX) :])
        return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
    except ValueError as error:
        raise TranscriptError(f"'{text}' cannot be read as bytes: {error}") from error


def to_text(data: bytes) -> str:
    """Bytes as a person reads them best; `to_bytes` gives them back."""
    plain = sum(byte in _NAMED or 0x20 <= byte < 0x7F for byte in data)
    if plain < len(data):
        return _HEX + data.hex(" ")
    text = "".join(_NAMED.get(byte, chr(byte)) for byte in data)
    if text.endswith(" "):  # editors take a blank at a line's end away
        text = text[:-1] + "\\x20"
    return "\\x68" + text[1:] if text.startswith(_HEX) else text


def joined(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps with bytes that came in pieces, one just after the other, put together."""
    held: Step | None = None
    last_s = 0.0
    for step in steps:
        after_s = step.after_s or 0.0
        if held is not None and held.way == step.way == "<" and after_s - last_s < _SOON_S:
            held = held._replace(data=held.data + step.data)
        else:
            if held is not None:
                yield held
            held = step
        last_s = after_s
    if held is not None:
        yield held


class RecordingPort:
    """Another port whose traffic is kept.

    Args:
        inner: The port.

    Attributes:
        steps: What went over it; whoever takes them may clear the list.
    """

    def __init__(self, inner: Port) -> None:
        self.steps: list[Step] = []
        self._inner = inner
        self._sent_s = 0.0
        self.open, self.close = inner.open, inner.close
        self.drop_input, self.now = inner.drop_input, inner.now

    def write(self, data: bytes) -> None:
        """See `hardware.port.Port.write`."""
        self._inner.write(data)
        self._sent_s = self.now()
        self.steps.append(Step(">", None, data))

    def read_some(self, deadline_s: float) -> bytes:
        """See `hardware.port.Port.read_some`."""
        data = self._inner.read_some(deadline_s)
        if data:
            self.steps.append(Step("<", self.now() - self._sent_s, data))
        return data
