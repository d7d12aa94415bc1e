"""What vessels share by physics makes a factor hard to change."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from hardware.station_spec import VesselArray
from orchestrator.planning import expand_design
from orchestrator.protocol import check, load_protocol, load_station

PROTOCOLS = Path(__file__).parents[2] / "protocols"


def array(shared: Any) -> VesselArray:
    volume = {"low": "6 mL", "high": "14 mL"}
    section = {"rows": 2, "columns": 4, "kind": "x", "volume": volume, "shared": shared}
    return VesselArray.model_validate(section)


def test_banks_are_columns_rows_or_lists() -> None:
    assert array({"temperature": "column"}).banks("temperature")[1] == ("A2", "B2")
    assert array({"stirring": "row"}).banks("stirring")[1] == ("B1", "B2", "B3", "B4")
    listed = array({"oxygen": ["A1..A4", "B1..B4"]})
    assert listed.banks("oxygen") == array({"oxygen": "row"}).banks("oxygen")


@pytest.mark.parametrize(
    ("shared", "message"),
    [
        ({"temperature": "diagonal"}, "banks of vessels are written as column, row or a list"),
        ({"temperature": ["A1..A4"]}, "the banks that share temperature must hold every vessel"),
        ({"temperature": ["A1..C4"]}, "'C4' is not a vessel of this array"),
        ({"od": "column"}, "Input should be 'temperature'"),
    ],
)
def test_banks_that_cannot_be(shared: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        array(shared)


def test_a_shared_channel_makes_its_factor_hard(tmp_path: Path) -> None:
    station = yaml.safe_load((PROTOCOLS / "stations" / "open-24.yaml").read_text("utf-8"))
    station["vessels"]["shared"] = {"temperature": "row"}
    protocol = yaml.safe_load((PROTOCOLS / "cho-fed-batch-ccd.yaml").read_text("utf-8"))
    protocol["design"] = {"kind": "full-factorial", "levels": {"temperature_shift": 4}}
    for name, data in (("station", station), ("protocol", protocol)):
        (tmp_path / name).write_text(yaml.safe_dump(data), encoding="utf-8")
    read, stood = load_protocol(tmp_path / "protocol"), load_station(tmp_path / "station")
    with pytest.raises(Exception, match="needs 4 groups of runs with one temperature_shift each"):
        expand_design(read, stood)
    protocol["design"] = {"kind": "full-factorial"}
    (tmp_path / "protocol").write_text(yaml.safe_dump(protocol), encoding="utf-8")
    read = load_protocol(tmp_path / "protocol")
    sheet = expand_design(read, stood)
    assert [s.factors for s in sheet.strata] == [("temperature_shift",)]
    assert sheet.table["whole_plot"].nunique() == 3
    assert (
        sheet.table.groupby("whole_plot")["vessel"].agg(lambda v: len(set(v.str[0]))) == 1
    ).all()
    told = [f.message for f in check(read, stood) if "temperature_shift" in f.message]
    assert any("in 3 banks of 8: it is hard to change" in message for message in told)
