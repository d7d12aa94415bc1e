"""The real lines of a station: a port, a bus and a thread for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hardware import Bus, ThreadRunner
from hardware.connect import port_of
from hardware.ports import locate

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec


def find_ports(station: StationSpec) -> None:
    """Look for every port of a station, before anything is begun.

    Raises:
        PortNotFound: One is not there.
    """
    for port in station.ports.values():
        locate(port)


@contextmanager
def lines(station: StationSpec) -> Iterator[dict[str, ThreadRunner]]:
    """The way to each port of a station, by its name, until the block is left.

    Nothing is opened yet. A port is looked for by its identity whenever it is opened: an adapter
    that was unplugged may come back under another device name.
    """
    runners: dict[str, ThreadRunner] = {}
    try:
        for name, spec in station.ports.items():
            runners[name] = ThreadRunner(Bus(port_of(spec)), name)
        yield runners
    finally:
        for runner in runners.values():
            runner.close()
