"""The responses section, and the reduction of time courses and samples to one number each."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.responses import ResponseSpec
from analysis.time_courses import reduce


def spec(**entries):
    return ResponseSpec.model_validate(entries)


def test_the_forms_of_the_protocol_language():
    biomass = spec(unit="g/L", **{"from": "od"}, at="harvest", calibration={"slope": "0.36 g/L"})
    assert (biomass.source, biomass.calibration.slope) == ("od", 0.36)
    activity = spec(unit="1/h", **{"from": "plate"}, measured="at-line", goal="maximise", low=0.4)
    assert (activity.goal, activity.low) == ("maximise", 0.4)
    assert activity.model_dump(by_alias=True)["from"] == "plate"


def test_limits_are_read_in_the_response_unit():
    found = spec(unit="g/L", goal="target", target="1500 mg/L", low=1, high="2 g/L")
    assert (found.target, found.low, found.high) == (1.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("entries", "where", "message"),
    [
        ({"at": "harvest", "take": "max"}, "take", "give either 'at' or 'take', not both"),
        (
            {"during": "batch"},
            "during",
            "'during' goes with 'take'; add what to take, such as max, slope or peak",
        ),
        (
            {"at": "end", "measured": "at-line"},
            "measured",
            "a measured sample has no 'at'; that is for a channel",
        ),
        ({"target": 3}, "target", "a target needs 'goal: target'"),
        ({"goal": "target"}, "", "'goal: target' needs the target, such as 'target: 7.0'"),
        (
            {"goal": "target", "target": 3, "low": 4},
            "",
            "the target (3) must lie between low and high",
        ),
        ({"low": 2, "high": 1}, "high", "high (1) must be above low (2)"),
        ({"unit": "g/L", "low": "3 h"}, "low", None),
        ({"unit": "g/L", "low": True}, "low", "expected a number such as '0.4 g/L'"),
        ({"low": float("nan")}, "low", None),
        (
            {"measured": "off-line", "calibration": {"slope": 2}},
            "calibration",
            "a calibration is for a channel's reading, not for a measured sample",
        ),
        ({"colour": "red"}, "colour", "Extra inputs are not permitted"),
        ({"calibration": {"slop": 1, "slope": 1}}, "calibration.slop", None),
        ({"goal": "maximize"}, "goal", None),
    ],
)
def test_a_wrong_entry_is_a_sentence_at_its_place(entries, where, message):
    with pytest.raises(ValidationError) as refused:
        spec(**entries)
    (error,) = refused.value.errors()
    assert ".".join(map(str, error["loc"])) == where
    assert message is None or error["msg"] == message


def test_the_schema_names_every_entry():
    properties = ResponseSpec.model_json_schema(by_alias=True)["properties"]
    assert "from" in properties
    assert all("description" in entry or "$ref" in str(entry) for entry in properties.values())


# Reduction.

MINUTES = np.arange(0, 181.0)
PHASES = pd.DataFrame(
    [
        ("A1", "batch", 0.0, 3600.0),
        ("A1", "harvest", 3600.0, 10800.0),
        ("A2", "batch", 0.0, 3600.0),
        ("A2", "harvest", 3600.0, np.nan),
        ("A3", "batch", 0.0, 3600.0),
    ],
    columns=["vessel", "phase", "start_s", "end_s"],
)
WIDE = pd.concat(
    [
        pd.DataFrame({"t_s": MINUTES * 60, "vessel": name, "od": MINUTES / 10 + offset, "ph": 7.0})
        for name, offset in (("A1", 0), ("A2", 100), ("A3", 200))
    ],
    ignore_index=True,
)
SAMPLES = pd.DataFrame(
    [
        ("A1", "plate", 3600.0, 0.2),
        ("A1", "plate", 7200.0, 0.5),
        ("A2", "plate", 3600.0, 0.3),
        ("A2", "plate", 7200.0, np.nan),
    ],
    columns=["vessel", "sample", "t_s", "activity"],
)


def of_a1(telemetry=WIDE, **entries):
    reduced = reduce({"r": spec(**entries)}, telemetry, PHASES, SAMPLES)
    return reduced.table.loc["A1", "r"]


def test_a_channel_at_a_phase_is_the_median_of_its_last_five_readings():
    assert of_a1(**{"from": "od"}, at="batch") == pytest.approx(5.8)  # minutes 56 to 60
    spiked = WIDE.copy()
    spiked.loc[(spiked["vessel"] == "A1") & (spiked["t_s"] == 3600), "od"] = 1e6
    assert of_a1(spiked, **{"from": "od"}, at="batch") == pytest.approx(5.8)
    gaps = WIDE.copy()
    gaps.loc[(gaps["vessel"] == "A1") & gaps["t_s"].between(3420, 3600), "od"] = np.nan
    assert of_a1(gaps, **{"from": "od"}, at="batch") == pytest.approx(5.4)


def test_a_calibration_is_applied():
    calibrated = of_a1(
        unit="g/L", **{"from": "od"}, at="batch", calibration={"slope": 0.36, "intercept": 1}
    )
    assert calibrated == pytest.approx(0.36 * 5.8 + 1)


@pytest.mark.parametrize(
    ("take", "value"), [("max", 18), ("min", 6), ("mean", 12), ("last", 18), ("slope", 6)]
)
def test_what_is_taken_of_a_phase(take, value):
    assert of_a1(**{"from": "od"}, take=take, during="harvest") == pytest.approx(value)


def test_without_a_phase_the_whole_culture_is_taken_and_end_is_its_end():
    assert of_a1(**{"from": "od"}, take="min") == 0
    assert of_a1(**{"from": "od"}, at="end") == pytest.approx(17.8)


def test_long_telemetry_gives_the_same_as_wide():
    long = WIDE.melt(["t_s", "vessel"], var_name="channel", value_name="value")
    specs = {"biomass": spec(**{"from": "od"}, at="batch"), "ph": spec(take="mean")}
    ours = reduce(specs, long, PHASES, SAMPLES)
    pd.testing.assert_frame_equal(ours.table, reduce(specs, WIDE, PHASES, SAMPLES).table)


def test_the_last_sample_counts_and_a_missing_value_has_a_reason():
    specs = {
        "activity": spec(**{"from": "plate"}, measured="at-line"),
        "biomass": spec(**{"from": "od"}, at="harvest"),
    }
    dead = WIDE[~((WIDE["vessel"] == "A1") & (WIDE["t_s"] > 9000))]
    reduced = reduce(specs, dead, PHASES, SAMPLES)
    assert list(reduced.table.index) == ["A1", "A2", "A3"]
    assert reduced.table.loc["A1", "activity"] == 0.5
    reasons = reduced.reasons.set_index(["vessel", "response"])["reason"].to_dict()
    assert reasons == {
        ("A1", "biomass"): "od was not read in A1 in the ten minutes before the end of harvest.",
        ("A2", "activity"): "activity of the last sample 'plate' of A2 was not measured.",
        ("A2", "biomass"): "A2 never finished harvest.",
        ("A3", "activity"): "No sample 'plate' was taken from A3.",
        ("A3", "biomass"): "A3 never reached harvest.",
    }
    assert reduced.table.isna().sum().sum() == len(reasons)


def test_a_slope_of_one_reading_is_none():
    one = WIDE[WIDE["t_s"] == 0]
    reduced = reduce({"r": spec(**{"from": "od"}, take="slope")}, one, PHASES, SAMPLES)
    assert reduced.reasons["reason"].iloc[0] == (
        "There is no slope of od in A1: it needs readings at two times at least."
    )
