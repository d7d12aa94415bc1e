"""The integrator against scipy, and where it is hard: oxygen used up at an affinity of 1e-4 %."""

import numpy as np
from scipy.integrate import solve_ivp

from twin import Culture, Reagent, broth, vessel_physics
from twin._kernel import record
from twin.kinetics import cho as cho_kinetics
from twin.kinetics import ecoli as ecoli_kinetics

GLUCOSE = Reagent("glucose-400", glucose_g_l=400.0)
BASE = Reagent("base", base_mm=3600.0)
FEED = Reagent("feed", glucose_g_l=150.0, glutamine_mm=60.0)


def by_scipy(culture: Culture, span_s: float, method: str = "LSODA") -> None:
    """Move a culture on by scipy at rtol 1e-6, with the same rates."""
    state, conditions = culture._state, culture._conditions
    module = ecoli_kinetics if "acetate" in culture.organism.units else cho_kinetics
    vessel = culture._vessel_record
    n = state.size - broth.INERT
    conditions[broth.KLA] = broth.gas_transfer(vessel[0], conditions, state[broth.VOLUME])

    def rates(_, y):
        slope = np.empty(n)
        full = np.concatenate([y, state[n:]])
        organism, climate = culture.organism.record[0], np.empty(broth.CLIMATE)
        module.climate_of(full, organism, vessel[0], climate)
        module.derivatives(full, organism, vessel[0], conditions, climate, slope)
        return slope

    solution = solve_ivp(
        rates, (0, span_s / 3600.0), state[:n], method=method, rtol=1e-6, atol=1e-8
    )
    state[:n] = solution.y[:, -1]
    broth.settle(state, vessel[0], span_s / 3600.0)


def by_us(culture: Culture, span_s: float) -> None:
    culture.advance(culture.now_s + span_s)


def ecoli_fed_batch(culture: Culture, move) -> Culture:
    for minute in range(0, 480, 5):
        if minute % 10 == 0:
            culture.add(0.06, GLUCOSE)
        if culture.observe("ph") < 6.85:
            culture.add(0.02, BASE)
        if minute == 60:
            culture.add(0.1, Reagent("iptg", iptg_mm=1.0))
            culture.set("temperature", 30.0)
        move(culture, 300.0)
    return culture


def cho_fed_batch(culture: Culture, move) -> Culture:
    for hour in range(0, 14 * 24, 6):
        if hour >= 72:
            culture.add(0.8, FEED)
        if culture.observe("ph") < 6.9:
            culture.add(0.2, BASE)
        if hour == 120:
            culture.set("temperature", 33.0)
        move(culture, 6 * 3600.0)
    return culture


def test_a_whole_fed_batch_of_ecoli_agrees_with_scipy(ecoli):
    fields = {"biomass": 6.0, "glucose_g_l": 0.0, "stirring_rpm": 3000.0}
    ours = ecoli_fed_batch(ecoli(**fields), by_us)
    reference = ecoli_fed_batch(ecoli(**fields), by_scipy)
    np.testing.assert_allclose(ours._state, reference._state, rtol=5e-4, atol=5e-4)


def test_a_whole_fed_batch_of_cho_agrees_with_scipy(cho):
    ours, reference = cho(), cho()
    for culture in (ours, reference):  # the reference keeps the volume within its long steps
        culture._vessel_record["evaporation_ml_h"] = 0.0
    cho_fed_batch(ours, by_us)
    cho_fed_batch(reference, by_scipy)
    np.testing.assert_allclose(ours._state, reference._state, rtol=5e-4, atol=5e-4)


def test_without_oxygen_it_agrees_with_an_implicit_solver(ecoli):
    fields = {"biomass": 8.0, "glucose_g_l": 2.0, "stirring_rpm": 800.0, "ph": 7.2}
    ours, reference = ecoli(**fields), ecoli(**fields)
    by_us(ours, 600.0)
    by_scipy(reference, 600.0, "Radau")
    assert reference._state[broth.DO] < 0.01
    np.testing.assert_allclose(ours._state, reference._state, rtol=5e-4, atol=5e-4)


def test_the_path_hardly_depends_on_how_often_one_looks(ecoli):
    often, seldom = ecoli(), ecoli()
    for minute in range(1, 301):
        often.advance(60.0 * minute)
    seldom.advance(18_000.0)
    np.testing.assert_allclose(often._state, seldom._state, rtol=1e-3, atol=1e-4)


def test_records_of_a_class_share_one_layout_which_is_known_again_at_once():
    first, second = (record(vessel_physics("2mag-10mL")) for _ in range(2))
    assert first.dtype is second.dtype
