"""A device on a pseudo-terminal whose every reply is late, and one of whose replies is lost.

Usage: python late_device.py modbus|alicat|ika LATE_SECONDS LOST

Prints the path of the terminal and ends when its input does. Its values tell whether they answer
the question: a Hamilton Arc block (unit 1) is pH 7 or 37 degC, an IKA value 37.0 degC or 500.0 rpm,
and the flow of an Alicat is the time at which it was asked, in seconds of the monotonic clock.
The first start-up questions are answered like all others.
"""

from __future__ import annotations

import os
import pty
import select
import struct
import sys
import time
import tty
from collections import deque
from collections.abc import Callable, Iterator

_ARC = {2089: (0x1000, 7.0, 0.0, 14.0), 2409: (0x04, 37.0, -20.0, 130.0)}
_IKA = {
    "IN_NAME": "RCT digital",
    "STATUS": "S0",
    "IN_PV_1": "37.0 1",
    "IN_PV_2": "37.0 2",
    "IN_SP_1": "37.0 1",
    "IN_PV_4": "500.0 4",
    "IN_SP_4": "500.0 4",
}
_COLUMNS = (
    "A D00 ID_ NAME______________________ TYPE_______ WIDTH NOTES___________________",
    "A D01 700 Unit ID                    string          1",
    "A D02 002 Pressure                   s decimal     7/2 010 02 PSIA",
    "A D03 003 Flow Temp                  s decimal     7/2 002 02 `C",
    "A D04 004 Volu Flow                  s decimal     9/2 012 02 CCM",
    "A D05 005 Mass Flow                  s decimal     9/2 012 02 SCCM",
    "A D06 037 Mass Flow Setpt            s decimal     9/2 012 02 SCCM",
    "A D07 703 Gas                        string          6",
)


def _crc(data: bytes) -> bytes:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def _low_word_first(value: float) -> bytes:
    packed = struct.pack(">f", value)
    return packed[2:] + packed[:2]


def modbus(heard: bytearray) -> Iterator[bytes]:
    """Answers to the requests that are whole; takes them out of ``heard``."""
    while len(heard) >= 8:
        unit, function, register, _ = struct.unpack(">BBHH", heard[:6])
        del heard[:8]
        bit, value, low, high = _ARC[register]
        body = struct.pack(">BBBHH", unit, function, 20, bit, 0) + _low_word_first(value)
        body += bytes(4) + _low_word_first(low) + _low_word_first(high)
        yield body + _crc(body)


def _lines(heard: bytearray) -> Iterator[str]:
    while (end := heard.find(b"\r")) >= 0:
        line = heard[:end].decode("ascii", "replace").strip()
        del heard[: end + 1]
        yield line


def alicat(heard: bytearray) -> Iterator[bytes]:
    """See `modbus`."""
    for line in _lines(heard):
        if "??D" in line:
            yield "".join(f"{row}\r" for row in _COLUMNS).encode()
        elif line == "AR122":
            yield b"A   122 = 37\r"
        else:
            flow = f"{time.monotonic():+010.2f}"
            yield f"A +014.70 +025.00 {flow} {flow} +000000.00    Air\r".encode()


def ika(heard: bytearray) -> Iterator[bytes]:
    """See `modbus`."""
    for line in _lines(heard):
        if line in _IKA:
            yield f"{_IKA[line]} \r\n".encode()


def main(answers: Callable[[bytearray], Iterator[bytes]], late_s: float, lost: int) -> None:
    """Serve until the input ends."""
    device, computer = pty.openpty()
    tty.setraw(computer)
    print(os.ttyname(computer), flush=True)
    heard, count = bytearray(), 0
    coming: deque[tuple[float, bytes]] = deque()
    while True:
        left_s = max(0.0, coming[0][0] - time.monotonic()) if coming else None
        ready = select.select([sys.stdin, device], [], [], left_s)[0]
        if sys.stdin in ready:
            return
        while coming and coming[0][0] <= time.monotonic():
            os.write(device, coming.popleft()[1])
        if device in ready:
            heard += os.read(device, 4096)
            for reply in answers(heard):
                count += 1
                if count != lost:
                    coming.append((time.monotonic() + late_s, reply))


if __name__ == "__main__":
    kinds = {"modbus": modbus, "alicat": alicat, "ika": ika}
    main(kinds[sys.argv[1]], float(sys.argv[2]), int(sys.argv[3]))
