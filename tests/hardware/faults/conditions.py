"""Cases of families that set conditions and measure them: gas, heat, stirring."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.emulators.faults import Dialect
from tests.hardware.faults.case import Case

_SET_AND_READ_BACK = (
    "No checksum. A set-point is read back and compared, and readings that jump are asked again "
    "before they are passed on."
)


def cases() -> Iterator[Case]:
    """Alicat, eVOLVER, NAMUR and Opentrons."""
    yield _alicat()
    yield _evolver()
    yield _namur("ika", 9600, 0.3, b" 1 \r", b" 2 \r")
    yield _namur("heidolph", 9600, 0.8, b"IN_PV_1", b"IN_PV_3")
    yield _namur("julabo", 4800, 0.8)
    yield _opentrons("heater-shaker", {"temperature": (37.0, 60.0), "stirring": (300.0, 1500.0)})
    yield _opentrons("temperature", {"temperature": (20.0, 60.0)})


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
                    "vessels": "A1..A8",
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
            "acknowledged; readings that jump are asked again before they are passed on. "
            "Temperature set-points are not echoed: a flipped one lasts until the next scan, "
            "which sends all set-points again. Nothing answers an acknowledgement: it is sent four "
            "times, and after any trouble a pump is not told to run before eight requests in a row "
            "were answered. A unit that loses its power for less than half a second while a pump "
            "runs is not found out."
        ),
        resolution={"temperature": 0.0084, "od": 0.00101, "stirring": 20.1},
        settings={"temperature": (25.0, 40.0), "stirring": (400.0, 1600.0)},
        timeout_s=2.0,
        patience_s=300.0,
        vessels=8,
    )


def _namur(maker: str, baud: int, timeout_s: float, own: bytes = b"", other: bytes = b"") -> Case:
    settings = {"temperature": (25.0, 60.0)}
    if maker != "julabo":
        settings["stirring"] = (200.0, 1200.0)
    return Case(
        name=f"namur {maker}",
        ports={"line": {"baud": baud, "frame": "7E1"}},
        parts={
            "devices": [{"family": "namur", "port": "line", "maker": maker, "vessels": "A1..A2"}]
        },
        line="line",
        dialect=Dialect(
            misaddressed=(lambda reply: reply.replace(own, other)) if own else None,
            unsolicited=b"HELLO\r\n",
        ),
        statement=_SET_AND_READ_BACK + " Parity, which a real 7E1 port has, is not counted on.",
        resolution={
            "temperature": 0.51 if maker == "heidolph" else 0.051,
            "stirring": 0.51 if maker == "heidolph" else 0.051,
        },
        settings=settings,
        shared=True,
        timeout_s=timeout_s,
        patience_s=300.0,
    )


def _opentrons(module: str, settings: dict[str, tuple[float, float]]) -> Case:
    return Case(
        name=f"opentrons {module}",
        ports={"line": {"baud": 115200}},
        parts={"devices": [{"family": f"opentrons-{module}", "port": "line", "vessels": "A1..A2"}]},
        line="line",
        dialect=Dialect(unsolicited=b"async ERR401:heater overcurrent OK\n"),
        statement=_SET_AND_READ_BACK,
        resolution={"temperature": 0.0051, "stirring": 0.51},
        settings=settings,
        shared=True,
        timeout_s=2.0,
        patience_s=300.0,
    )
