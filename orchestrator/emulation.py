"""A station's devices, emulated, for others to open: pseudo-terminals or TCP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from hardware.emulators import Plant, emulate, serve
from hardware.emulators.serve_opcua import serve_opcua
from orchestrator.planning import plan_night
from orchestrator.protocol import load_station
from orchestrator.rehearsal import plant_for, resting_plant

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec

NOT_SERVED = (
    "not served: OPC UA needs pip install 'inoculum[opcua]', MQTT a broker of your own; "
    "`inoculum rehearse` needs neither"
)
_NOWHERE = "mqtt://127.0.0.1:9"


@contextmanager
def serve_station(
    station: Path,
    protocol: Path | None,
    seed: int,
    *,
    tcp: bool,
    write_to: Path | None,
    ledger: Path | None = None,
) -> Iterator[dict[str, str]]:
    """Serve every port of a station until the block is left, but for MQTT brokers.

    Args:
        station: The station file.
        protocol: What the vessels hold, each as the run sheet says; without it they hold resting
            E. coli.
        seed: For the sensors' noise.
        tcp: On ``socket://`` addresses instead of pseudo-terminals.
        write_to: Where to write a station file that names these addresses.
        ledger: Where to write, at the end, what each vessel was given and what was drawn (mL).

    Yields:
        Path or address by port name; what is not served says so.
    """
    spec, plant = _filled(station, protocol, seed)
    bench = emulate(spec, plant)
    opcua = {n: one for n, one in bench.servers.items() if spec.ports[n].scheme == "opc.tcp"}
    if find_spec("asyncua") is None:
        opcua = {}
    with ExitStack() as stack:
        lines = stack.enter_context(serve(bench.lines, tcp=tcp))
        addresses = dict(lines)
        if opcua:
            addresses |= stack.enter_context(serve_opcua(opcua, lines.in_plant))
        if write_to is not None:
            write_to.write_text(_station_at(station, addresses), encoding="utf-8")
        yield addresses | {name: NOT_SERVED for name in bench.servers if name not in addresses}
    if ledger is not None:
        truth = {"received": plant.received, "withdrawn": plant.withdrawn}
        ledger.write_text(json.dumps(truth, indent=2), encoding="utf-8")


def _filled(station: Path, protocol: Path | None, seed: int) -> tuple[StationSpec, Plant]:
    if protocol is None:
        spec = load_station(station)
        return spec, resting_plant(spec, seed)
    night = plan_night(protocol, station)
    return night.station, plant_for(night, seed)


def _station_at(station: Path, addresses: Mapping[str, str]) -> str:
    """The station file with each port's identity replaced by its emulated address.

    A port that is not served leads nowhere: never to the real thing.
    """
    content = yaml.safe_load(station.read_text(encoding="utf-8"))
    for name, port in content["ports"].items():
        for identity in ("usb", "path", "url"):
            port.pop(identity, None)
        address = addresses.get(name, _NOWHERE)
        port["url" if "://" in address else "path"] = address
    arms = content.get("liquid_handler"), *(content.get("liquid_handlers") or {}).values()
    for robot in filter(None, arms):
        if robot.get("family") == "pylabrobot":
            robot["backend"] = "chatterbox"
            robot.pop("options", None)
    head = f"# Emulated ports of {station.name}; they are gone when `inoculum emulate` stops.\n"
    return head + yaml.dump(content, Dumper=_Quoting, sort_keys=False, allow_unicode=True)


class _Quoting(yaml.SafeDumper):
    """Writes texts that look like numbers, such as the frame 7E1, in quotes."""


_Quoting.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if text[:1].isdigit() else None
    ),
)
