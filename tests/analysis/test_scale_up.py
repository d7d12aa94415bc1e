"""Scale-up against worked examples of textbooks and papers."""

import math

import pytest
from pydantic import ValidationError

from analysis import correlations as c
from analysis.scale_up import (
    ScaleUpError,
    ScaleUpSpec,
    SmallOperation,
    criterion,
    find_vessel,
    predict,
)
from analysis.vessels import VESSELS

TARGETS = ("stirred-2L", "stirred-200L", "stirred-2000L")
MICROBIAL = SmallOperation(stirring_rpm=1000, gas_vvm=1.0, volume_ml=100, temperature_c=37)


def test_mixing_time_of_dorans_fermenter() -> None:
    # Doran, Bioprocess Engineering Principles: T = H = 1.2 m, Maxflo T of 0.42 m, 70 W.
    volume = math.pi / 4 * 1.2**3
    assert volume == pytest.approx(1.357, abs=5e-4)
    mixing = c.mixing_time(1.2, 0.42, 70 / (1000 * volume), height_m=1.2)
    assert mixing.value == pytest.approx(25.4, abs=0.05)
    assert mixing.extrapolated == ()


def test_power_of_dorans_marine_propeller() -> None:
    # 50 m³, propeller of 1.3 m, Np 0.35, 4 1/s, viscosity 1e-2 Pa s.
    assert c.reynolds(4, 1.3, 1000, 1e-2) == pytest.approx(6.76e5)
    drawn = c.power(0.35, 4, 1.3, 1000, 1e-2)
    assert drawn.value / 1000 == pytest.approx(83.2, abs=0.05)
    assert drawn.extrapolated == ()


@pytest.mark.parametrize(("uptake_mmol_g_h", "biomass"), [(12.5, 12.24), (3.0, 51.0)])
def test_highest_biomass_of_dorans_transfer_example(uptake_mmol_g_h: float, biomass: float) -> None:
    uptake = uptake_mmol_g_h * 1e-3 * 32 / 3600
    assert c.highest_biomass(0.17, 8e-3, uptake) == pytest.approx(biomass, abs=0.005)


def test_vant_riet_in_both_liquids() -> None:
    assert c.kla_vant_riet(1000, 0.01, "coalescing").value == pytest.approx(0.04121, abs=5e-6)
    separate = c.kla_vant_riet(1000, 0.01, "non-coalescing")
    assert separate.value == pytest.approx(0.10024, abs=5e-6)
    assert separate.extrapolated == ()


def test_vant_riet_says_when_a_cell_culture_leaves_its_range() -> None:
    gentle = c.kla_vant_riet(20, 1e-3, "coalescing", volume_m3=0.00025)
    assert gentle.value * 3600 == pytest.approx(9.8, abs=0.05)
    assert c.kla_vant_riet(20, 1e-3, "non-coalescing").value * 3600 == pytest.approx(14.7, abs=0.05)
    assert gentle.extrapolated == (
        "20 W/m³ is outside the 500 to 10,000 W/m³ over which Van't Riet's correlation was fitted.",
        "0.25 L is outside the 2 L to 2.6 m³ over which Van't Riet's correlation was fitted.",
    )


def test_the_100_ml_vessel_of_gill() -> None:
    # Gill et al. 2008: 20 mm turbine at 1000 rpm; viscosity of water at 20 degC.
    drawn = c.power(5, 1000 / 60, 0.02, 1000, 1e-3)
    assert drawn.value / 1e-4 == pytest.approx(741, abs=0.5)
    assert c.tip_speed(1000 / 60, 0.02) == pytest.approx(1.05, abs=0.005)
    assert c.reynolds(1000 / 60, 0.02, 1000, 1e-3) == pytest.approx(6667, abs=0.5)
    assert "not fully turbulent" in drawn.extrapolated[0]


@pytest.mark.parametrize(("power_w_kg", "size_um"), [(0.02, 64), (0.05, 51), (1.0, 24)])
def test_smallest_eddies(power_w_kg: float, size_um: float) -> None:
    assert c.kolmogorov_length(0.7e-6, power_w_kg) * 1e6 == pytest.approx(size_um, abs=0.5)


def test_oxygen_in_water_and_its_viscosity() -> None:
    assert c.oxygen_saturation(37.0) == pytest.approx(0.2271, abs=1e-4)
    assert c.water_viscosity(20.0) == pytest.approx(1.0e-3, rel=0.025)
    assert c.water_viscosity(37.0) == pytest.approx(0.692e-3, rel=0.025)


def test_gas_never_raises_the_power_and_lowers_it_when_it_flows() -> None:
    assert c.gassed_power(1000, 3, 0.5, 0.0).value == 1000
    assert c.gassed_power(1000, 3, 0.5, 1e-9).value == 1000
    assert c.gassed_power(1000, 3, 0.5, 0.03).value == pytest.approx(561, abs=2)
    assert c.gassed_power(1000, 3, 0.5, 0.03, single_rushton=False).extrapolated


