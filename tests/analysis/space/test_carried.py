"""Settings carried over to larger vessels, point by point."""

import pandas as pd
import pytest

from analysis.errors import ModelError
from analysis.scale_up import ScaleUpSpec, SmallOperation, predict
from analysis.space import carry_scale_up
from analysis.vessels import VESSELS

SPEC = ScaleUpSpec(match="power-per-volume", to=("stirred-200L",))
SMALL = next(v for v in VESSELS.values() if v.volume_ml < 1000 and v.aeration == "sparged")
OPERATION = SmallOperation(
    stirring_rpm=800, gas_vvm=1.0, volume_ml=SMALL.volume_ml, temperature_c=37.0, kla_per_h=100.0
)


def test_each_point_has_the_speed_it_means_in_the_target():
    table = pd.DataFrame(
        {"speed": [600.0, 900.0, 600.0], "probability": [0.5, 0.9, 0.4]}, index=list("xyz")
    )
    found = carry_scale_up(table, SPEC, SMALL, OPERATION, {"speed": "stirring_rpm"})
    assert list(found.index) == list("xyz")
    assert list(found["probability"]) == [0.5, 0.9, 0.4]
    speed = found["stirred-200L stirring_rpm"]
    assert speed["x"] == speed["z"] < speed["y"]
    alone = predict(SPEC, SMALL, SmallOperation(900, 1.0, SMALL.volume_ml, 37.0, kla_per_h=100.0))
    assert speed["y"] == pytest.approx(alone.targets[0].stirring_rpm)


def test_what_is_no_part_of_an_operation_is_told():
    table = pd.DataFrame({"speed": [600.0]})
    with pytest.raises(ModelError, match="no column 'rate'"):
        carry_scale_up(table, SPEC, SMALL, OPERATION, {"rate": "stirring_rpm"})
    with pytest.raises(ModelError, match="'rpm' is no part of an operation"):
        carry_scale_up(table, SPEC, SMALL, OPERATION, {"speed": "rpm"})
