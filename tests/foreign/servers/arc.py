"""A pymodbus RTU server with the measurement blocks of Hamilton Arc sensors: PORT UNITS."""

import asyncio
import struct
import sys

from pymodbus.framer import FramerType
from pymodbus.server import StartAsyncSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice


def number(value: float) -> list[int]:
    """Two registers, low word first."""
    return list(struct.unpack(">HH", struct.pack(">f", value)))[::-1]


def unit(address: int) -> SimDevice:
    ph = [0x1000, 0, *number(7.0 + address / 100), 0, 0, *number(0.0), *number(14.0)]
    celsius = [0x0004, 0, *number(37.0 + address / 100), 0, 0, *number(-20.0), *number(130.0)]
    blocks = [
        SimData(address=2089, values=ph, datatype=DataType.REGISTERS),
        SimData(address=2409, values=celsius, datatype=DataType.REGISTERS),
    ]
    return SimDevice(id=address, simdata=blocks)


async def main() -> None:
    print("READY", sys.argv[1], flush=True)
    await StartAsyncSerialServer(
        [unit(address) for address in range(1, int(sys.argv[2]) + 1)],
        framer=FramerType.RTU,
        port=sys.argv[1],
        baudrate=19200,
        stopbits=2,
    )


asyncio.run(main())
