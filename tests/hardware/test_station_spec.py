from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from hardware.specs.base import Linear
from hardware.station_spec import PortSpec, StationSpec
from hardware.vessel_names import array_names, expand_names
from tests.hardware.bench import SMALL

STATIONS = Path(__file__).resolve().parents[2] / "protocols" / "stations"


def small(**changes):
    """A station of four vessels as YAML would give it."""
    return {
        "station": 1,
        "name": "small",
        "vessels": {
            "rows": 2,
            "columns": 2,
            "kind": "2mag-10mL",
            "volume": {"low": "6 mL", "high": "12 mL"},
        },
        "ports": {
            "ph": {"url": "socket://127.0.0.1:4001", "baud": 19200, "frame": "8N2"},
            "gas": {"path": "/dev/ttyUSB0"},
        },
        "devices": [
            {
                "family": "hamilton-arc",
                "port": "ph",
                "reads": "ph",
                "addresses": "1..4",
                "vessels": "A1..B2",
            },
            {"family": "alicat", "port": "gas", "unit": "A", "vessels": ["A1", "B1..B2"]},
        ],
    } | changes


def errors(**changes) -> list[tuple[tuple, str]]:
    with pytest.raises(ValidationError) as caught:
        StationSpec.model_validate(small(**changes))
    return [(error["loc"], error["msg"]) for error in caught.value.errors()]


def device(**changes):
    return small()["devices"][0] | changes


@pytest.mark.parametrize(("name", "vessels"), [("open-48", 48), ("open-24", 24), ("robot-8", 8)])
def test_the_shipped_stations_are_whole(name, vessels):
    spec = StationSpec.model_validate(yaml.safe_load((STATIONS / f"{name}.yaml").read_text()))
    assert spec.name == name
    assert len(spec.vessels.names) == vessels
    read = {
        channel: [vessel for part in spec.devices if getattr(part, "reads", "") == channel
                  for vessel in spec.vessels_of(part)]
        for channel in ("ph", "do")
    }  # fmt: skip
    assert read == {channel: list(spec.vessels.names) for channel in ("ph", "do")}
    assert spec.liquid_handler is not None


def test_a_small_station():
    spec = StationSpec.model_validate(small())
    assert spec.vessels_of(spec.devices[0]) == ("A1", "A2", "B1", "B2")
    assert spec.vessels_of(spec.devices[1]) == ("A1", "B1", "B2")
    assert spec.devices[0].addresses == (1, 2, 3, 4)
    assert spec.ports["ph"].character_s == pytest.approx(11 / 19200)
    assert spec.safe.settings == {}


def test_all_mistakes_are_told_at_once_and_at_their_places():
    wrong = [
        device(port="pH"),
        device(vessels="A1..C9"),
        device(addresses="1..3"),
        device(addresses=[31, 32, 33, 34]),
    ]
    found = errors(devices=wrong)
    assert (
        ("devices", 0, "port"),
        "there is no port 'pH'; ports of this station: ph, gas",
    ) in found
    assert (
        ("devices", 1, "vessels"),
        "'C9' is not a vessel of this array, which goes from A1 to B2",
    ) in found
    assert (("devices", 2, "addresses"), "3 addresses cannot pair with 4 vessels") in found
    assert (("devices", 3, "addresses"), "Arc addresses go from 1 to 32") in found


@pytest.mark.parametrize(
    ("devices", "location", "says"),
    [
        ([device(), device(addresses="5..8")], ("devices", 1), "ph of vessel A1 is taken"),
        (
            [device(), device(reads="do", addresses=[4, 5, 6, 7])],
            ("devices", 1),
            "address 4 on 'ph' is taken by device 1 already",
        ),
        (
            [device(), {"family": "evolver", "port": "ph", "vessels": "A1..B2"}],
            ("devices", 1, "port"),
            "port 'ph' carries hamilton-arc; evolver needs a port of its own",
        ),
        (
            [{"family": "alicat", "port": "gas", "unit": "a", "vessels": "A1"}],
            ("devices", 0, "alicat", "unit"),
            "String should match pattern '^[A-Z]$'",
        ),
        ([device(addresses="one")], ("devices", 0, "hamilton-arc", "addresses"), "expected addr"),
        ([device(vessels="B2..A1")], ("devices", 0, "vessels"), "runs backwards; write 'A1..B2'"),
    ],
)
def test_what_contradicts_itself(devices, location, says):
    found = errors(devices=devices)
    assert any(loc == location and says in message for loc, message in found), found


def test_a_port_has_one_identity():
    both = {"usb": "0403:6001 A1", "path": "/dev/ttyUSB0"}
    for wrong in ({}, both):
        with pytest.raises(ValidationError, match="named by exactly one of usb"):
            PortSpec.model_validate(wrong)


@pytest.mark.parametrize(
    "changes",
    [
        {"robots": 1},
        {"station": 2},
        {"vessels": small()["vessels"] | {"volume": {"low": "12 mL", "high": "6 mL"}}},
        {"vessels": small()["vessels"] | {"volume": {"low": 6, "high": "12 mL"}}},
        {"safe": {"stirring": "500 degC"}},
    ],
)
def test_strict_where_a_slip_would_go_unseen(changes):
    assert errors(**changes)


def test_seventeen_vials_are_too_many():
    big = small()["vessels"] | {"rows": 3, "columns": 8}
    found = errors(vessels=big, devices=[{"family": "evolver", "port": "ph", "vessels": "A1..C1"}])
    assert found == [(("devices", 0, "vessels"), "an eVOLVER unit has 16 vials, not 17")]


def test_a_calibration_is_a_line_both_ways():
    line = Linear(slope=-0.0167, offset=68.4)
    assert line.raw(37.0) == 1880
    assert line.value(1880) == pytest.approx(37.004)
    with pytest.raises(ValidationError, match="cannot be 0"):
        Linear(slope=0)


def test_names_are_row_major():
    assert array_names(6, 8)[:9] == ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "B1")
    assert array_names(6, 8)[-1] == "F8"
    assert expand_names(" A2 .. B1 ", array_names(2, 2)) == ("A2", "B1")


@pytest.mark.parametrize("frame", ["7E1", "8E1", "7E2", "8E2"])
def test_a_frame_that_yaml_takes_for_a_number(frame):
    raw = small()
    raw["ports"]["gas"]["frame"] = float(frame)
    assert StationSpec.model_validate(raw).ports["gas"].frame == frame


def test_a_pump_that_speaks_one_frame_only():
    raw = deepcopy(SMALL)
    pump = {"family": "hamilton-ml600", "port": "syringe", "syringe": "1 mL", "steps": 48000}
    raw["liquid_handler"]["pump"] = pump
    port = raw["ports"]["syringe"] = {"path": "/dev/ttyUSB7", "frame": "8N1"}
    with pytest.raises(ValidationError) as caught:
        StationSpec.model_validate(raw)
    (error,) = caught.value.errors()
    assert error["loc"] == ("ports", "syringe", "frame")
    assert error["msg"] == "hamilton-ml600 speaks 7O1, port 'syringe' is set to 8N1"
    port["frame"] = "7O1"
    StationSpec.model_validate(raw)
