import pytest

from hardware.emulators.deck import AIR, WASH_LIQUID
from tests.hardware.bench import SmallStation, on_small_station

STEP_ML = 1 / 3000


def command(text: bytes):
    """Cavro requests with a command in them."""
    return lambda data: text in data


def once(wanted):
    """Only the first request that is wanted."""
    seen = []

    def first(data: bytes) -> bool:
        if seen or not wanted(data):
            return False
        seen.append(data)
        return True

    return first


async def opened(small: SmallStation):
    await small.arm.open()
    return small.arm


def test_doses_from_one_load_arrive_to_the_step():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        for vessel, volume_ml in (("A1", 0.014), ("B2", 0.0501), ("A1", 0.1)):
            outcome = await handler.dose("glucose", vessel, volume_ml)
            assert outcome.status == "done"
            assert outcome.value == pytest.approx(volume_ml, abs=STEP_ML / 2)
        assert small.received("A1") == {"glucose": pytest.approx(0.114, abs=1e-5)}
        assert small.received("B2") == {"glucose": pytest.approx(0.05, abs=1e-5)}
        assert small.plant.lost == []
        drawn_ml = 5.0 - handler.stock.sources["glucose"].remaining_ml
        assert drawn_ml == pytest.approx(0.99, abs=1e-6), "one refill served all three"
        assert small.deck.sources["glucose"] == pytest.approx(5.0 - drawn_ml)

    on_small_station(scenario)


def test_a_loaded_line_doses_a_neighbour_fast_and_the_estimate_knows():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        for vessel, at_most_s in (("A1", 12.0), ("A2", 3.0), ("B2", 3.0)):
            expected_s = handler.estimate_s("dose", "glucose", vessel, 0.014)
            start_s = small.loop.time()
            await handler.dose("glucose", vessel, 0.014)
            took_s = small.loop.time() - start_s
            assert took_s == pytest.approx(expected_s, rel=0.3)
            assert took_s < at_most_s

    on_small_station(scenario)


def test_a_dose_larger_than_the_syringe_is_given_in_parts():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        outcome = await handler.dose("glucose", "A1", 2.5)
        assert (outcome.status, outcome.value) == ("done", 2.5)
        assert small.received("A1") == {"glucose": 2.5}

    on_small_station(scenario)


def test_the_line_is_washed_between_sources():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        await handler.dose("iptg", "A1", 0.1)
        await handler.dose("glucose", "A1", 0.1)
        assert small.received("A1") == {"glucose": 0.2, "iptg": 0.1}
        assert {portion.content for portion in small.deck.tip} == {AIR, "glucose"}
        assert small.plant.lost == []

    on_small_station(scenario)


def test_a_sample_goes_to_its_well_and_leaves_a_clean_line():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        outcome = await handler.sample("B1", 0.15, "plate1/C7")
        assert (outcome.status, outcome.value) == ("done", 0.15)
        well = small.plant.wells["plate1/C7"]
        assert (well.vessel, well.volume_ml) == ("B1", pytest.approx(0.15))
        assert small.plant.withdrawn["B1"] == pytest.approx(0.15)
        assert {portion.content for portion in small.deck.tip} <= {AIR, WASH_LIQUID}

    on_small_station(scenario)


@pytest.mark.parametrize(
    ("dose", "says"),
    [
        (("base", "A1", 0.1), "there is no source 'base' on the deck; there is glucose, iptg"),
        (("iptg", "C9", 0.1), "there is no vessel 'C9' on the deck; there is A1, A2, B1, B2"),
        (("iptg", "A1", 0.0001), "less than one step of the plunger (0.33 µL)"),
        (("iptg", "A1", 1.5), "source 'iptg' is empty: 1 mL left"),
    ],
)
def test_what_cannot_be_dosed_moves_nothing(dose, says):
    async def scenario(small: SmallStation):
        handler = await opened(small)
        before = small.runners["robot"].bus.health.transactions
        outcome = await handler.dose(*dose)
        assert (outcome.status, outcome.detail, outcome.value) == ("not done", says, 0.0)
        assert small.runners["robot"].bus.health.transactions == before

    on_small_station(scenario)


@pytest.mark.parametrize(
    ("well", "says"),
    [
        ("plate2/A1", "there is no plate 'plate2' on the deck; there is plate1"),
        ("plate1/Z1", "plate1 has 8 x 12 wells, no Z1"),
        ("plate1/a1", "'a1' is not a position such as 'A1'"),
    ],
)
def test_a_well_that_is_not_there(well, says):
    async def scenario(small: SmallStation):
        handler = await opened(small)
        outcome = await handler.sample("A1", 0.1, well)
        assert (outcome.status, outcome.detail) == ("not done", says)

    on_small_station(scenario)


def test_a_lost_acknowledgement_is_repeated_and_the_dose_given_once():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        small.ports["syringe"].mute = once(command(b"A"))
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("done", 0.1)
        assert small.received("A1") == {"glucose": 0.2}

    on_small_station(scenario)


def test_a_lost_command_is_repeated_and_the_dose_given_once():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        small.ports["syringe"].deaf = once(command(b"A"))
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("done", 0.1)
        assert small.received("A1") == {"glucose": 0.2}

    on_small_station(scenario)


def test_a_move_that_nobody_heard_is_not_done():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        small.ports["syringe"].deaf = command(b"A")
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        small.ports["syringe"].deaf = lambda data: False
        assert (await handler.dose("glucose", "A1", 0.1)).status == "done"
        assert small.received("A1") == {"glucose": 0.2}

    on_small_station(scenario)


def test_a_pump_that_went_silent_leaves_the_dose_unknown_then_the_arm_asks_and_washes():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        small.ports["syringe"].mute = lambda data: True
        outcome = await handler.dose("glucose", "A1", 0.1)
        assert (outcome.status, outcome.value) == ("unknown", None)
        assert (await handler.dose("glucose", "A1", 0.1)).status == "not done"
        small.ports["syringe"].mute = lambda data: False
        outcome = await handler.dose("glucose", "A2", 0.1)
        assert (outcome.status, outcome.value) == ("done", 0.1)
        assert small.received("A1") == {"glucose": 0.2}, "the unknown dose, given once"
        assert small.received("A2") == {"glucose": 0.1}
        assert small.plant.lost == []

    on_small_station(scenario)


def test_a_gantry_that_lost_its_zero_is_homed_and_the_dose_given():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        small.runners["robot"].submit(lambda bus: bus.tell(b"M84\n"))
        outcome = await handler.dose("glucose", "B2", 0.1)
        assert (outcome.status, outcome.value) == ("done", 0.1)
        assert small.received("B2") == {"glucose": 0.1}

    on_small_station(scenario)


def test_a_dead_gantry_gives_no_dose():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        await handler.dose("glucose", "A1", 0.1)
        small.ports["robot"].deaf = lambda data: True
        outcome = await handler.dose("glucose", "B2", 0.1)
        assert (outcome.status, outcome.value) == ("not done", 0.0)
        assert small.received("B2") == {}
        outcome = await handler.sample("B2", 0.1, "plate1/A1")
        assert (outcome.status, outcome.value) == ("not done", 0.0)

    on_small_station(scenario)


def test_an_emptied_bottle_is_noticed():
    async def scenario(small: SmallStation):
        handler = await opened(small)
        assert (await handler.dose("iptg", "A1", 0.9)).status == "done"
        outcome = await handler.dose("iptg", "A1", 0.5)
        assert outcome.status == "not done"
        assert outcome.detail.startswith("source 'iptg' is empty: 0.1")

    on_small_station(scenario)
