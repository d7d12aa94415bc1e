"""What a scientist would see of a culture, and what must hold whatever is done to it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twin
from twin import Culture, Reagent, Start, TwinError, broth, vessel_physics
from twin.kinetics.cho import Cho, ChoParameters

HOUR = 3600.0
GLUCOSE = Reagent("glucose-400", glucose_g_l=400.0)
BASE = Reagent("base", base_mm=3600.0)
WATER = Reagent("water")


def hold_ph(culture: Culture, set_point: float = 6.9, strength: float = 0.1) -> float:
    """One round of a controller with base; returns the mL it added."""
    error = set_point - culture.observe("ph")
    volume = min(max(strength * error, 0.005), 0.05) if error > 0.05 else 0.0
    culture.add(volume, BASE)
    return volume


def test_ecoli_batch_ends_in_a_spike_of_oxygen_and_eats_its_acetate(ecoli):
    culture = ecoli()
    oxygen, acetate = [], []
    for minute in range(1, 601):
        if minute % 10 == 0:
            hold_ph(culture)
        culture.advance(60.0 * minute)
        oxygen.append(culture.observe("do"))
        acetate.append(culture.composition()["acetate"])
    lowest = int(np.argmin(oxygen))
    spike = next(m for m in range(lowest, 600) if oxygen[m] > 75.0)
    assert oxygen[lowest] < 60.0
    assert 7 * 60 < spike < 10 * 60
    assert spike - lowest < 30
    assert 0.15 < max(acetate) < 0.4
    assert acetate[-1] < 0.02
    assert culture.composition()["biomass"] == pytest.approx(2.9, abs=0.2)


@pytest.mark.parametrize("rate", [1.0, 4.8])
def test_each_bolus_makes_a_dip_of_oxygen(ecoli, rate):
    culture = ecoli(biomass=20.0, glucose_g_l=0.0, temperature_c=30.0, stirring_rpm=3000.0)
    culture.advance(600.0)
    before = culture.observe("do")
    culture.add(rate / 6.0 * 10.0 / 400.0, GLUCOSE)
    dip = []
    for second in range(600, 1201, 10):
        culture.advance(float(second))
        dip.append(culture.observe("do"))
    assert before > 90.0
    assert 25.0 < min(dip) < 75.0
    assert dip[-1] > 85.0


def activity(feed: float, iptg_um: float) -> float:
    """The published study in short: 15 h of boluses at 30 degC, induced after 1 h."""
    start = Start(10.0, 2.9, 30.0, 6.9, 3000.0)
    culture = Culture("e-coli", start, vessel_physics("2mag-10mL"))
    for step in range(90):
        culture.add(feed / 6.0 / 40.0, GLUCOSE)
        hold_ph(culture)
        if step == 6:
            culture.add(0.01 * iptg_um, Reagent("iptg", iptg_mm=1.0))
        culture.advance(600.0 * (step + 1))
    return culture.composition()["activity"]


def test_activity_has_its_best_region_inside():
    best = activity(1.9, 11.0)
    assert best == pytest.approx(0.72, abs=0.1)
    corners = [activity(f, i) for f in (1.0, 4.8) for i in (0.24, 32.0)]
    assert max(corners) < 0.8 * best
    assert max(activity(1.0, 11.0), activity(4.8, 11.0), activity(1.9, 32.0)) < best


def test_ph_falls_by_about_one_without_base_and_base_restores_it(ecoli):
    culture = ecoli()
    culture.advance(10 * HOUR)
    low = culture.observe("ph")
    assert 5.5 < low < 6.3
    added = 0.0
    while culture.observe("ph") < 6.85:
        culture.add(0.01, BASE)
        added += 0.01
    assert 0.04 < added < 0.15


def cho_fed_batch(temperature_c: float = 33.5, ph: float = 7.0, feed_g_l_h: float = 0.12):
    start = Start(200.0, 0.3e6, 37.0, 7.1, 800.0, glucose_g_l=5.0, glutamine_mm=4.0)
    culture = Culture("cho", start, vessel_physics("stirred-250mL"))
    feed = Reagent("feed", glucose_g_l=150.0, glutamine_mm=60.0)
    viability = []
    for hour in range(14 * 24):
        if hour == 120:
            culture.set("temperature", temperature_c)
        if hour >= 72 and hour % 6 == 0:
            culture.add(feed_g_l_h * 6.0 / 150.0 * culture.observe("volume"), feed)
        hold_ph(culture, 7.1 if hour < 120 else ph, 2.0)
        culture.advance(HOUR * (hour + 1))
        viability.append(culture.composition()["viability"])
    return culture, viability


def test_cho_fed_batch_is_plausible():
    culture, viability = cho_fed_batch()
    end = culture.composition()
    assert 2.0 < end["titer"] < 5.0
    assert 5e6 < end["biomass"] < 20e6
    assert 60.0 < end["viability"] < 90.0
    assert viability == sorted(viability, reverse=True)
    assert 10.0 < end["lactate"] < 40.0
    assert min(end.values()) >= 0.0


def test_cho_titer_has_its_best_region_inside():
    best = cho_fed_batch()[0].composition()["titer"]
    for other in ((31.0, 7.0, 0.12), (36.0, 7.0, 0.12), (33.5, 7.2, 0.12), (33.5, 7.0, 0.03)):
        assert cho_fed_batch(*other)[0].composition()["titer"] < best


def test_cho_without_base_drifts_down_with_lactate(cho):
    culture = cho()
    culture.advance(5 * 24 * HOUR)
    assert culture.composition()["lactate"] > 8.0
    assert -0.4 < culture.observe("ph") - 7.1 < -0.1


def test_cho_starves_to_death_where_the_published_model_lives_on(cho):
    culture = cho()
    culture.advance(14 * 24 * HOUR)
    assert culture.composition()["glucose"] < 0.05
    assert culture.composition()["viability"] < 30.0


@settings(max_examples=25, deadline=None)
@given(
    organism=st.sampled_from(["e-coli", "cho"]),
    doings=st.lists(
        st.tuples(
            st.sampled_from(["feed", "base", "temperature", "stirring", "gas_flow", "take"]),
            st.floats(0.0, 1.0),
            st.floats(10.0, 20_000.0),
        ),
        max_size=12,
    ),
)
def test_nothing_becomes_negative_or_lost_whatever_is_done(organism, doings):
    if organism == "e-coli":
        start = Start(10.0, 1.0, 37.0, 6.9, 2000.0, glucose_g_l=5.0)
        culture = Culture(organism, start, vessel_physics("2mag-10mL"))
    else:
        start = Start(200.0, 2e6, 37.0, 7.1, 400.0, glucose_g_l=5.0, glutamine_mm=4.0)
        culture = Culture(organism, start, vessel_physics("stirred-250mL"))
    full = start.volume_ml
    controls = {"temperature": 45.0, "stirring": 3000.0, "gas_flow": 100.0}
    for what, size, wait_s in doings:
        match what:
            case "feed":
                culture.add(0.05 * size * full, Reagent("f", glucose_g_l=300, glutamine_mm=50))
            case "base":
                culture.add(0.01 * size * full, BASE)
            case "take":
                culture.withdraw(0.05 * size * full)
            case _:
                culture.set(what, size * controls[what])
        culture.advance(culture.now_s + wait_s)
        assert all(math.isfinite(v) and v >= 0.0 for v in culture.composition().values())
        assert all(math.isfinite(culture.observe(c)) for c in ("ph", "od", "temperature"))
        assert culture.observe("do") >= 0.0


def test_glucose_that_came_is_in_the_vessel_the_samples_or_the_cells(ecoli):
    """Without cells nothing is lost; with them it becomes biomass at about half a gram a gram."""
    eaten_g, grown_g = [], []
    for biomass in (0.0, 3.0):
        culture = ecoli(biomass=biomass, stirring_rpm=3000.0, glucose_g_l=0.0, ph=7.4)
        fed_g, taken_g, harvest_g = 0.0, 0.0, 0.0
        for step in range(36):
            culture.add(0.01, GLUCOSE)
            fed_g += 0.01 * 0.4
            culture.advance(600.0 * (step + 1))
            sample = culture.withdraw(0.05)
            taken_g += sample["glucose"] * 0.05e-3
            harvest_g += sample["biomass"] * 0.05e-3
        volume_l, end = culture.observe("volume") / 1000.0, culture.composition()
        eaten_g.append(fed_g - taken_g - end["glucose"] * volume_l)
        grown_g.append(harvest_g + end["biomass"] * volume_l - biomass * 0.01)
    assert eaten_g[0] == pytest.approx(0.0, abs=1e-12)
    assert 0.48 < grown_g[1] / eaten_g[1] < 0.56


def test_lactate_mirrors_glucose(cho):
    """With uptake of lactate shut off, lactate is 0.70 mol per mol glucose, as published."""
    start = Start(200.0, 0.3e6, 37.0, 7.1, 500.0, glucose_g_l=5.0, glutamine_mm=4.0)
    culture = Culture(Cho(ChoParameters(q_lac=0.0)), start, vessel_physics("stirred-250mL"))
    culture.advance(96 * HOUR)
    volume_ml, end = culture.observe("volume"), culture.composition()
    eaten_mmol = (5.0 * 200.0 - end["glucose"] * volume_ml) / 180.156
    assert end["lactate"] * volume_ml / 1000.0 == pytest.approx(0.70 * eaten_mmol, rel=1e-4)


def test_volume_is_what_came_less_what_went_less_evaporation(ecoli):
    culture = ecoli()
    culture.add(0.5, WATER)
    culture.withdraw(0.2)
    culture.advance(10 * HOUR)
    assert culture.observe("volume") == pytest.approx(10.0 + 0.5 - 0.2 - 10 * 0.01, rel=1e-9)


def test_water_dilutes_cells_and_inducer_but_leaves_ph(ecoli):
    culture = ecoli()
    culture.add(0.1, Reagent("iptg", iptg_mm=1.0))
    before, ph = culture.composition(), culture.observe("ph")
    culture.add(culture.observe("volume"), WATER)
    after = culture.composition()
    for name in ("biomass", "glucose", "iptg"):
        assert after[name] == pytest.approx(before[name] / 2.0)
    assert culture.observe("ph") == pytest.approx(ph, abs=1e-9)


def test_the_same_doings_give_the_same_bits(ecoli):
    def run() -> bytes:
        culture = ecoli()
        for minute in range(1, 120):
            culture.advance(60.0 * minute)
            culture.add(0.001, GLUCOSE)
        return culture._state.tobytes()

    assert run() == run()


def test_temperature_approaches_its_set_point_by_first_order(ecoli):
    culture = ecoli()
    culture.set("temperature", 30.0)
    culture.advance(180.0)
    assert culture.observe("temperature") == pytest.approx(30.0 + 7.0 / math.e, abs=1e-3)


def test_oxygen_follows_gas_and_stirring(ecoli):
    idle = ecoli(biomass=0.0)
    idle.set("oxygen", 41.9)
    idle.advance(0.5 * HOUR)
    assert idle.observe("do") == pytest.approx(200.0, abs=0.1)
    growing = ecoli(biomass=2.0, stirring_rpm=3000.0)
    growing.advance(600.0)
    fast = growing.observe("do")
    growing.set("stirring", 1000.0)
    growing.advance(1200.0)
    assert growing.observe("do") < fast - 30.0


def test_steps_below_the_resolution_are_put_off(ecoli):
    culture = ecoli()
    culture.advance(0.9)
    assert culture.now_s == 0.0
    culture.advance(1.5)
    assert culture.now_s == 1.5
    culture.advance(1.0)
    assert culture.now_s == 1.5


@given(ph=st.floats(4.5, 9.5), carbon=st.floats(0.01, 50.0), buffer=st.floats(1.0, 100.0))
def test_ph_and_alkalinity_are_inverse(ph, carbon, buffer):
    alkalinity = broth.alkalinity_at(ph, carbon, buffer, 7.0)
    inner = 2e-3 < alkalinity / (carbon + buffer) < 0.998
    if inner:
        assert broth.ph_of(alkalinity, carbon, buffer, 7.0) == pytest.approx(ph, abs=1e-6)


def test_oxygen_saturation_is_that_of_the_nist_constants():
    assert broth.oxygen_saturation(37.0) == pytest.approx(0.2271, abs=5e-5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda c: c.set("light", 1.0), "no control 'light'; a culture has temperature, "),
        (lambda c: c.set("oxygen", 101.0), "oxygen cannot be set to 101"),
        (lambda c: c.set("stirring", math.nan), "stirring cannot be set to nan"),
        (lambda c: c.add(-1.0, WATER), "cannot add -1 mL of water"),
        (lambda c: c.withdraw(11.0), "cannot withdraw 11 mL from 10 mL"),
        (lambda c: c.observe("colour"), "no channel 'colour' in a culture"),
    ],
)
def test_mistakes_are_plain_sentences(ecoli, wrong, message):
    with pytest.raises(TwinError, match=message):
        wrong(ecoli())


def test_unknown_organism_and_vessel_name_the_known_ones():
    with pytest.raises(TwinError, match="'yeast'; there are twins of e-coli, cho"):
        twin.deviations("yeast")
    with pytest.raises(TwinError, match="'flask'; the twin knows 2mag-10mL, stirred-250mL"):
        vessel_physics("flask")


@pytest.mark.parametrize("organism", ["e-coli", "cho"])
def test_every_number_has_a_source_and_ours_are_unverified(organism):
    rows = twin.sources(organism)
    assert len(rows) > 30
    assert all(row.source for row in rows)
    assert all(row.evidence == "unverified" for row in rows if row.source.startswith("ours"))
    assert any("unverified" in sentence for sentence in twin.deviations(organism))
    assert twin.units(organism)["product"] == "g/L"
