"""From records to tables: time courses, phases, operations, samples, results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from orchestrator.records.store import RecordsReader

if TYPE_CHECKING:
    from designs import RunSheet

_PHASE = "running: "


def time_courses(reader: RecordsReader) -> pd.DataFrame:
    """All readings.

    Returns:
        Columns ``t_s``, ``vessel``, then one per channel in its canonical unit; NaN in gaps.
    """
    times, values = reader.telemetry()
    vessels, channels = reader.meta["vessels"], reader.meta["channels"]
    table = pd.DataFrame(values.reshape(-1, len(channels)).astype("float64"), columns=channels)
    names = pd.Categorical(list(vessels) * len(times), categories=vessels)
    return table.assign(t_s=times.repeat(len(vessels)), vessel=names)[["t_s", "vessel", *channels]]


def phases(reader: RecordsReader) -> pd.DataFrame:
    """When each culture was in which state.

    Returns:
        Columns ``vessel``, ``phase`` (the phase's name, or the state's for held and the like),
        ``start_s``, ``end_s``, ``why`` it ended; states that ended are left out.
    """
    open_since: dict[str, float] = {}
    rows = []
    for entry in reader.journal("phase"):
        vessel = str(entry.vessel)
        if vessel in open_since:
            rows.append(
                {
                    "vessel": vessel,
                    "phase": entry.body["left"].removeprefix(_PHASE),
                    "start_s": open_since[vessel],
                    "end_s": entry.time_s,
                    "why": entry.body["why"],
                }
            )
        open_since[vessel] = entry.time_s
    columns = ["vessel", "phase", "start_s", "end_s", "why"]
    return pd.DataFrame(rows, columns=columns).query("end_s > start_s").reset_index(drop=True)


def operations(reader: RecordsReader) -> pd.DataFrame:
    """What the handler and the pumps did.

    Returns:
        Columns ``vessel``, ``kind``, ``source``, ``sample``, ``well``, ``volume_ml``,
        ``start_s``, ``end_s``, ``status`` (``done``, ``not done``, ``unknown``, or ``open`` when
        the campaign ended in between), ``late_s`` beyond its window.
    """
    rows: dict[int, dict[str, object]] = {}
    for entry in reader.journal("intent", "outcome"):
        if entry.kind == "intent" and entry.body["do"] != "set":
            rows[entry.seq] = {
                "vessel": entry.vessel,
                "kind": entry.body["do"],
                **{key: entry.body.get(key) for key in ("source", "sample", "well", "volume_ml")},
                "start_s": entry.time_s,
                "end_s": entry.time_s,
                "status": "open",
                "late_s": 0.0,
            }
        elif entry.kind == "outcome" and (row := rows.get(entry.body["intent"])) is not None:
            row["end_s"] = entry.time_s
            row["status"] = entry.body["status"]
            row["late_s"] = entry.body.get("late_s", 0.0)
            row["volume_ml"] = entry.body.get(
                "value", entry.body.get("at_most_ml", row["volume_ml"])
            )
    columns = ["vessel", "kind", "source", "sample", "well", "volume_ml", "start_s", "end_s"]
    return pd.DataFrame(list(rows.values()), columns=[*columns, "status", "late_s"])


def samples(reader: RecordsReader, at_line: Sequence[str]) -> pd.DataFrame:
    """The samples that were taken, with an empty column for each response found in them.

    Returns:
        Columns ``vessel``, ``sample``, ``well``, ``t_s``, ``volume`` (mL), then the responses.
    """
    done = operations(reader).query("kind == 'sample' and status == 'done'")
    table = done.rename(columns={"start_s": "t_s", "volume_ml": "volume"})
    table = table[["vessel", "sample", "well", "t_s", "volume"]].reset_index(drop=True)
    for name in at_line:
        table[name] = float("nan")
    return table


def lost_vessels(reader: RecordsReader) -> dict[str, str]:
    """Vessels that did not complete, with the reason."""
    lost = {}
    for entry in reader.journal("phase"):
        if entry.body["entered"] in {"aborted", "held", "stopped"}:
            lost[str(entry.vessel)] = str(entry.body["why"])
        else:
            lost.pop(str(entry.vessel), None)
    return lost


def alarms(reader: RecordsReader) -> list[str]:
    """What went wrong, in words, in order."""
    told = []
    for entry in reader.journal("alarm", "alarm over", "fault"):
        where = f"{entry.vessel}: " if entry.vessel else ""
        told.append(f"{entry.time_s / 3600:.2f} h, {where}{entry.body['what']}")
    return told


def results_table(sheet: RunSheet, responses: pd.DataFrame) -> pd.DataFrame:
    """The run sheet with the responses beside it, one row a run."""
    return sheet.table.merge(responses, on="vessel", how="left", validate="one_to_one")
