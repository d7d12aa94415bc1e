"""The emulated plant: sensors that blur the same way every time, and the ledger."""

import numpy as np
import pytest

from hardware.emulators import Plant
from tests.hardware.standin import StandInCulture
from twin import Culture, Reagent, Start, VesselPhysics, vessel_physics


def make_plant(seed: int = 1, noise: bool = True) -> Plant:
    return Plant({name: StandInCulture() for name in ("A1", "A2")}, seed=seed, noise=noise)


def readings(plant: Plant, vessel: str, channel: str, count: int = 600) -> list[float]:
    return [plant.read(vessel, channel, 0.0) for _ in range(count)]


def test_perfect_sensors_read_the_truth():
    plant = make_plant(noise=False)
    assert plant.read("A1", "ph", 0.0) == 7.0
    assert plant.read("A1", "do", 0.0) == 80.0


@pytest.mark.parametrize(
    ("channel", "mean", "spread"),
    [("ph", 7.0, 0.01), ("do", 80.0, 0.5), ("od", 1.0, 0.01), ("temperature", 37.0, 0.05)],
)
def test_noise_has_its_size(channel, mean, spread):
    values = readings(make_plant(), "A1", channel)
    assert np.mean(values) == pytest.approx(mean, abs=spread / 5)
    assert np.std(values) == pytest.approx(spread, rel=0.15)


def test_a_reading_depends_on_seed_vessel_channel_and_index_only():
    plain, mixed = make_plant(), make_plant()
    readings(mixed, "A2", "ph")
    readings(mixed, "A1", "do")
    assert readings(plain, "A1", "ph") == readings(mixed, "A1", "ph")
    assert readings(plain, "A1", "ph") != readings(plain, "A2", "ph")
    assert readings(make_plant(seed=2), "A1", "ph") != readings(make_plant(), "A1", "ph")


def test_ph_comes_in_hundredths():
    values = readings(make_plant(), "A1", "ph", 20)
    assert all(abs(value * 100 - round(value * 100)) < 1e-9 for value in values)


def test_a_vessel_lives_on_when_it_is_looked_at_but_not_twice_within_a_second():
    culture = StandInCulture()
    plant = Plant({"A1": culture})
    for now_s in (10.0, 10.4, 10.9, 11.1):
        plant.read("A1", "ph", now_s)
    assert (culture.advances, culture.now_s) == (2, 11.1)


@pytest.mark.parametrize("noise", [True, False])
def test_sensors_show_together_what_they_show_one_by_one(noise):
    channels = ("ph", "do", "od", "temperature", "stirring", "volume")
    single, survey, together = (living_plant(noise) for _ in range(3))
    for scan in range(600):  # more than a block of noise
        now_s = 30.0 * scan
        shown = survey.survey(channels, now_s)
        read = [[single.read(name, one, now_s) for one in channels] for name in single.vessels]
        assert shown.tolist() == read
        rows = [together.read_all(together.vessels, one, now_s) for one in channels]
        assert shown.T.tolist() == rows
        for plant in (single, survey, together):
            plant.add("A2", 0.001, "water", now_s + 10.0)


def living_plant(noise: bool) -> Plant:
    start = Start(10.0, 5e5, 37.0, 7.0, 600.0, glucose_g_l=6.0, glutamine_mm=4.0)
    vessels = {name: Culture("cho", start, vessel_physics("2mag-10mL")) for name in ("A1", "A2")}
    return Plant(vessels, seed=3, noise=noise, starts_s={"A2": 3600.0})


def test_the_ledger_adds_up_and_unknown_bottles_hold_water():
    culture = StandInCulture()
    plant = Plant({"A1": culture}, {"feed": Reagent("feed", glucose_g_l=400)})
    for source in ("feed", "feed", "mystery"):
        plant.add("A1", 0.1, source, 0.0)
    plant.withdraw("A1", 0.25, 0.0)
    assert plant.received["A1"] == {"feed": pytest.approx(0.2), "mystery": 0.1}
    assert plant.withdrawn["A1"] == 0.25
    assert culture.added[0][1].glucose_g_l == 400
    assert culture.added[2][1] == Reagent("mystery")


def test_running_devices_catch_up_before_a_vessel_lives_on():
    plant = make_plant()
    asked: list[float] = []

    def settle(now_s: float) -> None:
        asked.append(now_s)
        plant.add("A1", 0.1, "feed", now_s)  # which makes the vessel live on, too

    plant.on_time(settle)
    plant.read("A2", "ph", 5.0)
    assert asked == [5.0]
    plant.settle(6.0)
    assert asked == [5.0, 6.0]


def test_a_real_culture_lives_in_it():
    culture = Culture("e-coli", Start(10.0, 0.2, 37.0, 6.9, 3000.0, 5.0), VesselPhysics())
    plant = Plant({"A1": culture}, {"feed": Reagent("feed", glucose_g_l=400)}, noise=False)
    before = plant.read("A1", "od", 0.0)
    assert plant.read("A1", "od", 3600.0) > 1.2 * before
    plant.add("A1", 0.1, "feed", 3600.0)
    assert plant.read("A1", "volume", 3600.0) == pytest.approx(10.1, abs=0.05)
    assert plant.composition_units["biomass"] == "g/L"
