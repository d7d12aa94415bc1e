"""The liquid handler through PyLabRobot, with its own chatterbox backend."""

import asyncio
import inspect

import pytest

from hardware.errors import DeviceFault
from hardware.liquid_handler import LiquidHandler
from hardware.pylabrobot_handler import PyLabRobotHandler

pytest.importorskip("pylabrobot", reason="the extra inoculum[pylabrobot] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

VESSELS = {"A1": "array/A1", "A2": "array/A2"}


def handler(tips: tuple[str, ...] = ("tips",), **changes) -> PyLabRobotHandler:
    from pylabrobot.liquid_handling import LiquidHandler as Robot
    from pylabrobot.liquid_handling.backends import LiquidHandlerChatterboxBackend
    from pylabrobot.resources import (
        PLT_CAR_L5AC_A00,
        TIP_CAR_480_A00,
        Cor_96_wellplate_360ul_Fb,
        hamilton_96_tiprack_1000uL_filter,
    )
    from pylabrobot.resources.hamilton import STARLetDeck

    deck = STARLetDeck()
    tip_carrier, plate_carrier = TIP_CAR_480_A00(name="tip carrier"), PLT_CAR_L5AC_A00(name="car")
    tip_carrier[0] = hamilton_96_tiprack_1000uL_filter(name="tips")
    for i, name in enumerate(("array", "bottles", "plate1")):
        plate_carrier[i] = Cor_96_wellplate_360ul_Fb(name=name)
    deck.assign_child_resource(tip_carrier, rails=3)
    deck.assign_child_resource(plate_carrier, rails=15)
    robot = Robot(backend=LiquidHandlerChatterboxBackend(), deck=deck)
    options = {
        "vessels": VESSELS,
        "sources": {"glucose": "bottles/A1"},
        "volumes_ml": {"glucose": 5.0},
    }
    return PyLabRobotHandler(robot, tips=tips, **(options | changes))


def calls(arm: PyLabRobotHandler) -> list[tuple[str, str, float]]:
    """What the backend is told: verb, place, µL."""
    told = []
    backend = arm._robot.backend
    for verb in ("aspirate", "dispense"):
        inner = getattr(backend, verb)

        async def heard(ops, use_channels, verb=verb, inner=inner, **more):
            told.extend((verb, op.resource.name, op.volume) for op in ops)
            await inner(ops, use_channels, **more)

        setattr(backend, verb, heard)
    return told


def test_it_has_the_interface_of_our_own_arm():
    for name in ("dose", "sample", "estimate_s", "open"):
        ours = inspect.signature(getattr(LiquidHandler, name))
        assert inspect.signature(getattr(PyLabRobotHandler, name)) == ours


def test_doses_and_samples_reach_the_backend():
    async def scenario():
        arm = handler()
        told = calls(arm)
        await arm.open()
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
        assert arm.sources["glucose"].remaining_ml == pytest.approx(4.95)

    asyncio.run(scenario())


def test_more_than_a_tip_holds_goes_in_parts():
    async def scenario():
        arm = handler()
        told = calls(arm)
        await arm.open()
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


@pytest.mark.parametrize(
    ("dose", "says"),
    [
        (("base", "A1", 0.1), "there is no source 'base'; there is glucose"),
        (("glucose", "C9", 0.1), "there is no vessel 'C9'; there is A1, A2"),
        (("glucose", "A1", 9.0), "source 'glucose' holds 5 mL, not 9"),
    ],
)
def test_what_cannot_be_dosed_moves_nothing(dose, says):
    async def scenario():
        arm = handler()
        told = calls(arm)
        await arm.open()
        outcome = await arm.dose(*dose)
        assert (outcome.status, outcome.detail, told) == ("not done", says, [])
        outcome = await arm.sample("A1", 0.1, "plate9/A1")
        assert outcome.detail.startswith("there is no 'plate9/A1' on the deck")

    asyncio.run(scenario())


def test_without_tips_nothing_is_given():
    async def scenario():
        arm = handler(tips=())
        await arm.open()
        assert (await arm.dose("glucose", "A1", 0.1)).detail == "no tip is left in the racks"

    asyncio.run(scenario())


def test_a_place_that_is_not_on_the_deck_is_a_fault():
    async def scenario():
        arm = handler(vessels={"A1": "nowhere"})
        with pytest.raises(DeviceFault, match=r"LiquidHandlerChatterboxBackend.*no 'nowhere'"):
            await arm.open()

    asyncio.run(scenario())
