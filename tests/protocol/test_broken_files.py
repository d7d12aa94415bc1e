"""Every broken file is told exactly what is wrong with it, and where.

The first lines of each file say what to expect: ``# expect: line:column: message``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.protocol import SourceErrors, load_protocol, load_station
from orchestrator.protocol.diagnostics import CODES

HERE = Path(__file__).parent
PROTOCOLS = sorted((HERE / "broken").glob("*.yaml"))
STATIONS = sorted((HERE / "broken_stations").glob("*.yaml"))


def expected_of(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path}:{line.removeprefix('# expect: ')}" for line in lines if line.startswith("# expect")
    ]


def findings_of(load: Callable[[Path], Any], path: Path) -> SourceErrors:
    with pytest.raises(SourceErrors) as caught:
        load(path)
    return caught.value


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_broken_protocol(path: Path) -> None:
    errors = findings_of(load_protocol, path)
    assert str(errors).splitlines() == expected_of(path)
    assert all(finding.code in CODES for finding in errors.diagnostics)


@pytest.mark.parametrize("path", STATIONS, ids=lambda path: path.stem)
def test_broken_station(path: Path) -> None:
    errors = findings_of(load_station, path)
    assert str(errors).splitlines() == expected_of(path)


def test_there_are_enough_of_them() -> None:
    assert len(PROTOCOLS) >= 30
    assert len(STATIONS) >= 6
