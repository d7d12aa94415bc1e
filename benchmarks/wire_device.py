"""Devices on many pseudo-terminals that hold each reply back for its time on the wire.

Usage: python wire_device.py PORTS BAUD

Prints the paths of the terminals as JSON and ends when its input does. A request is 20 bytes with
a carriage return last, the reply to it 30 bytes: 8N1 at 9600 baud, 52.08 ms for both.
"""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import time
import tty
from collections import deque

REQUEST_BYTES, REPLY_BYTES = 20, 30
REPLY = b"A" * (REPLY_BYTES - 2) + b"\r\n"
_BITS = 10


def wire_s(baud: int) -> float:
    """Seconds that a request and its reply are on the wire."""
    return (REQUEST_BYTES + REPLY_BYTES) * _BITS / baud


def main(ports: int, baud: int) -> None:
    """Serve until the input ends."""
    pairs = [pty.openpty() for _ in range(ports)]
    for pair in pairs:
        for descriptor in pair:
            tty.setraw(descriptor)
    print(json.dumps([os.ttyname(computer) for _, computer in pairs]), flush=True)
    _serve([device for device, _ in pairs], wire_s(baud))


def _serve(devices: list[int], held_s: float) -> None:
    # select() waits to the microsecond; poll and epoll round up to a millisecond.
    watched = [sys.stdin.fileno(), *devices]
    coming: deque[tuple[float, int]] = deque()  # all are held equally long: in order of time
    while True:
        left_s = max(0.0, coming[0][0] - time.monotonic()) if coming else None
        ready = select.select(watched, [], [], left_s)[0]
        now_s = time.monotonic()
        while coming and coming[0][0] <= now_s:
            os.write(coming.popleft()[1], REPLY)
        for device in ready:
            if device == watched[0]:
                return
            if b"\r" in os.read(device, 4096):
                coming.append((now_s + held_s, device))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
