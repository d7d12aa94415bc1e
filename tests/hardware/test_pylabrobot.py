"""The liquid handler through PyLabRobot, with its own chatterbox backend and rehearsed."""

import asyncio
import inspect
from copy import deepcopy
from pathlib import Path

import pytest

from hardware import InlineRunner, Station
from hardware.bus import Bus
from hardware.emulators import Plant, emulate
from hardware.errors import DeviceFault
from hardware.handler import Handler
from hardware.liquid_handler import LiquidHandler
from hardware.pylabrobot_deck import RobotDeck
from hardware.pylabrobot_handler import PyLabRobotHandler
from hardware.station_spec import ONLY_ARM, StationSpec
from hardware.stock import Use
from orchestrator.doctor.lines import ask_devices
from orchestrator.doctor.machine import Machine
from orchestrator.engine.clock import run_on_virtual_time
from orchestrator.protocol import load_station
from tests.hardware.bench import LINE, SMALL
from tests.hardware.standin import StandInCulture

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PLATE = "cor_96_wellplate_360uL_Fb"
ROBOT = {
    "family": "pylabrobot",
    "backend": "chatterbox",
    "deck": {
        "model": "STARLetDeck",
        "labware": {
            "tips": {"model": "hamilton_96_tiprack_1000uL_filter", "carrier": "tip-carrier"},
            "tip-carrier": {"model": "TIP_CAR_480_A00", "rails": 3},
            "plates": {"model": "PLT_CAR_L5AC_A00", "rails": 15},
            "array": {"model": PLATE, "carrier": "plates"},
            "bottles": {"model": PLATE, "carrier": "plates", "site": 1},
            "plate1": {"model": PLATE, "carrier": "plates", "site": 2},
        },
        "vessels": "array",
        "sources": {"glucose": {"place": "bottles/A1", "volume": "5 mL"}},
        "plates": {"plate1": {"well": "0.36 mL"}},
        "tips": ["tips"],
    },
}
GRID = {"x": "600 mm", "y": "100 mm", "z": "120 mm", "pitch_x": "27 mm", "pitch_y": "27 mm"}


def station(**deck) -> StationSpec:
    """The small station, its arm replaced by a robot."""
    raw = deepcopy(SMALL)
    raw["ports"] = {"vials": LINE}
    raw["devices"] = [device for device in raw["devices"] if device["family"] == "evolver"]
    raw["liquid_handler"] = ROBOT | {"deck": ROBOT["deck"] | deck}
    return StationSpec.model_validate(raw)


def handler(**deck) -> PyLabRobotHandler:
    pytest.importorskip("pylabrobot", reason="the extra inoculum[pylabrobot] is not installed")
    spec = station(**deck)
    return PyLabRobotHandler(spec.liquid_handler, spec.vessels.names)


def calls(arm: PyLabRobotHandler) -> list[tuple[str, str, float]]:
    """What the backend of an opened arm is told: verb, place, µL."""
    told = []
    backend = arm._robot.backend
    for verb in ("aspirate", "dispense"):
        inner = getattr(backend, verb)

        async def heard(ops, use_channels, verb=verb, inner=inner, **more):
            told.extend((verb, op.resource.name, op.volume) for op in ops)
            await inner(ops, use_channels, **more)

        setattr(backend, verb, heard)
    return told


def test_both_arms_are_what_the_engine_asks_for():
    for name in ("dose", "sample", "recall", "estimate_s", "open", "close"):
        asked = inspect.signature(getattr(Handler, name))
        assert inspect.signature(getattr(LiquidHandler, name)) == asked
        assert inspect.signature(getattr(PyLabRobotHandler, name)) == asked


def test_doses_and_samples_reach_the_backend():
    async def scenario():
        arm = handler()
        await arm.open()
        told = calls(arm)
        assert arm.estimate_s("dose", "glucose", "A1", 0.05) == 45.0
        outcome = await arm.dose("glucose", "A1", 0.05)
        assert (outcome.status, outcome.value) == ("done", 0.05)
        outcome = await arm.sample("A2", 0.15, "plate1/C7")
        assert (outcome.status, outcome.value) == ("done", 0.15)
        assert told == [
            ("aspirate", "bottles_well_A1", 50.0),
            ("dispense", "array_well_A1", 50.0),
            ("aspirate", "array_well_A2", 150.0),
            ("dispense", "plate1_well_C7", 150.0),
        ]
        assert arm.stock.sources["glucose"].remaining_ml == pytest.approx(4.95)
        await arm.close()

    asyncio.run(scenario())


