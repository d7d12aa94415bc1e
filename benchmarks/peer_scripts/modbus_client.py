"""CPU a Modbus client spends on reading 10 registers from a port, again and again.

Usage: modbus_client.py pymodbus|minimalmodbus|pyserial|pyserial-silence PORT BAUD TRANSACTIONS
"""

import json
import sys
import time

client, port, baud, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
START, REGISTERS, UNIT = 2089, 10, 1


def with_pymodbus():
    from pymodbus.client import ModbusSerialClient

    modbus = ModbusSerialClient(port, baudrate=baud, stopbits=2, timeout=1)
    modbus.connect()

    def read():
        reply = modbus.read_holding_registers(START, count=REGISTERS, device_id=UNIT)
        assert len(reply.registers) == REGISTERS

    return read


def with_minimalmodbus():
    import minimalmodbus

    instrument = minimalmodbus.Instrument(port, UNIT)
    instrument.serial.baudrate = baud
    instrument.serial.stopbits = 2
    instrument.serial.timeout = 1

    def read():
        assert len(instrument.read_registers(START, REGISTERS)) == REGISTERS

    return read


def with_pyserial():
    """The least a client can do: one write, one read, a table for the checksum."""
    import struct

    import serial

    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
        table.append(byte)

    def crc(data):
        value = 0xFFFF
        for byte in data:
            value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
        return struct.pack("<H", value)

    line = serial.Serial(port, baud, stopbits=2, timeout=1)
    request = struct.pack(">BBHH", UNIT, 3, START, REGISTERS)
    request += crc(request)
    length = 5 + 2 * REGISTERS

    def read():
        line.write(request)
        reply = line.read(length)
        assert len(reply) == length
        assert crc(reply[:-2]) == reply[-2:]

    return read


def with_pyserial_and_silence():
    """The same, with the 3.5 characters of silence before a request that Modbus RTU demands."""
    read = with_pyserial()
    silence_s = 3.5 * 11 / baud

    def read_after_silence():
        time.sleep(silence_s)
        read()

    return read_after_silence


read = {
    "pymodbus": with_pymodbus,
    "minimalmodbus": with_minimalmodbus,
    "pyserial": with_pyserial,
    "pyserial-silence": with_pyserial_and_silence,
}[client]()
for _ in range(20):
    read()
began = time.process_time()
for _ in range(count):
    read()
print(json.dumps({"cpu_us": (time.process_time() - began) / count * 1e6}))
