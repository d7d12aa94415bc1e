"""Cases of families that measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastcrc.crc16 import modbus as crc16

from hardware.emulators.faults import Dialect
from tests.hardware.faults.case import Case


def cases() -> Iterator[Case]:
    """Hamilton Arc and Atlas EZO circuits."""
    yield _arc("ph", 1e-5)
    yield _arc("do", 1e-4)
    yield _ezo("ph", "ph", 0.00051, b"6.543\r")
    yield _ezo("do", "do", 0.051, b"45.6\r")
    yield _ezo("rtd", "temperature", 0.00051, b"31.234\r")


def _rtu(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A Modbus reply changed, its CRC made right again."""

    def changed(reply: bytes) -> bytes:
        body = change(reply[:-2])
        return body + crc16(body).to_bytes(2, "little")

    return changed


def _arc(reads: str, resolution: float) -> Case:
    return Case(
        name=f"hamilton-arc {reads}",
        ports={"line": {"baud": 19200, "frame": "8N2"}},
        parts={
            "devices": [
                {
                    "family": "hamilton-arc",
                    "port": "line",
                    "reads": reads,
                    "addresses": "3..4",
                    "vessels": "A1..A2",
                }
            ]
        },
        line="line",
        dialect=Dialect(
            misaddressed=_rtu(lambda body: bytes((body[0] + 2,)) + body[1:]),
            unsolicited=b"\x00\xff\x55\xfe",
            busy=_rtu(lambda body: bytes((body[0], body[1] | 0x80, 6))),
        ),
        checked=True,
        statement="A CRC of 16 bits protects every frame both ways: a flipped bit is seen.",
        resolution={reads: resolution},
    )


def _ezo(circuit: str, channel: str, resolution: float, reading: bytes) -> Case:
    return Case(
        name=f"atlas-ezo {circuit}",
        ports={"line": {"baud": 9600}},
        parts={
            "devices": [
                {"family": "atlas-ezo", "port": "line", "circuit": circuit, "vessels": "A1"}
            ]
        },
        line="line",
        dialect=Dialect(unsolicited=reading, greeting=b"*RS\r*RE\r"),
        statement=(
            "No checksum. A reading has one form and a range, and one that jumps is asked again "
            "before it is passed on."
        ),
        resolution={channel: resolution},
        timeout_s=0.5,
        vessels=1,
    )
