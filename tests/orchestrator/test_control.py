import pytest
from pydantic import TypeAdapter

from orchestrator.engine.control import DoLoop, PhLoop
from orchestrator.protocol.control import DoControl, PhControl


def ph_loop() -> PhLoop:
    written = {"with": "base", "dead_band": 0.05, "smallest": "5 µL", "largest": "50 µL"}
    return PhLoop(PhControl.model_validate(written), alkalinity_mm=3600.0)


def test_ph_settles_at_its_band_under_a_steady_acid_load() -> None:
    loop, ph, doses = ph_loop(), 6.9, []
    for period in range(60):
        dose = loop.dose_ml(period * 600.0, ph, 6.9, 10.0) or 0.0
        doses.append(dose)
        # 5.5 mmol/L of acid each ten minutes into a buffer of 30 mmol/L per pH unit
        ph += (dose * 3600.0 / 10.0 - 5.5) / 30.0
    assert abs(ph - 6.9) < 0.2
    assert sum(doses[-20:]) / 20 == pytest.approx(5.5 * 10 / 3600, rel=0.15)


def test_no_dose_too_early_none_without_a_reading_and_never_above_the_largest() -> None:
    loop = ph_loop()
    assert loop.dose_ml(0.0, float("nan"), 6.9, 10.0) is None
    assert loop.dose_ml(0.0, 5.0, 6.9, 10.0) == pytest.approx(0.05)
    assert loop.dose_ml(599.0, 5.0, 6.9, 10.0) is None
    assert loop.dose_ml(600.0, 5.0, 6.9, 10.0) == pytest.approx(0.05)


def test_oxygen_demand_moves_the_stirrer_within_its_bounds() -> None:
    written = {"with": "stirring", "at": "40 %", "low": "150 rpm", "high": "600 rpm"}
    loop = DoLoop(TypeAdapter(DoControl).validate_python(written))
    speed = 300.0
    for beat in range(40):
        speed = loop.setting(beat * 300.0, 20.0, speed) or speed
        assert 150 <= speed <= 600
    assert speed == 600
    assert loop.setting(40 * 300.0, 40.5, speed) is None
