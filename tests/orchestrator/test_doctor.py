"""The doctor on computers made of temporary files, and on emulated lines with something wrong."""

import copy
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from hardware.emulators import Emission, EmulatedLine, Plant, emulate, serve
from hardware.emulators.hamilton_arc import HamiltonArc
from hardware.emulators.modbus_rtu import RtuSegment
from hardware.ports import FoundPort
from hardware.serial_port import SerialPort
from hardware.station_spec import StationSpec
from orchestrator.cli import main
from orchestrator.doctor import Finding, Machine, examine
from orchestrator.doctor.lines import _settings
from orchestrator.doctor.machine import Clocks
from tests.hardware.bench import SMALL
from tests.hardware.standin import StandInCulture

FTDI = FoundPort("/dev/ttyUSB0", "0403:6001", "A5", "", "USB serial")


class Computer:
    """A computer of files below a folder, with one FTDI adapter that may be opened."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file("dev/ttyUSB0", "", mode=0o660)
        gid = os.stat(root / "dev/ttyUSB0").st_gid
        self.file("etc/group", f"root:x:99999:\ndialout:x:{gid}:\n")
        self.machine = Machine(
            root=root,
            uid=4711,
            groups=frozenset({gid}),
            list_ports=lambda: [FTDI],
            locate=lambda spec: spec.path or spec.url or FTDI.device,
            clocks=lambda: Clocks(1.8e9, 100.0),
            asleep_s=lambda: 0.0,
            told_by=lambda *command: None,
        )

    def file(self, path: str, text: str, mode: int = 0o644) -> Path:
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text)
        made.chmod(mode)
        return made

    def process(self, number: int, name: str, opened: str | None = None) -> None:
        self.file(f"proc/{number}/comm", f"{name}\n")
        if opened is not None:
            folder = self.root / f"proc/{number}/fd"
            folder.mkdir()
            (folder / "3").symlink_to(opened)

    def told(self, check: str, station: StationSpec | None = None, **other: object) -> Finding:
        found = examine(replace(self.machine, **other), station)
        fitting = [finding for finding in found if finding.check == check]
        assert len(fitting) == 1, found
        return fitting[0]


@pytest.fixture
def computer(tmp_path):
    return Computer(tmp_path)


def test_a_sound_computer_is_told_so(computer):
    assert {finding.status for finding in examine(computer.machine)} == {"ok"}


def test_no_port_at_all(computer):
    told = computer.told("ports", list_ports=lambda: [])
    assert told.status == "look"
    assert "no serial port" in told.what


def test_a_port_that_may_not_be_opened(computer):
    told = computer.told("permission", groups=frozenset())
    assert told.status == "wrong"
    assert told.what == "you may not open /dev/ttyUSB0 (mode 660, group dialout)"
    assert "usermod -aG dialout" in told.cure
    (computer.root / "dev/ttyUSB0").chmod(0o666)
    assert computer.told("permission", groups=frozenset()).status == "ok"


def test_a_port_that_another_program_holds(computer):
    computer.process(17, "minicom", "/dev/ttyUSB0")
    computer.process(18, "bash")
    told = computer.told("port in use")
    assert told.status == "wrong"
    assert told.what == "/dev/ttyUSB0 is open in minicom (17)"


def test_brltty_that_runs_or_waits(computer):
    rules = 'ENV{PRODUCT}=="403/6001/*", ENV{BRLTTY_BRAILLE_DRIVER}="at"\n'
    computer.file("usr/lib/udev/rules.d/85-brltty.rules", rules)
    assert computer.told("brltty").status == "look"
    computer.process(5, "brltty")
    told = computer.told("brltty")
    assert told.status == "wrong"
    assert "mask brltty" in told.cure


def test_brltty_that_wants_other_adapters(computer):
    computer.file("lib/udev/rules.d/85-brltty.rules", 'ENV{PRODUCT}=="1a86/7523/*"\n')
    assert computer.told("brltty").status == "ok"


def test_modem_manager_that_runs(computer):
    computer.process(6, "ModemManager")
    assert computer.told("ModemManager").status == "look"
    computer.file("etc/udev/rules.d/99-lab.rules", 'ENV{ID_MM_DEVICE_IGNORE}="1"\n')
    assert computer.told("ModemManager").status == "ok"


@pytest.mark.parametrize(("milliseconds", "status"), [("1", "ok"), ("16", "look")])
def test_an_adapter_that_keeps_bytes_back(computer, milliseconds, status):
    computer.file("sys/bus/usb-serial/devices/ttyUSB0/latency_timer", f"{milliseconds}\n")
    assert computer.told("latency").status == status


def test_a_computer_that_goes_to_sleep(computer):
    computer.file("etc/systemd/logind.conf", "#IdleAction=ignore\n[Login]\nIdleAction=suspend\n")
    computer.file("sys/class/power_supply/BAT0", "")
    told = computer.told("sleep", asleep_s=lambda: 7200.0, told_by=lambda *command: "'suspend'\n")
    assert told.status == "look"
    for reason in ("IdleAction is suspend", "closing the lid", "slept 2.0 h", "ac-type"):
        assert reason in told.what
    target = computer.root / "etc/systemd/system/sleep.target"
    target.parent.mkdir(parents=True)
    target.symlink_to("/dev/null")
    assert computer.told("sleep").status == "ok"


def test_an_adapter_that_may_be_switched_off(computer):
    folder = "sys/bus/usb/devices/1-1"
    for name, text in (("idVendor", "0403"), ("idProduct", "6001"), ("power/control", "auto")):
        computer.file(f"{folder}/{name}", text)
    assert computer.told("USB power").cure.startswith(f"`echo on | sudo tee /{folder}/power")


def test_a_clock_that_jumps(computer):
    clocks = iter([Clocks(1.8e9, 100.0), Clocks(1.8e9, 100.0), Clocks(1.8e9 + 3601.0, 101.0)])
    told = computer.told("clock", clocks=lambda: next(clocks))
    assert told.status == "wrong"
    assert "3600.0 s forward" in told.what


def test_a_clock_that_was_never_set(computer):
    found = examine(replace(computer.machine, clocks=lambda: Clocks(3e7, 100.0)))
    assert any(finding.what == "it shows a date before 2025" for finding in found)


# -- a station's ports and lines --------------------------------------------------------------


def small(**ports: str) -> StationSpec:
    """The small station with some ports at paths; the others, and all on them, are left out."""
    raw = copy.deepcopy(SMALL)
    raw["devices"] = [device for device in raw["devices"] if device["port"] in ports]
    if not {"robot", "syringe"} <= set(ports):
        del raw["liquid_handler"]
    raw["ports"] = {name: raw["ports"][name] for name in ports}
    for name, path in ports.items():
        raw["ports"][name].pop("url")
        raw["ports"][name]["path"] = path
    return StationSpec.model_validate(raw)


def lines() -> dict[str, EmulatedLine]:
    spec = StationSpec.model_validate(SMALL)
    plant = Plant({name: StandInCulture(gas_flow=20.0) for name in spec.vessels.names}, noise=False)
    return emulate(spec, plant).lines


def asked(spec: StationSpec, computer: Computer) -> list[Finding]:
    found = examine(computer.machine, spec)
    return [finding for finding in found if finding.check.startswith("line")]


needs_pty = pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")


def test_a_port_that_is_not_there(computer):
    spec = small(gas="/dev/serial/by-id/usb-gone")
    from hardware.ports import locate

    told = computer.told("port 'gas'", spec, locate=locate)
    assert told.status == "wrong"
    assert "there is no /dev/serial/by-id/usb-gone" in told.what


def test_names_that_change_and_names_that_are_one(computer):
    found = examine(computer.machine, small(gas="/dev/ttyUSB7", ph="/dev/ttyUSB7"))
    told = [finding.what for finding in found if finding.check == "port 'ph'"]
    assert told == [
        "it is the same device as port 'gas' (/dev/ttyUSB7)",
        "it is named /dev/ttyUSB7",
    ]


@pytest.mark.wall
@needs_pty
def test_a_station_whose_devices_all_answer(computer):
    emulated = lines()
    with serve(emulated) as ports:
        found = asked(small(**ports), computer)
    assert {finding.status for finding in found} == {"ok"}, found
    assert len(found) == 4 + 4 + 1 + 2 + 2
    assert Finding("ok", "line 'gas'", "alicat B is there") in found


@pytest.mark.wall
@needs_pty
@pytest.mark.parametrize(("baud", "frame"), [(9600, "8N1"), (19200, "8N2")])
def test_other_line_settings_are_found(computer, baud, frame):
    emulated = lines()["gas"]
    with serve({"gas": EmulatedLine(emulated.emulators, baud, frame)}) as ports:
        found = asked(small(**ports), computer)
    assert found[-1].what == (
        f"alicat A answers at {baud} {frame}, the station file says 19200 8N1"
    )
    assert found[-1].cure.startswith(f'write `baud: {baud}, frame: "{frame}"`')


@pytest.mark.wall
@needs_pty
def test_a_silent_line_is_told(computer, monkeypatch):
    monkeypatch.setattr("orchestrator.doctor.lines._USUAL", ())
    monkeypatch.setattr("orchestrator.doctor.lines._BAUDS", (9600,))
    monkeypatch.setattr("orchestrator.doctor.lines._FRAMES", ())
    with serve({"gas": EmulatedLine([], 19200)}) as ports:
        found = asked(small(**ports), computer)
    assert [finding.status for finding in found] == ["wrong", "wrong", "look"]
    assert found[0].what == "alicat A says nothing"
    assert "none of the usual line settings" in found[-1].what


@pytest.mark.wall
@needs_pty
def test_two_devices_with_one_address(computer):
    plant = Plant({name: StandInCulture(ph=7.0) for name in ("A1", "A2")}, noise=False)
    twins = [RtuSegment({1: HamiltonArc(plant, vessel, "ph", 1)}) for vessel in ("A1", "A2")]
    spec = small(ph="x")
    with serve({"ph": EmulatedLine(twins, 19200, "8N2")}) as ports:
        spec.devices[:] = [spec.devices[0].model_copy(update={"addresses": (1,), "vessels": "A1"})]
        port = spec.ports["ph"].model_copy(update={"path": ports["ph"]})
        found = asked(spec.model_copy(update={"ports": {"ph": port}}), computer)
    assert [finding.status for finding in found] == ["ok", "wrong"]
    assert found[1].cause.startswith("two devices have its address")


@pytest.mark.wall
@needs_pty
def test_an_echo_is_found(computer):
    class Echo:
        def feed(self, data: bytes, now_s: float) -> list[Emission]:
            return [Emission(0.0, data)]

    emulated = lines()["gas"]
    with serve({"gas": EmulatedLine([Echo(), *emulated.emulators], 19200)}) as ports:
        found = asked(small(**ports), computer)
    assert [finding.what for finding in found if finding.status == "look"] == [
        "what is sent comes back"
    ]


@pytest.mark.wall
@needs_pty
def test_another_device_than_the_file_says(computer):
    with serve({"gas": lines()["gas"]}) as ports:
        spec = small(**ports)
        spec.devices[0] = spec.devices[0].model_copy(update={"gas": "oxygen"})
        found = asked(spec, computer)
    assert found[0].what == "alicat A answers: it is set to Air, the station file says O2"
    assert [finding.status for finding in found] == ["wrong", "ok"]


@pytest.mark.wall
@needs_pty
def test_a_port_that_is_held_exclusively(computer):
    with serve({"gas": lines()["gas"]}) as ports:
        spec = small(**ports)
        holder = SerialPort(ports["gas"], spec.ports["gas"])
        holder.open()
        found = asked(spec, computer)
        holder.close()
    assert [finding.status for finding in found] == ["wrong"]
    assert "cannot be opened" in found[0].what


def test_all_settings_tried_are_others_than_the_files():
    spec = small(gas="/dev/x").ports["gas"]
    settings = _settings(spec)
    assert (spec.baud, spec.frame) not in settings
    assert len(settings) == len(set(settings)) <= 16
    assert settings[0] == (9600, "8N1")


@pytest.mark.wall
@needs_pty
def test_the_command(tmp_path, capsys):
    raw = small(gas="x").model_dump(mode="json", exclude_none=True)
    assert raw["name"] == "small"
    with serve({"gas": lines()["gas"]}, links=tmp_path / "dev") as ports:
        text = copy.deepcopy(SMALL)
        text["ports"] = {"gas": {"path": ports["gas"], "baud": 19200}}
        text["devices"] = [device for device in SMALL["devices"] if device["port"] == "gas"]
        del text["liquid_handler"]
        file = tmp_path / "station.yaml"
        file.write_text(yaml.safe_dump(text))
        with pytest.raises(SystemExit) as end:
            main(["doctor", "--station", str(file), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert end.value.code == (3 if any(one["status"] == "wrong" for one in told) else 0)
    assert {"line 'gas'", "port 'gas'", "sleep", "clock"} <= {one["check"] for one in told}
    assert all(one["cause"] and one["cure"] for one in told if one["status"] == "wrong")
