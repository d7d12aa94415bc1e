"""Cases of families that dose, and of the balance that weighs doses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import xor
from typing import Any

from hardware.emulators.faults import Dialect
from tests.hardware.faults.case import Case

_ASKED_TWICE = (
    "No checksum. After a move the position and the valve are asked until two answers in a row "
    "agree, and only that counts."
)


def cases() -> Iterator[Case]:
    """Liquid handler, syringe pumps, balance, and pumps of a vessel's own."""
    yield _arm(
        "cavro oem",
        {"family": "cavro"},
        38400,
        Dialect(misaddressed=_oem(_to_another_host), busy=_oem(_not_ready)),
        "An XOR over every frame both ways: a single flipped bit is seen.",
        checked=True,
    )
    dt = Dialect(misaddressed=lambda reply: reply.replace(b"/0", b"/2"), busy=_dt_not_ready)
    yield _arm("cavro dt", {"family": "cavro", "protocol": "dt"}, 38400, dt, _ASKED_TWICE)
    yield _arm("hamilton-psd4", {"family": "hamilton-psd4"}, 9600, dt, _ASKED_TWICE)
    yield _arm(
        "hamilton-ml600",
        {"family": "hamilton-ml600", "steps": 48000},
        9600,
        Dialect(busy=lambda reply: reply.replace(b"\x06Y", b"\x06*")),
        _ASKED_TWICE + " Parity, which a real 7O1 port has, is not counted on.",
        frame="7O1",
    )
    yield _gcode()
    yield _balance()
    yield _ezo_pump()
    yield _ismatec()
    yield _watson_marlow()


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


def _dt_not_ready(reply: bytes) -> bytes:
    return reply[:2] + bytes((reply[2] & ~0x20,)) + reply[3:]


def _deck(pump: Mapping[str, Any]) -> dict[str, Any]:
    """A liquid handler with one bottle and one plate."""
    return {
        "gantry": {"family": "gcode", "port": "robot"},
        "pump": {"port": "syringe", "syringe": "1 mL", **pump},
        "deck": {
            "vessels": {"x": "60 mm", "y": "60 mm", "pitch_x": "27 mm", "pitch_y": "27 mm"},
            "sources": {"glucose": {"x": "20 mm", "y": "60 mm", "volume": "50 mL"}},
            "plates": {
                "plate1": {
                    "x": "150 mm",
                    "y": "30 mm",
                    "pitch_x": "9 mm",
                    "pitch_y": "9 mm",
                    "rows": 2,
                    "columns": 2,
                }
            },
            "waste": {"x": "20 mm", "y": "180 mm"},
            "wash": {"x": "20 mm", "y": "210 mm"},
        },
    }


def _arm(
    name: str,
    pump: Mapping[str, Any],
    baud: int,
    dialect: Dialect,
    statement: str,
    *,
    checked: bool = False,
    frame: str = "8N1",
) -> Case:
    """A syringe pump under the liquid handler."""
    return Case(
        name=name,
        ports={"robot": {"baud": 115200}, "syringe": {"baud": baud, "frame": frame}},
        parts={"liquid_handler": _deck(pump)},
        line="syringe",
        dialect=dialect,
        checked=checked,
        statement=statement,
        patience_s=600.0,
    )


def _gcode() -> Case:
    return Case(
        name="gcode",
        ports={"robot": {"baud": 115200}, "syringe": {"baud": 38400}},
        parts={"liquid_handler": _deck({"family": "cavro"})},
        line="robot",
        dialect=Dialect(
            unsolicited=b"echo:busy: processing\n",
            busy=lambda reply: b"echo:busy: processing\n",
            greeting=b"start\n",
        ),
        statement=(
            "Every line to the gantry carries its number and a checksum. Its answers carry none: "
            "a position counts when it is where the needle was sent to, or is told twice alike."
        ),
        timeout_s=1.0,
        patience_s=900.0,
    )


def _balance() -> Case:
    place = {"x": "100 mm", "y": "180 mm"}
    return Case(
        name="mt-sics",
        ports={"robot": {"baud": 115200}, "syringe": {"baud": 38400}, "scale": {"baud": 9600}},
        parts={
            "liquid_handler": _deck({"family": "cavro"})
            | {"balance": {"family": "mt-sics", "port": "scale", "place": place}}
        },
        line="scale",
        dialect=Dialect(
            misaddressed=lambda reply: b"T" + reply[1:],
            unsolicited=b'I4 A "B123456789"\r\n',
            busy=lambda reply: b"S I\r\n",
            greeting=b'I4 A "B123456789"\r\n',
        ),
        statement=(
            "No checksum. A weight at rest counts when a second one confirms it to within five of "
            "its last digits."
        ),
        timeout_s=1.0,
        patience_s=600.0,
        weighs=True,
        trace_ml=0.0021,
    )


def _ezo_pump() -> Case:
    return Case(
        name="atlas-ezo pump",
        ports={"line": {"baud": 9600}},
        parts={
            "devices": [
                {
                    "family": "atlas-ezo",
                    "port": "line",
                    "circuit": "pump",
                    "source": "feed",
                    "vessels": "A1",
                }
            ]
        },
        line="line",
        dialect=Dialect(unsolicited=b"*WA\r", greeting=b"*RS\r*RE\r"),
        statement=(
            "No checksum. A dose is what the pump's total says before and after it, each asked "
            "until two answers in a row agree; a pump that goes beyond its dose is stopped, and "
            "what it gave is told."
        ),
        timeout_s=0.5,
        dose_ml=2.0,
        trace_ml=0.0151,
        vessels=1,
        patience_s=300.0,
    )


def _ismatec() -> Case:
    channel = {"vessel": "A1", "source": "feed", "flow": "0.1 mL/s"}
    return Case(
        name="ismatec",
        ports={"line": {"baud": 9600}},
        parts={"devices": [{"family": "ismatec", "port": "line", "channels": {1: channel}}]},
        line="line",
        dialect=Dialect(
            unsolicited=b"^X1\r\n", busy=lambda reply: b"+" if reply == b"-" else reply
        ),
        statement=(
            "No checksum. What was set is read back before a run is started, once, and again as "
            "soon as it runs; afterwards the volume is set to nothing."
        ),
        dose_ml=0.5,
        vessels=1,
        patience_s=300.0,
    )


def _watson_marlow() -> Case:
    pump = {"vessel": "A1", "source": "feed", "speed": "60 rpm", "revolution": "0.2 mL"}
    return Case(
        name="watson-marlow",
        ports={"line": {"baud": 9600, "frame": "8N2"}},
        parts={"devices": [{"family": "watson-marlow", "port": "line", "pumps": {1: pump}}]},
        line="line",
        dialect=Dialect(
            misaddressed=lambda reply: reply.replace(b"P/N 1 ", b"P/N 2 "),
            busy=lambda reply: reply.replace(b" 0 !", b" 1 !"),
        ),
        statement=(
            "No checksum. Speed and direction are read back, and a dose is what the tacho says "
            "before and after it, each asked until two answers in a row agree; a pump that goes "
            "beyond its dose is stopped, and what it gave is told."
        ),
        dose_ml=0.5,
        vessels=1,
        patience_s=300.0,
    )
