"""Bluesky reads N minimal devices again and again: seconds of wall and processor time a scan.

Usage: bluesky_count.py DEVICES SCANS
"""

import json
import sys
import time

from bluesky import RunEngine
from bluesky.plans import count


class Vessel:
    """The least that Bluesky can read: two values, no bytes, no biology."""

    parent = None

    def __init__(self, name):
        self.name = name

    def read(self):
        now = time.time()
        return {f"{self.name}_{what}": {"value": 7.0, "timestamp": now} for what in ("ph", "do")}

    def describe(self):
        return {
            f"{self.name}_{what}": {"source": "none", "dtype": "number", "shape": []}
            for what in ("ph", "do")
        }

    def read_configuration(self):
        return {}

    def describe_configuration(self):
        return {}


devices, scans = int(sys.argv[1]), int(sys.argv[2])
engine = RunEngine({})
vessels = [Vessel(f"v{number}") for number in range(devices)]
engine(count(vessels, num=3))
began, cpu_began = time.perf_counter(), time.process_time()
engine(count(vessels, num=scans))
print(
    json.dumps(
        {
            "seconds_per_scan": (time.perf_counter() - began) / scans,
            "cpu_seconds_per_scan": (time.process_time() - cpu_began) / scans,
        }
    )
)
