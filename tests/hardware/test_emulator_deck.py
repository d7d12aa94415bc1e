"""The emulated deck: no liquid appears or disappears, and the laboratory finds what was sampled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators import AssayError, Deck, Laboratory, Plant
from hardware.specs.liquid_handler import DeckSpec
from hardware.station_spec import VesselArray
from tests.hardware.standin import StandInCulture
from twin import Reagent

SPEC = DeckSpec.model_validate(
    {
        "vessels": {"x": "10 mm", "y": "10 mm", "pitch_x": "20 mm", "pitch_y": "30 mm"},
        "sources": {
            "glucose": {"x": "200 mm", "y": "10 mm", "volume": "5 mL"},
            "base": {"x": "200 mm", "y": "40 mm", "volume": "1 mL"},
        },
        "plates": {"plate1": {"x": "10 mm", "y": "150 mm", "pitch_x": "9 mm", "pitch_y": "9 mm"}},
        "waste": {"x": "250 mm", "y": "10 mm"},
        "wash": {"x": "250 mm", "y": "40 mm"},
    }
)
ARRAY = VesselArray.model_validate(
    {"rows": 2, "columns": 2, "kind": "2mag-10mL", "volume": {"low": "6 mL", "high": "12 mL"}}
)
PLACES = {
    "A1": (10, 10, 20),
    "B2": (30, 40, 20),
    "glucose": (200, 10, 20),
    "base": (200, 40, 20),
    "well A1": (10, 150, 20),
    "well B3": (28, 159, 20),
    "waste": (250, 10, 20),
    "wash": (250, 40, 20),
    "nowhere": (100, 100, 20),
    "above A1": (10, 10, 60),
}


class Bench:
    """A deck whose needle is put by hand."""

    def __init__(self, **values: float) -> None:
        cultures = {name: StandInCulture(**values) for name in ARRAY.names}
        self.plant = Plant(cultures, {"glucose": Reagent("glucose", glucose_g_l=400.0)})
        self.deck = Deck(SPEC, ARRAY.names, self.plant)
        self.cultures = cultures

    def stroke(self, place: str, volume_ml: float, valve: str = "output") -> None:
        self.deck.needle = lambda now_s: PLACES[place]
        self.deck.stroke(volume_ml, valve, 0.0)

    def liquid_ml(self) -> float:
        """All liquid there is, less the wash liquid that came in."""
        deck, plant = self.deck, self.plant
        return (
            sum(deck.sources.values())
            + sum(portion.volume_ml for portion in deck.tip if portion.content != "air")
            + sum(culture.values["volume"] for culture in self.cultures.values())
            + sum(well.volume_ml for well in plant.wells.values())
            + deck.waste_ml
            + deck.lost_ml
            - deck.wash_used_ml
        )


def test_a_dose_goes_from_source_to_vessel():
    bench = Bench()
    bench.stroke("glucose", 0.2)
    bench.stroke("A1", -0.05)
    bench.stroke("B2", -0.15)
    assert bench.deck.sources["glucose"] == pytest.approx(4.8)
    assert bench.plant.received["A1"] == {"glucose": pytest.approx(0.05)}
    assert bench.plant.received["B2"] == {"glucose": pytest.approx(0.15)}
    assert bench.cultures["A1"].added == [
        (pytest.approx(0.05), Reagent("glucose", glucose_g_l=400.0))
    ]
    assert bench.deck.tip == []


def test_the_tip_gives_back_last_what_it_took_first():
    bench = Bench()
    bench.stroke("wash", 0.1)
    bench.stroke("nowhere", 0.01)
    bench.stroke("base", 0.05)
    bench.stroke("A1", -0.06)
    assert bench.plant.received["A1"] == {"base": pytest.approx(0.05)}
    assert [portion.content for portion in bench.deck.tip] == ["wash liquid"]


def test_wash_liquid_from_the_pump_comes_last():
    bench = Bench()
    bench.stroke("nowhere", 0.3, valve="input")
    bench.stroke("base", 0.05)
    bench.stroke("A1", -0.05)
    bench.stroke("waste", -0.3)
    assert bench.plant.received["A1"] == {"base": pytest.approx(0.05)}
    assert bench.deck.waste_ml == pytest.approx(0.3)


@pytest.mark.parametrize("place", ["nowhere", "above A1"])
def test_liquid_beside_everything_is_lost_and_told(place):
    bench = Bench()
    bench.stroke("base", 0.05)
    bench.stroke(place, -0.05)
    assert bench.deck.lost_ml == pytest.approx(0.05)
    assert bench.plant.lost == ["50.0 µL of base went beside everything at 0.0 s"]
    assert bench.plant.received["A1"] == {}


def test_an_empty_bottle_gives_air():
    bench = Bench()
    bench.stroke("base", 1.5)
    bench.stroke("A1", -1.5)
    assert bench.plant.received["A1"] == {"base": pytest.approx(1.0)}
    assert bench.deck.sources["base"] == 0.0


def test_a_vessel_is_not_emptied_to_the_last_drop():
    bench = Bench(volume=1.0)
    bench.stroke("A1", 3.0)
    assert bench.plant.withdrawn["A1"] == pytest.approx(0.9)


def test_a_well_keeps_the_broth_of_its_time():
    bench = Bench(od=10.0)
    bench.stroke("A1", 0.15)
    bench.cultures["A1"].values["od"] = 99.0
    bench.stroke("well B3", -0.15)
    well = bench.plant.wells["plate1/B3"]
    assert (well.vessel, well.volume_ml) == ("A1", pytest.approx(0.15))
    assert well.composition["biomass"] == pytest.approx(4.0)


def test_a_well_mixes_what_it_gets():
    bench = Bench(od=10.0)
    bench.stroke("A1", 0.1)
    bench.stroke("well A1", -0.1)
    bench.stroke("wash", 0.1)
    bench.stroke("well A1", -0.1)
    bench.stroke("B2", 0.2)
    bench.stroke("well A1", -0.2)
    well = bench.plant.wells["plate1/A1"]
    assert well.vessel == "A1+B2"
    assert well.composition["biomass"] == pytest.approx(4.0 * 0.3 / 0.4)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(PLACES)),
            st.floats(-1.0, 1.0),
            st.sampled_from(["output", "output", "input"]),
        ),
        max_size=30,
    )
)
def test_no_liquid_appears_or_disappears(strokes):
    bench = Bench()
    before_ml = bench.liquid_ml()
    for stroke in strokes:
        bench.stroke(*stroke)
    assert bench.liquid_ml() == pytest.approx(before_ml)


@pytest.fixture
def laboratory() -> Laboratory:
    bench = Bench(od=10.0, glucose=2.0)
    for well in ("well A1", "well B3"):
        bench.stroke("A1", 0.15)
        bench.stroke(well, -0.15)
    return Laboratory(bench.plant)


def test_the_laboratory_measures_with_an_error_that_is_its_own(laboratory):
    responses = {"biomass": "g/L", "final_glucose": "mg/mL"}
    wells = ["plate1/A1", "plate1/B3", "plate1/H12"]
    table = laboratory.measure(wells, responses, seed=1)
    assert list(table.index) == wells
    assert table.loc["plate1/A1", "biomass"] == pytest.approx(4.0, rel=0.25)
    assert table.loc["plate1/A1", "biomass"] != table.loc["plate1/B3", "biomass"]
    assert table.loc["plate1/A1", "final_glucose"] == pytest.approx(2.0, rel=0.15)
    assert table.loc["plate1/H12"].isna().all()


def test_a_value_does_not_depend_on_what_else_is_measured(laboratory):
    one = laboratory.measure(["plate1/B3"], {"biomass": "g/L"}, seed=1)
    more = laboratory.measure(["plate1/A1", "plate1/B3"], {"glucose": "g/L", "biomass": "g/L"}, 1)
    assert one.loc["plate1/B3", "biomass"] == more.loc["plate1/B3", "biomass"]
    other = laboratory.measure(["plate1/B3"], {"biomass": "g/L"}, seed=2)
    assert one.loc["plate1/B3", "biomass"] != other.loc["plate1/B3", "biomass"]


def test_the_error_has_the_assays_size():
    bench = Bench(od=10.0)
    bench.stroke("A1", 0.15)
    bench.stroke("well A1", -0.15)
    laboratory = Laboratory(bench.plant)
    found = [
        laboratory.measure(["plate1/A1"], {"biomass": "g/L"}, seed).iloc[0, 0]
        for seed in range(400)
    ]
    assert np.mean(found) == pytest.approx(4.0, rel=0.01)
    assert np.std(found) / 4.0 == pytest.approx(0.05, rel=0.15)


@pytest.mark.parametrize(
    ("name", "unit", "message"),
    [
        ("colour", "", "has no assay for 'colour'; it measures biomass"),
        ("biomass", "degC", "cannot give 'biomass' in 'degC'"),
        ("biomass_per_glucose", "", "has no assay for"),
    ],
)
def test_says_what_it_cannot_measure(laboratory, name, unit, message):
    with pytest.raises(AssayError, match=message):
        laboratory.measure(["plate1/A1"], {name: unit}, seed=1)
