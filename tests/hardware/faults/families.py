"""The rows of the fault matrix; a new family is one more `Case` here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Any

from fastcrc.crc16 import modbus as crc16

from hardware.emulators.faults import Dialect
from tests.hardware.faults.case import Case


def _rtu(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A Modbus reply changed, its CRC made right again."""

    def changed(reply: bytes) -> bytes:
        body = change(reply[:-2])
        return body + crc16(body).to_bytes(2, "little")

    return changed


def _oem(change: Callable[[bytearray], None]) -> Callable[[bytes], bytes]:
    """A Cavro OEM reply changed, its XOR made right again."""

    def changed(reply: bytes) -> bytes:
        frame = bytearray(reply[:-1])
        change(frame)
        return bytes(frame) + bytes((reduce(xor, frame),))

    return changed


def _to_another_host(frame: bytearray) -> None:
    frame[1] = 0x32


def _not_ready(frame: bytearray) -> None:
    frame[2] &= ~0x20


def _arc(reads: str) -> Case:
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
        statement="A CRC of 16 bits protects every frame both ways: a flipped bit is always seen.",
        resolution={"ph": 1e-5, "do": 1e-4},
    )


def _alicat() -> Case:
    return Case(
        name="alicat",
        ports={"line": {"baud": 19200}},
        parts={
            "devices": [
                {
                    "family": "alicat",
                    "port": "line",
                    "unit": "A",
                    "full_scale": "500 mL/min",
                    "vessels": "A1..A2",
                }
            ]
        },
        line="line",
        dialect=Dialect(
            misaddressed=lambda reply: b"B" + reply[1:].replace(b"\rA", b"\rB"),
            unsolicited=b"@ +014.70 +025.00 +0050.0 +0050.0 +0050.0    Air\r",
        ),
        statement=(
            "No checksum. A set-point is answered with the set-point and compared. A flow reading "
            "that jumps is asked again before it is passed on."
        ),
        resolution={"gas_flow": 0.0051},
        settings={"gas_flow": (5.0, 100.0)},
    )


def _evolver() -> Case:
    return Case(
        name="evolver",
        ports={"line": {"baud": 9600}},
        parts={
            "devices": [
                {
                    "family": "evolver",
                    "port": "line",
                    "vessels": "A1..A2",
                    "pumps": {"feed": {"pump": 1, "flow": "0.05 mL/s"}},
                }
            ]
        },
        line="line",
        dialect=Dialect(
            misaddressed=lambda reply: (
                (b"od_90b" if reply.startswith(b"temp") else b"tempb") + reply[reply.find(b",") :]
            ),
            unsolicited=b"lxmle,1,2,3,end",
        ),
        statement=(
            "No checksum. Stirring and pump commands are echoed, compared and only then "
            "acknowledged. Readings that jump are asked again."
        ),
        resolution={"temperature": 0.0084, "od": 0.00101, "stirring": 20.1},
        settings={"temperature": (25.0, 40.0), "stirring": (400.0, 1600.0)},
        timeout_s=2.0,
        patience_s=300.0,
    )


def _arm(pump: Mapping[str, Any]) -> dict[str, Any]:
    """A liquid handler with one bottle and one plate."""
    return {
        "liquid_handler": {
            "gantry": {"family": "gcode", "port": "robot"},
            "pump": {"port": "syringe", "syringe": "1 mL", **pump},
            "deck": {
                "vessels": {"x": "60 mm", "y": "60 mm", "pitch_x": "27 mm", "pitch_y": "27 mm"},
                "sources": {"glucose": {"x": "20 mm", "y": "60 mm", "volume": "50 mL"}},
                "plates": {
                    "plate1": {"x": "150 mm", "y": "30 mm", "pitch_x": "9 mm", "pitch_y": "9 mm"}
                },
                "waste": {"x": "20 mm", "y": "180 mm"},
                "wash": {"x": "20 mm", "y": "210 mm"},
            },
        }
    }


def _arm_ports(syringe: Mapping[str, Any]) -> dict[str, Any]:
    return {"robot": {"baud": 115200}, "syringe": syringe}


def _cavro_oem() -> Case:
    return Case(
        name="cavro oem",
        ports=_arm_ports({"baud": 38400}),
        parts=_arm({"family": "cavro"}),
        line="syringe",
        dialect=Dialect(misaddressed=_oem(_to_another_host), busy=_oem(_not_ready)),
        checked=True,
        statement="An XOR over every frame both ways: a single flipped bit is always seen.",
        patience_s=600.0,
    )


def _gcode() -> Case:
    return Case(
        name="gcode",
        ports=_arm_ports({"baud": 38400}),
        parts=_arm({"family": "cavro"}),
        line="robot",
        dialect=Dialect(
            unsolicited=b"echo:busy: processing\n",
            busy=lambda reply: b"echo:busy: processing\n",
            greeting=b"start\n",
        ),
        statement="The position is asked after every travel and compared with where to go.",
        timeout_s=1.0,
        patience_s=900.0,
    )


_ALL = (_arc("ph"), _arc("do"), _alicat(), _evolver(), _cavro_oem(), _gcode())
CASES: Mapping[str, Case] = MappingProxyType({case.name: case for case in _ALL})
