"""Cultures in a bank live exactly as they would by themselves."""

import numpy as np
import pytest

from twin import Bank, Culture, Reagent, Start, TwinError, vessel_physics
from twin.kinetics.cho import Cho, ChoParameters

MEDIUM = Start(10.0, 5e5, 37.0, 7.0, 600.0, glucose_g_l=6.0, glutamine_mm=4.0)
FEED = Reagent("feed", glucose_g_l=100.0)
CHANNELS = ("temperature", "ph", "do", "od", "volume", "stirring", "gas_flow", "oxygen")


def cultures() -> list[Culture]:
    """Three that differ in their start, their organism's parameters and their resolution."""
    vessel = vessel_physics("2mag-10mL")
    return [
        Culture("cho", MEDIUM, vessel),
        Culture(Cho(ChoParameters(mu_max=0.05)), MEDIUM, vessel),
        Culture("cho", MEDIUM, vessel, resolution_s=90.0),
    ]


def test_a_bank_gives_the_bits_that_its_cultures_give_alone():
    alone, together = cultures(), cultures()
    bank = Bank(together)
    for scan in range(1, 200):
        times = 60.0 * scan + np.array([0.0, 0.5, 1.0])
        for culture, time_s in zip(alone, times, strict=True):
            culture.advance(time_s)
        bank.advance(times)
        for some in (alone, together):
            some[scan % 3].add(0.01, FEED)
            some[(scan + 1) % 3].set("stirring", 500.0 + scan)
    for one, other in zip(alone, together, strict=True):
        for part, same in zip(one.memory(), other.memory(), strict=True):
            assert part.tobytes() == same.tobytes()
        assert one.now_s == other.now_s
    for channel in CHANNELS:
        seen = bank.observe(channel)
        assert seen.tolist() == [culture.observe(channel) for culture in alone]


def test_an_instrument_looks_at_a_culture_wherever_it_lives():
    (culture, *others) = cultures()
    instrument = culture.observer("volume")
    bank = Bank([culture, *others])
    culture.add(1.0, FEED)
    assert instrument() == culture.observe("volume") == bank.observe("volume")[0]
    culture.advance(100.0)
    bank.advance(np.full(3, 50.0))  # nobody goes back
    assert culture.now_s == 100.0


def test_what_cannot_live_on_together_is_said():
    vessel = vessel_physics("2mag-10mL")
    with pytest.raises(TwinError, match="different organisms"):
        Bank([Culture("cho", MEDIUM, vessel), Culture("e-coli", MEDIUM, vessel)])
    bank = Bank(cultures())
    with pytest.raises(TwinError, match="no channel 'colour'"):
        bank.observe("colour")


def test_a_culture_that_cannot_be_integrated_on_is_told():
    some = cultures()
    bank = Bank(some)
    some[1].memory().state[5] = np.nan
    with pytest.raises(TwinError, match="could not be integrated past"):
        bank.advance(np.full(3, 600.0))
