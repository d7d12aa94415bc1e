"""Pioreactors over MQTT: a real broker, and units that publish as release 25.11 does."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hardware import Bus, DeviceFault, HardwareError, InlineRunner, Station, ThreadRunner
from hardware.connect import port_of
from hardware.devices import variables
from hardware.emulators import Plant, emulate
from hardware.mqtt_port import MqttPort, _number
from hardware.station_spec import StationSpec
from orchestrator.engine.clock import run_on_virtual_time
from tests.hardware.bench import SMALL
from tests.hardware.standin import StandInCulture

UNITS = {"A1": "worker1", "A2": "worker2"}


def station(url: str = "mqtt://127.0.0.1:1883", **changes) -> StationSpec:
    device = {
        "family": "pioreactor",
        "port": "leader",
        "vessels": "A1..A2",
        "units": UNITS,
        "experiment": "night 1",
    }
    vessels = SMALL["vessels"] | {"rows": 1}
    parts = {"ports": {"leader": {"url": url}}, "devices": [device | changes], "vessels": vessels}
    return StationSpec.model_validate(SMALL | parts | {"liquid_handler": None})


def _command(port: int, folder: Path) -> list[str] | None:
    """How a broker is started here; None where there is none."""
    beside = Path(sys.executable).parent / "amqtt"
    amqtt = str(beside) if beside.exists() else shutil.which("amqtt")
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    settings = folder / "broker"
    if mosquitto:
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        return [mosquitto, "-c", str(settings)]
    if amqtt:
        listener = {"type": "tcp", "bind": f"127.0.0.1:{port}"}
        anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        settings.write_text(json.dumps({"listeners": {"default": listener}, "plugins": anonymous}))
        return [amqtt, "-c", str(settings)]
    return None


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    pytest.importorskip("paho.mqtt", reason="the extra inoculum[mqtt] is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = _command(port, tmp_path_factory.mktemp("broker"))
    if command is None:
        pytest.skip("no MQTT broker here: neither mosquitto nor amqtt is installed")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"mqtt://127.0.0.1:{port}"
    process.terminate()
    process.wait()


class Units:
    """Both workers: publish what their jobs do, retained, and obey ``/set``."""

    def __init__(self, url: str) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = self._obey
        self.obedient = True
        self.client.connect("127.0.0.1", int(url.rpartition(":")[2]))
        self.client.loop_start()
        self.client.subscribe("pioreactor/+/night 1/+/+/set", 1)
        self.say()

    def say(self, od: float = 0.8) -> None:
        for unit in UNITS.values():
            self.tell(unit, "stirring/target_rpm", 500.0)
            self.tell(unit, "stirring/measured_rpm", {"measured_rpm": 498.7, "timestamp": "t"})
            self.tell(unit, "od_reading/od1", {"od": od, "angle": "90", "channel": "1"})
            self.tell(unit, "temperature_automation/target_temperature", 37.0)
            self.tell(unit, "temperature_automation/temperature", {"temperature": 36.9})

    def tell(self, unit: str, end: str, value) -> None:
        message = self.client.publish(
            f"pioreactor/{unit}/night 1/{end}", json.dumps(value), qos=1, retain=True
        )
        message.wait_for_publish(5)

    def _obey(self, client, data, message) -> None:
        if self.obedient:
            client.publish(message.topic.removesuffix("/set"), message.payload, 1, retain=True)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def on_wall_time(spec: StationSpec, scenario, port=None) -> None:
    async def main() -> None:
        runner = ThreadRunner(Bus(port or port_of(spec.ports["leader"])), "leader")
        try:
            await scenario(Station.build(spec, {"leader": runner}))
        finally:
            runner.close()

    asyncio.run(main())


@pytest.mark.wall
def test_jobs_that_do_not_run_are_told(broker):
    async def scenario(array: Station) -> None:
        with pytest.raises(DeviceFault, match="nothing is published on 'pioreactor/worker1/"):
            await array.open()

    on_wall_time(station(broker, experiment="no such"), scenario, MqttPort(broker, timeout_s=1.0))


@pytest.mark.wall
def test_pioreactors_are_read_and_set_over_a_broker(broker, monkeypatch):
    monkeypatch.setattr(variables, "_PATIENCE_S", 1.0)
    units = Units(broker)

    async def scenario(array: Station) -> None:
        await array.open()
        assert array.channels == ("temperature", "od", "stirring")
        scan = await array.scan()
        assert np.isnan(scan.values).all(), "what the broker kept is no measurement"
        assert "tells nothing new" in scan.faults[0].message

        units.say(od=1.25)
        await asyncio.sleep(0.3)
        scan = await array.scan()
        assert scan.faults == ()
        assert scan.values.tolist() == [[36.9, 1.25, 498.7]] * 2

        outcome = await array.set("A2", "stirring", 600.0)
        assert (outcome.status, outcome.value) == ("done", 600.0)
        units.obedient = False
        outcome = await array.set("A1", "temperature", 30.0)
        assert outcome.status == "unknown"
        assert "cannot be read back" in outcome.detail

    try:
        on_wall_time(station(broker), scenario)
    finally:
        units.close()


@pytest.mark.wall
def test_a_value_that_was_published_long_ago_is_none(broker):
    units = Units(broker)

    async def scenario(array: Station) -> None:
        await array.open()
        units.say()
        await asyncio.sleep(0.5)
        scan = await array.scan()
        assert np.isnan(scan.values).all()
        assert "s old" in scan.faults[0].message

    try:
        on_wall_time(station(broker, stale="0.1 s"), scenario)
    finally:
        units.close()


@pytest.mark.wall
def test_a_broker_that_is_not_there_is_a_fault_of_its_port():
    pytest.importorskip("paho.mqtt", reason="the extra inoculum[mqtt] is not installed")

    async def scenario(array: Station) -> None:
        with pytest.raises(DeviceFault, match="on port 'leader'"):
            await array.open()

    on_wall_time(station("mqtt://127.0.0.1:9"), scenario)


def test_without_the_extra_the_port_says_what_to_install(monkeypatch):
    for name in ("paho", "paho.mqtt", "paho.mqtt.client"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(HardwareError, match=r"pip install 'inoculum\[mqtt\]'"):
        port_of(station().ports["leader"]).open()


@pytest.mark.parametrize(
    ("payload", "field"), [(b"{}", "od"), (b"x", ""), (b"true", ""), (b"[1]", "od"), (b'"1"', "")]
)
def test_a_message_without_a_number_is_damaged(payload, field):
    with pytest.raises(HardwareError, match="has no number"):
        _number("topic", payload, field)


def test_the_units_must_be_those_of_the_vessels():
    with pytest.raises(ValueError, match="units and vessels do not name the same vessels: A2"):
        station(units={"A1": "worker1"})


def test_the_same_station_is_rehearsed_in_memory():
    spec = station()
    cultures = {name: StandInCulture(stirring=500.0) for name in UNITS}

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ports = emulate(spec, Plant(cultures, noise=False)).ports()
        runners = {name: InlineRunner(Bus(port), loop) for name, port in ports.items()}
        array = Station.build(spec, runners)
        await array.open()
        assert (await array.scan()).values.tolist() == [[37.0, 1.0, 500.0]] * 2
        assert (await array.set("A1", "stirring", 300.0)).status == "done"
        assert cultures["A1"].values["stirring"] == 300.0

    run_on_virtual_time(main())
