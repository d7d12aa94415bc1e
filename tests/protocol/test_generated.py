"""The schemas and the reference are those of the models, and the shipped files fit them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orchestrator.protocol.generated import generated_files
from orchestrator.protocol.schema import protocol_schema, station_schema
from orchestrator.protocol.source import read_source

TOP = Path(__file__).parents[2]
PROTOCOLS = sorted((TOP / "protocols").glob("*.yaml"))
STATIONS = sorted((TOP / "protocols" / "stations").glob("*.yaml"))


def complaints(schema: dict[str, Any], data: object) -> list[str]:
    jsonschema.Draft202012Validator.check_schema(schema)
    found = jsonschema.Draft202012Validator(schema).iter_errors(data)
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.mark.parametrize("path", generated_files(TOP), ids=lambda path: path.name)
def test_generated_files_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated_files(TOP)[path], (
        "run python -m orchestrator.protocol"
    )


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.name)
def test_shipped_protocols_fit_the_schema(path: Path) -> None:
    assert complaints(protocol_schema(), read_source(path).data) == []
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=schema/protocol.json"
    assert json.loads((path.parent / "schema" / "protocol.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", STATIONS, ids=lambda path: path.name)
def test_shipped_stations_fit_the_schema(path: Path) -> None:
    assert complaints(station_schema(), read_source(path).data) == []


def test_the_schema_sees_what_an_editor_should(sound: str, tmp_path: Path) -> None:
    def seen(old: str, new: str) -> list[str]:
        assert old in sound
        file = tmp_path / "p.yaml"
        file.write_text(sound.replace(old, new), encoding="utf-8")
        return complaints(protocol_schema(), read_source(file).data)

    assert seen("10 mL", "$feed_rate") == [], "a factor may stand for a quantity"
    assert seen("volume: 10 mL", "volume: 10")
    assert seen("ph: 6.9", "ph: $feed_rate") == []
    assert seen("{low: 20 degC,", "{low: $feed_rate,"), "but not outside the culture"
    assert seen("organism: e-coli", "organism: yeast")
    assert seen("  volume: 10 mL", "  volumen: 10 mL")
    assert seen("kind: bolus", "kind: bolos")


def test_defaults_are_written_with_their_unit() -> None:
    definitions = protocol_schema()["$defs"]
    assert definitions["Culture"]["properties"]["scan"]["default"] == "1 min"
    assert definitions["PhControl"]["properties"]["smallest"]["default"] == "5 µL"
    assert definitions["PhControl"]["properties"]["dead_band"]["default"] == 0.05
