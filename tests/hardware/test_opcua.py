"""Vessels behind an OPC UA server: asyncua's own server in process, and one in memory."""

import asyncio
import socket
import threading

import numpy as np
import pytest
import yaml

from hardware import Bus, DeviceFault, HardwareError, InlineRunner, Station, ThreadRunner
from hardware.connect import port_of
from hardware.emulators import Plant, emulate
from hardware.opcua_port import _live
from hardware.station_spec import StationSpec
from orchestrator.emulation import serve_station
from orchestrator.engine.clock import run_on_virtual_time
from orchestrator.protocol import load_station
from tests.hardware.bench import SMALL
from tests.hardware.standin import StandInCulture

NAMES = ("A1", "A2", "B1", "B2")


def station(url: str = "opc.tcp://127.0.0.1:4840", **changes) -> StationSpec:
    nodes = {
        name: {
            "ph": f"ns=2;s={name}.pH",
            "do": {"node": f"ns=2;s={name}.DO", "slope": 100.0},
            "temperature": f"ns=2;s={name}.T",
        }
        for name in NAMES
    }
    set_points = {name: {"temperature": f"ns=2;s={name}.T.SP"} for name in NAMES}
    device = {
        "family": "opcua",
        "port": "array",
        "vessels": "A1..B2",
        "nodes": nodes,
        "set_points": set_points,
    }
    return StationSpec.model_validate(
        SMALL
        | {
            "ports": {"array": {"url": url}},
            "devices": [device | changes],
            "liquid_handler": None,
        }
    )


