"""pyserial alone on many ports at once, read in chunks as they come.

Usage: bus48_pyserial.py thread|to_thread SECONDS BAUD PORT...

``thread``: a thread a port. ``to_thread``: asyncio's shared pool, a call a transaction.
"""

import asyncio
import json
import sys
import threading
import time

import serial
from bus48_figures import REPLY, REQUEST, figures

way, seconds, baud, paths = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
lines = [serial.Serial(path, baud, timeout=1, write_timeout=1) for path in paths]
took_s = []


def transact(line):
    line.write(REQUEST)
    reply = bytearray()
    while not reply.endswith(b"\n"):
        first = line.read(1)
        assert first, "no reply"
        reply += first
        if waiting := line.in_waiting:
            reply += line.read(waiting)
    assert reply == REPLY


def in_a_thread(line, until_s):
    while (began_s := time.monotonic()) < until_s:
        transact(line)
        took_s.append(time.monotonic() - began_s)


def by_threads(until_s):
    threads = [threading.Thread(target=in_a_thread, args=(line, until_s)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def on_the_pool(line, until_s):
    while (began_s := time.monotonic()) < until_s:
        await asyncio.to_thread(transact, line)
        took_s.append(time.monotonic() - began_s)


async def by_the_pool(until_s):
    await asyncio.gather(*(on_the_pool(line, until_s) for line in lines))


began_s, used_s = time.monotonic(), time.process_time()
if way == "thread":
    by_threads(began_s + seconds)
else:
    asyncio.run(by_the_pool(began_s + seconds))
print(json.dumps(figures(took_s, time.monotonic() - began_s, time.process_time() - used_s)))
