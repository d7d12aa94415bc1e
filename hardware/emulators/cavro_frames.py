"""The two serial protocols of a Cavro pump, from the pump's side."""

from __future__ import annotations

from typing import Literal, NamedTuple

CavroProtocol = Literal["oem", "dt"]

STX, ETX, CR, SLASH, HOST = 0x02, 0x03, 0x0D, 0x2F, 0x30
EVERYONE = 0x5F
_LONGEST = 300


class Message(NamedTuple):
    """A command as the pump reads it.

    Attributes:
        protocol: How it came.
        address: Address byte; 0x31 is pump 1, 0x5F everyone.
        sequence: Sequence number 1..7 (OEM), else 0.
        repeat: The host says that it sent this before (OEM).
        text: The command string.
    """

    protocol: CavroProtocol
    address: int
    sequence: int
    repeat: bool
    text: str


class CavroEar:
    """Finds messages in a stream of bytes.

    The protocol of the first good message to this pump is the only one it understands from then
    on, until it is switched off.

    Args:
        address: The pump's address byte.
        protocols: Those the pump knows.
    """

    def __init__(self, address: int, protocols: tuple[CavroProtocol, ...] = ("oem", "dt")) -> None:
        self._address = address
        self._heard = b""
        self.protocol: CavroProtocol | None = protocols[0] if len(protocols) == 1 else None

    def hear(self, data: bytes) -> list[Message]:
        """Take bytes; give the good messages to this pump among them."""
        self._heard += data
        messages = []
        while self._heard:
            message, used = self._first(self._heard)
            if used == 0:
                break
            self._heard = self._heard[used:]
            if message is not None and message.address in (self._address, EVERYONE):
                self.protocol = message.protocol
                messages.append(message)
        return messages

    def _first(self, heard: bytes) -> tuple[Message | None, int]:
        """The message at the start and how many bytes it (or the junk there) takes; 0: wait."""
        if heard[0] == STX and self.protocol != "dt":
            return _oem(heard)
        if heard[0] == SLASH and self.protocol != "oem":
            return _dt(heard)
        return None, 1


def _oem(heard: bytes) -> tuple[Message | None, int]:
    """STX, address, sequence, text, ETX, XOR of all these."""
    end = heard.find(ETX, 3)
    if end < 0 or end + 1 == len(heard):
        return None, int(len(heard) > _LONGEST)
    frame = heard[: end + 2]
    # A wrong checksum gets no answer; the next message may begin within what looked like this one.
    if _xor(frame) != 0 or frame[2] & 0xF0 != 0x30 or frame[2] & 0x07 == 0:
        return None, 1
    text = frame[3:end].decode("latin-1")
    return Message("oem", frame[1], frame[2] & 0x07, bool(frame[2] & 0x08), text), len(frame)


def _dt(heard: bytes) -> tuple[Message | None, int]:
    """Slash, address, text, carriage return."""
    end = heard.find(CR)
    if end < 0:
        return None, int(len(heard) > _LONGEST)
    if end < 2:
        return None, end + 1
    return Message("dt", heard[1], 0, False, heard[2:end].decode("latin-1")), end + 1


def answer(protocol: CavroProtocol, status: int, data: str) -> bytes:
    """The pump's answer to the host."""
    body = bytes((HOST, status)) + data.encode("ascii") + bytes((ETX,))
    if protocol == "dt":
        return b"/" + body + b"\r\n"
    frame = bytes((STX,)) + body
    return frame + bytes((_xor(frame),))


def _xor(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total