class Server:
    """asyncua's server with four vessels, in a thread of its own."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.url = f"opc.tcp://127.0.0.1:{free.getsockname()[1]}"
        self.nodes = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_live, args=(self._loop,), daemon=True)
        self._thread.start()
        self.call(self._start())

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def write(self, name: str, value, bad: bool = False) -> None:
        from asyncua import ua

        status = ua.StatusCode(ua.StatusCodes.BadSensorFailure if bad else ua.StatusCodes.Good)
        data = ua.DataValue(ua.Variant(value), StatusCode=status)
        self.call(self.nodes[name].write_value(data))

    def stop(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            self.call(server.stop())

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _start(self) -> None:
        from asyncua import Server as Foreign
        from asyncua import ua

        self.server = Foreign()
        await self.server.init()
        self.server.set_endpoint(self.url)
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        await self.server.register_namespace("urn:array")
        for vessel in NAMES:
            for what, value in (("pH", 7.0), ("DO", 0.8), ("T", 37.0), ("T.SP", 37.0)):
                name = f"{vessel}.{what}"
                node = await self.server.nodes.objects.add_variable(ua.NodeId(name, 2), name, value)
                if what == "T.SP":
                    await node.set_writable()
                self.nodes[name] = node
        await self.server.start()


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("asyncua", reason="the extra inoculum[opcua] is not installed")
    server = Server()
    yield server
    server.close()


def on_wall_time(spec: StationSpec, scenario) -> None:
    async def main() -> None:
        runner = ThreadRunner(Bus(port_of(spec.ports["array"])), "array")
        try:
            await scenario(Station.build(spec, {"array": runner}))
        finally:
            runner.close()

    asyncio.run(main())


@pytest.mark.wall
def test_a_node_that_is_not_there_or_not_writable_is_told(server):
    async def missing(array: Station) -> None:
        with pytest.raises(DeviceFault, match=r"no 'ns=2;s=A1.pCO2' \(BadNodeIdUnknown\)"):
            await array.open()

    nodes = {name: {"ph": f"ns=2;s={name}.pCO2"} for name in NAMES}
    on_wall_time(station(server.url, nodes=nodes, set_points={}), missing)

    async def fixed(array: Station) -> None:
        await array.open()
        outcome = await array.set("A1", "temperature", 30.0)
        assert outcome.status == "not done"
        assert "refuses to write" in outcome.detail

    set_points = {name: {"temperature": f"ns=2;s={name}.T"} for name in NAMES}
    on_wall_time(station(server.url, set_points=set_points), fixed)


@pytest.mark.wall
def test_a_station_reads_and_sets_variables_of_a_real_server(server):
    async def scenario(array: Station) -> None:
        await array.open()
        assert array.channels == ("temperature", "ph", "do")
        assert array.controls("B1") == {"temperature"}
        server.write("B1.pH", 6.5)
        scan = await array.scan()
        assert scan.faults == ()
        assert scan.values.tolist() == [[37, 7, 80], [37, 7, 80], [37, 6.5, 80], [37, 7, 80]]
        outcome = await array.set("A2", "temperature", 30.0)
        assert (outcome.status, outcome.value) == ("done", 30.0)
        assert server.call(server.nodes["A2.T.SP"].read_value()) == 30.0

        server.write("A1.pH", 7.0, bad=True)
        server.write("A2.DO", float("nan"))
        scan = await array.scan()
        assert np.isnan(scan.values[0, 1])
        assert np.isnan(scan.values[1, 2])
        assert [fault.vessels for fault in scan.faults] == [("A1",), ("A2",)]
        assert "no good value: BadSensorFailure" in scan.faults[0].message
        assert "is nan" in scan.faults[1].message

        server.stop()
        scan = await array.scan()
        assert np.isnan(scan.values).all()
        assert {fault.vessels for fault in scan.faults} >= {("A1",), ("B2",)}
        outcome = await array.set("A2", "temperature", 33.0)
        assert outcome.status != "done"

    on_wall_time(station(server.url), scenario)


@pytest.mark.wall
def test_a_server_that_is_not_there_is_a_fault_of_its_port():
    pytest.importorskip("asyncua", reason="the extra inoculum[opcua] is not installed")

    async def scenario(array: Station) -> None:
        with pytest.raises(DeviceFault, match="on port 'array'"):
            await array.open()

    on_wall_time(station("opc.tcp://127.0.0.1:9"), scenario)


def test_without_the_extra_the_port_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "asyncua", None)
    with pytest.raises(HardwareError, match=r"pip install 'inoculum\[opcua\]'"):
        port_of(station().ports["array"]).open()


def rehearsed(scenario) -> None:
    spec = station()
    cultures = {name: StandInCulture() for name in NAMES}

    async def main() -> None:
        loop = asyncio.get_running_loop()
        bench = emulate(spec, Plant(cultures, noise=False))
        ports = bench.ports()
        runners = {name: InlineRunner(Bus(port), loop) for name, port in ports.items()}
        await scenario(Station.build(spec, runners), ports["array"], cultures)

    run_on_virtual_time(main())


def test_the_same_station_is_rehearsed_in_memory():
    async def scenario(array: Station, port, cultures) -> None:
        await array.open()
        scan = await array.scan()
        assert scan.faults == ()
        assert scan.values.tolist() == [[37.0, 7.0, 80.0]] * 4
        outcome = await array.set("A1", "temperature", 30.0)
        assert (outcome.status, outcome.value) == ("done", 30.0)
        assert cultures["A1"].values["temperature"] == 30.0

    rehearsed(scenario)


def test_a_set_point_that_does_not_stay_is_not_done():
    async def scenario(array: Station, port, cultures) -> None:
        await array.open()
        port._set["ns=2;s=A1.T.SP"] = 37.0
        port.put = lambda name, value: None
        outcome = await array.set("A1", "temperature", 30.0)
        assert (outcome.status, outcome.value) == ("not done", 37.0)
        assert outcome.detail == "opcua: 'ns=2;s=A1.T.SP' stands at 37, not at 30"

    rehearsed(scenario)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"nodes": {"A1": {"ph": "n"}}}, "nodes and vessels do not name the same vessels: A2, B1"),
        ({"nodes": {n: {"ph": "n", **({"do": "n"} if n == "A1" else {})} for n in NAMES}},
         "need the same channels in nodes"),
        ({"nodes": {n: {"co2": "n"} for n in NAMES}}, "temperature"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_is_told(changes, says):
    with pytest.raises(ValueError, match=says):
        station(**changes)


def test_variables_and_bytes_need_ports_of_their_kind():
    with pytest.raises(ValueError, match=r"opcua needs a port with url: opc\.tcp://"):
        station("socket://127.0.0.1:1")
    spec = station().model_dump(mode="json")
    gas = {"family": "alicat", "port": "gas", "unit": "A", "vessels": "A1..B2"}
    ports = {"gas": {"url": "opc.tcp://10.0.0.1:4840"}, "array": spec["ports"]["array"]}
    raw = SMALL | {"ports": ports, "devices": [gas, *spec["devices"]], "liquid_handler": None}
    with pytest.raises(ValueError, match="alicat needs a serial line, port 'gas' is none"):
        StationSpec.model_validate(raw)


@pytest.mark.wall
def test_emulated_vessels_are_served_to_real_clients(tmp_path):
    """`inoculum emulate` of a station behind OPC UA, read and set over the real protocol."""
    pytest.importorskip("asyncua", reason="the extra inoculum[opcua] is not installed")
    file, served = tmp_path / "station.yaml", tmp_path / "emulated.yaml"
    raw = station("opc.tcp://10.0.0.9:4840").model_dump(mode="json", exclude_none=True)
    raw["vessels"] |= {"volume": {"low": "6 mL", "high": "14 mL"}, "kind": "2mag-10mL"}
    raw["vessels"].pop("shared", None)
    raw["safe"] = {}
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")

    async def scenario(array: Station) -> None:
        await array.open()
        first = await array.scan()
        assert first.faults == ()
        assert first.values[:, 1] == pytest.approx([7.0] * 4, abs=0.1)
        outcome = await array.set("A2", "temperature", 70.0)
        assert (outcome.status, outcome.value) == ("done", 70.0)
        # From 25 towards 70 degC with a lag of 180 s: half a degree takes 2 s after the server
        # (once a second) has heard the set-point and before the client is told of the warmth.
        for _ in range(120):
            await asyncio.sleep(0.25)
            warmer = (await array.scan()).values[:, 0] - first.values[:, 0]
            if warmer[1] > 0.5:
                break
        assert warmer[1] > 0.5 > warmer[0], "the emulated vessel obeys"

    with serve_station(file, None, 1, tcp=False, write_to=served) as addresses:
        assert addresses["array"].startswith("opc.tcp://127.0.0.1:")
        on_wall_time(load_station(served), scenario)
