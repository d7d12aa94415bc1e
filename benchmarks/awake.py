"""Processors that do not fall asleep while clients are measured.

Each wait that is slept puts a processor to sleep, and waking one costs a client more than its own
work, most of all on a virtual machine with nothing else to do. Idle-priority loops keep them awake;
they give way to everything at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_IDLE_LOOP = """
import os
if hasattr(os, "SCHED_IDLE"):
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
else:
    os.nice(19)
while True:
    pass
"""


@contextmanager
def processors_awake() -> Iterator[None]:
    """Keep every processor from sleeping, at the lowest priority there is."""
    with ExitStack() as loops:
        for _ in range(os.cpu_count() or 1):
            loop = loops.enter_context(subprocess.Popen([sys.executable, "-c", _IDLE_LOOP]))
            loops.callback(loop.kill)
        yield
