"""What the report tells of a campaign beside its analysis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.report import Deviation, ReportContext
from analysis.scale_up import ScaleUpError, ScaleUpTable, SmallOperation, predict
from orchestrator import results
from orchestrator.rehearsal import SPREAD_TOLD
from twin import deviations

if TYPE_CHECKING:
    import pandas as pd

    from hardware.station_spec import StationSpec
    from orchestrator.campaign import Campaign
    from orchestrator.protocol import Protocol
    from orchestrator.records.store import RecordsReader

_LIBRARIES = ("numpy", "pandas", "statsmodels", "pyDOE2")


def campaign_context(
    campaign: Campaign,
    protocol: Protocol,
    station: StationSpec,
    reader: RecordsReader,
    courses: pd.DataFrame,
    phases: pd.DataFrame,
) -> ReportContext:
    """Everything around the analysis that the records and the files tell."""
    seed = reader.meta["seed"]
    rehearsed = seed is not None
    operations = results.operations(reader)
    scale_up, not_scaled = _scale_up(protocol, station, reader, courses)
    return ReportContext(
        title=protocol.name,
        question=protocol.question,
        organism=protocol.organism,
        rehearsed=rehearsed,
        station=f"{station.name}, {station.vessels.rows} x {station.vessels.columns} vessels",
        design=_design_in_words(protocol),
        time_courses=courses.assign(t_h=courses["t_s"] / 3600).drop(columns="t_s"),
        phases=phases,
        operations=operations,
        lost=results.lost_vessels(reader),
        deviations=(*_deviations(reader, operations), *not_scaled),
        twin_deviations=(*deviations(protocol.organism), SPREAD_TOLD) if rehearsed else (),
        scale_up=scale_up,
        provenance={
            "inoculum": version("inoculum"),
            **{name: version(name) for name in _LIBRARIES},
            "protocol.yaml (SHA-256)": _digest(campaign.protocol),
            "station.yaml (SHA-256)": _digest(campaign.station),
            "design seed": protocol.design.seed,
            "rehearsal seed": _seed_told(seed, reader.meta.get("wires", True)),
            "began": reader.meta["began"] or "virtual time",
            "journal": f"{reader.length()} entries, chain {reader.verify()}",
        },
    )


def _seed_told(seed: int | None, wires: bool) -> str:
    if seed is None:
        return "none: real devices"
    return f"{seed}" if wires else f"{seed}, without wires"


def _design_in_words(protocol: Protocol) -> str:
    settings = protocol.design.model_dump(exclude_none=True, exclude={"kind", "seed", "rows"})
    if settings.get("axial") == "faced":
        settings.pop("alpha", None)  # the faces leave no choice of it
    told = [protocol.design.kind.replace("-", " ")]
    for name, value in settings.items():
        if value not in (0, {}):
            words = name.replace("_", " ")
            told.append(f"{words} {_spoken(value)}")
    return ", ".join(told)


def _spoken(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {item}" for key, item in value.items())
    return str(value)


def _deviations(reader: RecordsReader, operations: pd.DataFrame) -> Iterator[Deviation]:
    """What went otherwise than planned, in order of time."""
    for entry in reader.journal("alarm", "alarm over", "fault", "dropped"):
        text = entry.body.get("what") or f"{entry.body['do']} was dropped"
        yield Deviation(str(text), entry.time_s / 3600, entry.vessel)
    late = operations[operations["late_s"] > 0]
    for kind, group in late.groupby("kind"):
        yield Deviation(
            f"{len(group)} operations of kind '{kind}' began after their window, at worst "
            f"{group['late_s'].max() / 60:.1f} min after"
        )


def _scale_up(
    protocol: Protocol, station: StationSpec, reader: RecordsReader, courses: pd.DataFrame
) -> tuple[ScaleUpTable | None, tuple[Deviation, ...]]:
    """Carry over how the vessels ran at the end, or say why that cannot be."""
    if protocol.scale_up is None:
        return None, ()
    settings = _last_settings(protocol, reader)
    last = courses.groupby("vessel", observed=True).last()
    gas_flow = settings.get("gas_flow")
    if gas_flow is None and "gas_flow" in last:
        gas_flow = float(last["gas_flow"].median())
    volume = float(last["volume"].median())
    try:
        operation = SmallOperation(
            stirring_rpm=settings["stirring"],
            gas_vvm=(gas_flow or 0.0) / volume,
            volume_ml=volume,
            temperature_c=settings["temperature"],
        )
        return predict(protocol.scale_up, station.vessels.kind, operation), ()
    except ScaleUpError as reason:
        return None, (Deviation(f"No scale-up was predicted: {reason}"),)


def _last_settings(protocol: Protocol, reader: RecordsReader) -> dict[str, float]:
    """The median over the vessels of what was set last."""
    import statistics

    last: dict[str, dict[str, float]] = {}
    for entry in reader.journal("intent"):
        if entry.body["do"] == "set":
            last.setdefault(entry.body["channel"], {})[str(entry.vessel)] = entry.body["value"]
    settings = {channel: statistics.median(by.values()) for channel, by in last.items()}
    start = protocol.culture.start
    return {"stirring": start.stirring, "temperature": start.temperature, **settings}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
