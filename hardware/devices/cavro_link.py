"""The two serial protocols of Cavro pumps, from the host's side: OEM and DT.

OEM (manual p. 3-3 to 3-5): STX, address, sequence, command, ETX, XOR of all these. The sequence
byte counts 1 to 7 and carries a repeat bit: the pump acknowledges a repeat of what it has executed
without executing it again, so that a lost acknowledgement may be answered by a repeat, for acts
too. The number must rotate, or a lost command and its repeat would be acknowledged undone.

DT: ``/``, address, command, carriage return; the answer is ``/0``, status, data, ETX, CR, LF. It
has neither checksum nor sequence: an act is sent once, and afterwards the pump is asked.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command
from hardware.errors import DamagedReply, ForeignReply
from hardware.framing import Delimited, OemXor, oem_frame

_READY, _ALWAYS, _ERROR = 0x20, 0x40, 0x0F
_NEVER = 0x90
_HOST = 0x30
_REPEAT = 0x08


class Status(NamedTuple):
    """What the pump says of itself: ready or moving, error number (0: none), data."""

    ready: bool
    error: int
    data: str


class Link(Protocol):
    """One of the two protocols."""

    witnesses: int

    def transact(self, bus: Bus, command: Command, text: str) -> Status:
        """Send a command string; gives the pump's answer."""
        ...


class OemLink:
    """The protocol with sequence, repeat and checksum.

    Args:
        address: Address switch plus one.
    """

    witnesses = 1

    def __init__(self, address: int) -> None:
        self._address = 0x30 + address
        self._sequence = 0
        self._framing = OemXor()

    def transact(self, bus: Bus, command: Command, text: str) -> Status:
        """See `Link.transact`; what is not answered is repeated as a repeat."""
        self._sequence = self._sequence % 7 + 1
        first, again = (
            oem_frame(bytes([self._address, 0x30 | repeat | self._sequence]) + text.encode("ascii"))
            for repeat in (0, _REPEAT)
        )
        requests = (first, *(again,) * (command.tries - 1))
        return bus.transact(
            Exchange(
                requests,
                self._framing,
                _match_oem,
                command.timeout_s,
                command.effect,
                repeatable=True,
            )
        )


class DtLink:
    """The terminal protocol; a PSD/4 speaks it too.

    Args:
        address: Address switch plus one.
    """

    witnesses = 2

    def __init__(self, address: int) -> None:
        self._head = bytes([0x2F, 0x30 + address])
        self._framing = Delimited(b"\x03\r\n")

    def transact(self, bus: Bus, command: Command, text: str) -> Status:
        """See `Link.transact`; only a question is asked again."""
        request = self._head + text.encode("ascii") + b"\r"
        tries = command.tries if command.effect == "read" else 1
        return bus.transact(
            Exchange(
                (request,) * tries, self._framing, _match_dt, command.timeout_s, command.effect
            )
        )


def _match_oem(request: bytes, frame: bytes) -> Status:
    if frame[1] != _HOST:
        raise ForeignReply(f"a frame to {frame[1]:#x} came, not one to the host")
    return _status(frame[2], frame[3:-2])


def _match_dt(request: bytes, frame: bytes) -> Status:
    answer = frame.removeprefix(request).lstrip(b"\xff\r\n")  # an echo; noise of a line that turns
    if len(answer) < 3 or answer[:1] != b"/":
        raise DamagedReply(f"'{frame.hex(' ')}' is no answer")
    if answer[1] != _HOST:
        raise ForeignReply(f"an answer to {answer[1]:#x} came, not one to the host")
    status = _status(answer[2], answer[3:])
    if bool(status.data) != request[2:].startswith(b"?") and not status.error:
        raise ForeignReply(f"'{status.data}' does not answer '{request[2:-1].decode()}'")
    return status


def _status(status: int, data: bytes) -> Status:
    if not status & _ALWAYS or status & _NEVER:
        raise DamagedReply(f"{status:#x} is no status")
    return Status(bool(status & _READY), status & _ERROR, data.decode("ascii", "replace"))