def test_vessels_that_are_no_labware_stand_at_their_places():
    async def scenario():
        arm = handler(vessels=GRID)
        await arm.open()
        told = calls(arm)
        assert (await arm.dose("glucose", "B2", 0.05)).status == "done"
        assert told[-1] == ("dispense", "vessel B2", 50.0)
        middle = arm._robot.deck.get_resource("vessel B2").get_absolute_location("c", "c", "b")
        assert (middle.x, middle.y, middle.z) == (627.0, 127.0, 120.0)

    asyncio.run(scenario())


def test_a_deck_with_slots():
    async def scenario():
        arm = handler(
            model="OTDeck",
            labware={
                "tips": {"model": "hamilton_96_tiprack_1000uL_filter", "slot": 1},
                "array": {"model": PLATE, "slot": 2},
                "plate1": {"model": PLATE, "slot": 3},
                "bottles": {"model": PLATE, "slot": 4},
            },
        )
        await arm.open()
        told = calls(arm)
        assert (await arm.dose("glucose", "B2", 0.05)).status == "done"
        assert (await arm.dose("glucose", "A1", 0.05)).status == "done"
        assert told[-1] == ("dispense", "array_well_A1", 50.0)

    asyncio.run(scenario())


def test_more_than_a_tip_holds_goes_in_parts():
    async def scenario():
        arm = handler()
        await arm.open()
        told = calls(arm)
        assert (await arm.dose("glucose", "A1", 2.5)).value == 2.5
        given = [volume for verb, _, volume in told if verb == "dispense"]
        assert sum(given) == pytest.approx(2500)
        assert len(given) == 3
        assert arm.estimate_s("dose", "glucose", "A1", 2.5) == 3 * 45.0

    asyncio.run(scenario())


def test_what_breaks_off_is_unknown_only_while_the_vessel_is_concerned():
    async def scenario():
        arm = handler()
        await arm.open()
        backend = arm._robot.backend

        async def broken(*_, **__):
            raise RuntimeError("clot")

        working, backend.dispense = backend.dispense, broken
        outcome = await arm.dose("glucose", "A1", 0.05)
        assert (outcome.status, outcome.value) == ("unknown", None)
        assert "clot" in outcome.detail
        outcome = await arm.sample("A1", 0.05, "plate1/A1")
        assert (outcome.status, outcome.value) == ("not done", 0.05)
        assert outcome.detail == "drawn, but not delivered: clot"
        backend.dispense = working
        assert (await arm.dose("glucose", "A1", 0.05)).status == "done"
        backend.aspirate = broken
        outcome = await arm.dose("glucose", "A1", 0.05)
        assert (outcome.status, outcome.detail, outcome.value) == ("not done", "clot", 0.0)
        outcome = await arm.sample("A1", 0.05, "plate1/A1")
        assert (outcome.status, outcome.value) == ("unknown", None)

    asyncio.run(scenario())


def test_marks_tell_what_became_of_a_transfer_that_was_cut_off():
    async def scenario():
        arm = handler()
        await arm.open()
        marks = []
        await arm.dose("glucose", "A1", 1.5, marks.append)
        said = [await arm.recall(mark) for mark in marks]
        assert [outcome.status for outcome in said] == ["unknown", "not done", "unknown", "done"]
        assert (said[1].value, said[3].value) == (pytest.approx(1.065), 1.5)
        marks.clear()
        await arm.sample("A1", 0.15, "plate1/A1", marks.append)
        said = [(await arm.recall(mark)).status for mark in marks]
        assert said == ["unknown", "done"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("dose", "says"),
    [
        (("base", "A1", 0.1), "there is no source 'base'; there is glucose"),
        (("glucose", "C9", 0.1), "there is no vessel 'C9'; there is A1, A2, B1, B2"),
        (("glucose", "A1", 9.0), "source 'glucose' holds 5 mL, not 9"),
    ],
)
def test_what_cannot_be_dosed_moves_nothing(dose, says):
    async def scenario():
        arm = handler()
        await arm.open()
        told = calls(arm)
        outcome = await arm.dose(*dose)
        assert (outcome.status, outcome.detail, told) == ("not done", says, [])
        outcome = await arm.sample("A1", 0.1, "plate9/A1")
        assert outcome.detail == "there is no plate 'plate9'; there is plate1"
        outcome = await arm.sample("A1", 0.1, "plate1/Z9")
        assert outcome.detail.startswith("there is no 'plate1/Z9' on the deck")

    asyncio.run(scenario())


def test_without_tips_nothing_is_given():
    async def scenario():
        arm = handler()
        await arm.open()
        arm._tips = iter(())
        assert (await arm.dose("glucose", "A1", 0.1)).detail == "no tip is left in the racks"

    asyncio.run(scenario())


