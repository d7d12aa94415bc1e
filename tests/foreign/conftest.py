"""Other people's simulators and drivers, each in an environment of its own (`make foreign`)."""

import os
import select
import subprocess
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from hardware.bus import Bus
from hardware.devices import drivers
from hardware.devices.device import Device
from hardware.serial_port import SerialPort
from hardware.specs import DeviceSpec
from hardware.station_spec import PortSpec

HERE = Path(__file__).parent
READY_WITHIN_S = 60.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.foreign)
            item.add_marker(pytest.mark.wall)


def python_of(environment: str) -> str:
    """The interpreter of a foreign environment; the test skips where there is none."""
    python = HERE / ".venvs" / environment / "bin" / "python"
    if not python.exists():
        pytest.skip(f"there is no environment '{environment}'; `make foreign` makes it")
    return str(python)


def client(environment: str, script: str, *arguments: str) -> str:
    """Run a foreign client to its end; gives what it printed."""
    command = [python_of(environment), "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def server(environment: str, script: str, *arguments: str) -> Iterator[list[str]]:
    """A foreign server until the block is left; gives the words after its READY."""
    command = [python_of(environment), str(HERE / "servers" / script), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line.startswith("READY"):
                    break
            else:
                pytest.fail("".join(said))
            yield line.split()[1:]
        finally:
            process.kill()


@contextmanager
def null_modem() -> Iterator[tuple[str, str]]:
    """Two pseudo-terminals, each the other's far end, for servers that open a port themselves."""
    ends = [os.openpty() for _ in range(2)]
    for _, slave in ends:
        tty.setraw(slave)
    (first, _), (second, _) = ends
    other = {first: second, second: first}
    stopper, stop = os.pipe()

    def carry() -> None:
        while stopper not in (ready := select.select([first, second, stopper], [], [])[0]):
            for end in ready:
                os.write(other[end], os.read(end, 4096))

    carrier = threading.Thread(target=carry, daemon=True)
    carrier.start()
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        os.write(stop, b"!")
        carrier.join()
        for descriptor in (stopper, stop, *(end for pair in ends for end in pair)):
            os.close(descriptor)


@contextmanager
def bus_on(address: str, **port: Any) -> Iterator[Bus]:
    """Our bus on a terminal or address."""
    bus = Bus(SerialPort(address, PortSpec(path=address, **port)))
    bus.open()
    try:
        yield bus
    finally:
        bus.close()


def device(bus: Bus, *vessels: str, **spec: Any) -> Device:
    """Our driver for one line of a station file; the test skips where the family is not ours."""
    family = spec["family"]
    known = TypeAdapter(DeviceSpec).core_schema
    if f"'{family}'" not in repr(known):
        pytest.skip(f"there is no family '{family}' yet")
    model = TypeAdapter(DeviceSpec).validate_python({"port": "x", "vessels": list(vessels), **spec})
    driver = next(iter(drivers(model, vessels, 10 / 9600)))
    bus.gap_s = driver.gap_s
    return driver


def readings(driver: Device, bus: Bus) -> dict[str, Any]:
    """What each probe of a device measures now."""
    return {probe.channel: probe.measure(bus) for probe in driver.probes}


def finished(job: Any, bus: Bus) -> Any:
    """The result of a job in steps, all of them done."""
    while True:
        try:
            bus.wait(next(job))
        except StopIteration as end:
            return end.value
