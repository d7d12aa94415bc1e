"""A peer asking a device that is always late.

Usage: late_client.py pymodbus|minimalmodbus|alicat|ika PORT QUESTIONS
"""

import asyncio
import json
import logging
import os
import struct
import sys
import threading

from late_questions import tally

peer, port, questions = sys.argv[1], sys.argv[2], int(sys.argv[3])
TIMEOUT_S = 0.3
REGISTERS = (2089, 2409)
logging.disable(logging.CRITICAL)


def value(registers):
    return struct.unpack(">f", struct.pack(">HH", registers[3], registers[2]))[0]


def on_a_loop():
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return lambda work: asyncio.run_coroutine_threadsafe(work, loop).result()


def with_pymodbus():
    from pymodbus.client import AsyncModbusSerialClient

    wait = on_a_loop()

    async def connected():
        client = AsyncModbusSerialClient(port, baudrate=9600, stopbits=2, timeout=TIMEOUT_S)
        await client.connect()
        return client

    client = wait(connected())

    def ask(i):
        reply = wait(client.read_holding_registers(REGISTERS[i % 2], count=10, device_id=1))
        if reply.isError():
            raise RuntimeError(reply)
        return value(reply.registers)

    return ask


def with_minimalmodbus():
    import minimalmodbus

    instrument = minimalmodbus.Instrument(port, 1)
    instrument.serial.baudrate = 9600
    instrument.serial.stopbits = 2
    instrument.serial.timeout = TIMEOUT_S
    return lambda i: value(instrument.read_registers(REGISTERS[i % 2], 10))


def with_alicat():
    import alicat

    wait = on_a_loop()

    async def connected():
        return alicat.FlowMeter(port, unit="A", timeout=TIMEOUT_S)

    meter = wait(connected())
    return lambda i: wait(meter.get())["mass_flow"]


def with_ika():
    from ika.magnetic_stirrer import MagneticStirrer

    plate = MagneticStirrer(port)  # it takes no time-out
    return lambda i: float((plate.probe_temperature, plate.stir_rate)[i % 2]())


kind = {"pymodbus": "modbus", "minimalmodbus": "modbus"}.get(peer, peer)
ask = {
    "pymodbus": with_pymodbus,
    "minimalmodbus": with_minimalmodbus,
    "alicat": with_alicat,
    "ika": with_ika,
}[peer]()
print(json.dumps(tally(kind, ask, questions)), flush=True)
os._exit(0)