@pytest.mark.parametrize(("holds", "used", "place"), [(96, 0, "A1"), (96, 9, "B2"), (2, 1, "H12")])
def test_tips_that_were_used_before_are_not_taken_again(holds, used, place):
    async def scenario():
        arm = handler(tips=[{"rack": "tips", "holds": holds}])
        arm.stock.book(Use(tips=used))
        await arm.open()
        assert (await arm.dose("glucose", "A1", 0.1)).status == "done"
        assert arm._robot.head[0].get_tip_origin().name == f"tips_tipspot_{place}"
        assert arm.stock.tips == used + 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("deck", "says"),
    [
        ({"model": "Nowhere"}, "PyLabRobot's catalogue has no 'Nowhere'"),
        ({"model": "StarletDeck"}, "no 'StarletDeck'; did you mean 'STARLetDeck'"),
        ({"plates": {"plate1": {"rows": 16}}}, "no 'plate1/P12' on the deck"),
        ({"sources": {"acid": {"place": "bottles/Z1", "volume": "1 mL"}}}, "no 'bottles/Z1'"),
        ({"tips": [{"rack": "tips", "holds": 97}]}, "rack 'tips' has 96 places, not 97"),
    ],
)
def test_a_deck_that_cannot_be_laid_out_is_a_fault(deck, says):
    async def scenario():
        with pytest.raises(DeviceFault, match=rf"pylabrobot on port 'chatterbox'.*{says}"):
            await handler(**deck).open()

    asyncio.run(scenario())


def test_the_doctor_lays_the_deck_out():
    pytest.importorskip("pylabrobot", reason="the extra inoculum[pylabrobot] is not installed")

    def said(**deck):
        raw = station(**deck).model_copy(update={"ports": {}})
        (finding,) = ask_devices(raw, Machine())
        return finding.status, finding.what

    assert said()[0] == "look"
    assert said(model="Nowhere")[0] == "wrong"


def test_without_the_extra_the_handler_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pylabrobot.resources", None)
    monkeypatch.setitem(__import__("sys").modules, "pylabrobot", None)
    spec = station()
    arm = PyLabRobotHandler(spec.liquid_handler, spec.vessels.names)
    with pytest.raises(DeviceFault, match=r"pip install 'inoculum\[pylabrobot\]'"):
        asyncio.run(arm.open())


@pytest.mark.parametrize(
    ("deck", "says"),
    [
        ({"tips": ["racks"]}, "there is no labware 'racks'; labware of this deck: tips, tip-carr"),
        ({"vessels": "block"}, "there is no labware 'block'"),
        ({"plates": {"plate2": {}}}, "there is no labware 'plate2'"),
        ({"sources": {"a": {"place": "x/A1", "volume": "1 mL"}}}, "there is no labware 'x'"),
        ({"labware": {"tips": {"model": "a"}}}, "stands at one of `rails`, `slot` or `carrier`"),
    ],
)
def test_what_is_wrong_with_a_deck_is_told(deck, says):
    with pytest.raises(ValueError, match=says):
        station(**deck)


def test_it_is_rehearsed_behind_pylabrobot():
    """PyLabRobot's own front end stays in between: its tips run out in the rehearsal too."""
    pytest.importorskip("pylabrobot", reason="the extra inoculum[pylabrobot] is not installed")
    spec = station()

    async def main():
        loop = asyncio.get_running_loop()
        plant = Plant({name: StandInCulture() for name in spec.vessels.names}, noise=False)
        bench = emulate(spec, plant)
        runners = {name: InlineRunner(Bus(port), loop) for name, port in bench.ports().items()}
        array = Station.build(spec, runners, bench.robots)
        await array.open()
        began_s = loop.time()
        arm = array.arms[ONLY_ARM]
        assert (await arm.dose("glucose", "A1", 0.05)).value == 0.05
        assert loop.time() - began_s == pytest.approx(45.0)
        assert (await arm.dose("glucose", "B2", 2.5)).value == 2.5
        assert (await arm.sample("A2", 0.15, "plate1/C7")).value == 0.15
        assert plant.received["A1"] == {"glucose": pytest.approx(0.05)}
        assert plant.received["B2"] == {"glucose": pytest.approx(2.5)}
        assert plant.withdrawn["A2"] == pytest.approx(0.15)
        assert plant.wells["plate1/C7"].vessel == "A2"
        assert plant.wells["plate1/C7"].volume_ml == pytest.approx(0.15)
        done = [(await arm.dose("glucose", "A1", 0.001)).status for _ in range(92)]
        assert done == ["done"] * 91 + ["not done"]
        await array.close()

    run_on_virtual_time(main())


def test_the_shipped_station_is_laid_out():
    pytest.importorskip("pylabrobot", reason="the extra inoculum[pylabrobot] is not installed")
    path = Path(__file__).parents[2] / "protocols" / "stations" / "robot-8.yaml"
    spec = load_station(path)
    deck = RobotDeck(spec.liquid_handler.deck, spec.vessels.names)
    assert len(list(deck.tips())) == 192