@pytest.mark.parametrize("match", ["power-per-volume", "tip-speed", "oxygen-transfer"])
def test_the_matched_quantity_is_kept(match: str) -> None:
    table = predict(ScaleUpSpec(match=match, to=TARGETS), "stirred-100mL", MICROBIAL)  # type: ignore[arg-type]
    wanted = criterion(table.match, table.small)
    assert [criterion(table.match, row) for row in table.targets] == pytest.approx([wanted] * 3)
    assert [row.vessel for row in table.rows] == ["stirred-100mL", *TARGETS]
    assert list(table.frame()["vessel"]) == ["stirred-100mL", *TARGETS]


def test_speeds_follow_the_textbook_ratios() -> None:
    small = find_vessel("stirred-100mL")
    by_tip = predict(ScaleUpSpec(match="tip-speed", to=TARGETS), small, MICROBIAL)
    for row in by_tip.targets:
        ratio = small.impeller_diameter_mm / find_vessel(row.vessel).impeller_diameter_mm
        assert row.stirring_rpm == pytest.approx(1000 * ratio)
    # Geometrically similar vessels at constant power per volume: N2 = N1 (D1/D2)^(2/3).
    by_power = predict(
        ScaleUpSpec(match="power-per-volume", to=("stirred-50L", "stirred-2000L")), small, MICROBIAL
    )
    first, last = by_power.targets
    diameters = [find_vessel(row.vessel).impeller_diameter_mm for row in (first, last)]
    similar = (diameters[0] / diameters[1]) ** (2 / 3)
    assert last.stirring_rpm / first.stirring_rpm == pytest.approx(similar, rel=0.05)


def test_a_measured_kla_takes_precedence() -> None:
    measured = SmallOperation(1000, 1.0, 100, 37, kla_per_h=396)
    table = predict(ScaleUpSpec(match="oxygen-transfer", to=TARGETS), "stirred-100mL", measured)
    assert table.small.kla_per_h == 396
    assert table.small.kla_from == "measured or fitted"
    assert [row.kla_per_h for row in table.targets] == pytest.approx([396] * 3)
    assert table.small.otr_max_mm_h == pytest.approx(396 * c.oxygen_saturation(37))


def test_what_is_unverified_or_out_of_reach_is_flagged() -> None:
    operation = SmallOperation(3000, 10.0, 10, 30)
    table = predict(ScaleUpSpec(match="power-per-volume", to=TARGETS), "2mag-10mL", operation)
    assert any("Not verified" in flag for flag in table.small.flags)
    assert all("out of reach" in row.flags[0] for row in table.targets)
    assert not any("Not verified" in flag for flag in table.targets[0].flags)
    assert "assumed, because the mini-bioreactor is aerated" in table.assumptions[0]


def test_gas_of_the_targets() -> None:
    asked = ScaleUpSpec(match="tip-speed", to=("stirred-2L",), gas=0.5)
    assert predict(asked, "2mag-10mL", MICROBIAL).targets[0].gas_vvm == 0.5
    kept = ScaleUpSpec(match="tip-speed", to=("stirred-2L",))
    sparged = SmallOperation(300, 0.02, 220, 36.5)
    assert predict(kept, "stirred-250mL", sparged).targets[0].gas_vvm == 0.02


def test_no_kla_without_gas() -> None:
    still = SmallOperation(300, 0.0, 220, 36.5)
    with pytest.raises(ScaleUpError, match="measure it and give it"):
        predict(ScaleUpSpec(match="tip-speed", to=("stirred-2L",)), "stirred-250mL", still)
    standing = SmallOperation(0, 0.1, 220, 36.5, kla_per_h=5)
    with pytest.raises(ScaleUpError, match="must be stirred and hold liquid"):
        predict(ScaleUpSpec(match="tip-speed", to=("stirred-2L",)), "stirred-250mL", standing)
    nothing = SmallOperation(300, 0.1, 220, 36.5, kla_per_h=0)
    with pytest.raises(ScaleUpError, match="must be above zero"):
        predict(ScaleUpSpec(match="tip-speed", to=("stirred-2L",)), "stirred-250mL", nothing)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"match": "tip-speed", "to": ["stirred-20L"]}, "did you mean 'stirred-200L'"),
        ({"match": "tip-speed", "to": ["pot"]}, "known are 2mag-10mL"),
        ({"match": "tip-speed", "to": ["stirred-2L", "stirred-2L"]}, "named twice"),
        ({"match": "tip-speed", "to": []}, "at least 1 item"),
        ({"match": "shear", "to": ["stirred-2L"]}, "power-per-volume"),
        ({"match": "tip-speed", "to": ["stirred-2L"], "gas": 0}, "greater than 0"),
        ({"match": "tip-speed", "to": ["stirred-2L"], "too": 1}, "Extra inputs"),
    ],
)
def test_mistakes_in_the_section_are_plain(section: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ScaleUpSpec.model_validate(section)


def test_every_vessel_of_the_catalogue_is_a_possible_shape() -> None:
    for name, vessel in VESSELS.items():
        assert vessel.name == name
        assert vessel.source
        assert 0.25 < vessel.impeller_diameter_mm / vessel.tank_diameter_mm < 0.75
        assert 0.5 < vessel.height_m(vessel.volume_ml) / vessel.tank_diameter_m < 2.1
