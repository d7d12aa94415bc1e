"""Serves a labmcp simulator on a pseudo-terminal: MODULE:CLASS RX_END TX_END [arguments as JSON].

The simulators take and give lines; this puts the terminators and the terminal around them.
"""

import importlib
import json
import os
import pty
import select
import sys
import tty

module, _, name = sys.argv[1].partition(":")
rx_end, tx_end = (
    text.encode().decode("unicode_escape").encode("latin-1") for text in sys.argv[2:4]
)
arguments = json.loads(sys.argv[4]) if len(sys.argv) > 4 else {}
simulator = getattr(importlib.import_module(module), name)(**arguments)
master, slave = pty.openpty()
tty.setraw(slave)
print("READY", os.ttyname(slave), flush=True)


def send(reply: str | bytes | list | None) -> None:
    for line in [reply] if isinstance(reply, str | bytes) else reply or []:
        os.write(master, (line.encode() if isinstance(line, str) else line) + tx_end)


heard = b""
while True:
    if select.select([master], [], [], 0.05)[0]:
        heard += os.read(master, 4096)
    *lines, heard = heard.split(rx_end)
    for line in lines:
        send(simulator.handle(line.decode("ascii", "replace")))
    if hasattr(simulator, "poll"):
        send(simulator.poll())
