import asyncio
import time
from typing import cast

import pytest

from orchestrator.engine.clock import Clock, NothingLeftToHappen, run_on_virtual_time


async def _three_sleepers() -> list[tuple[str, float]]:
    clock = Clock(asyncio.get_running_loop())
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, period_s: float, count: int) -> None:
        for number in range(1, count + 1):
            await clock.sleep_until(number * period_s)
            woken.append((name, clock.now()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("a", 60.0, 5))
        group.create_task(sleeper("b", 90.0, 3))
        group.create_task(sleeper("c", 86_400.0, 14))
    return woken


def test_fourteen_days_pass_at_once_and_in_order() -> None:
    began = time.monotonic()
    woken = run_on_virtual_time(_three_sleepers())
    assert time.monotonic() - began < 60
    assert [at for _, at in woken] == sorted(at for _, at in woken)
    assert woken[-1] == ("c", 14 * 86_400.0)
    assert woken == run_on_virtual_time(_three_sleepers())


def test_a_night_in_which_everybody_waits_is_an_error_and_no_hang() -> None:
    async def wait_for_nobody() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingLeftToHappen):
        run_on_virtual_time(wait_for_nobody())


def test_the_same_clock_on_wall_time() -> None:
    async def nap() -> float:
        clock = Clock(asyncio.get_running_loop())
        await clock.sleep_until(0.05)
        await clock.sleep_until(0.0)
        return clock.now()

    assert asyncio.run(nap()) >= 0.05


class Times:
    """Three clocks that a test turns."""

    def __init__(self) -> None:
        self.awake = self.boot = self.wall = 0.0

    def time(self) -> float:
        return self.awake

    def pass_(self, awake: float, boot: float, wall: float) -> None:
        self.awake += awake
        self.boot += boot
        self.wall += wall


@pytest.mark.parametrize("has_boot", [True, False])
def test_a_sleep_counts_as_campaign_time_and_a_jump_does_not(has_boot: bool) -> None:
    times = Times()
    loop = cast(asyncio.AbstractEventLoop, times)
    clock = Clock(loop, lambda: times.wall, (lambda: times.boot) if has_boot else None)
    times.pass_(60.0, 60.01, 60.2)
    assert clock.lapse() == (0.0, 0.0)
    times.pass_(60.0, 660.0, 660.0)
    assert clock.lapse() == (600.0, 0.0)
    assert clock.now() == 720.0
    times.pass_(60.0, 60.0, -3540.0)
    assert clock.lapse() == (0.0, -3600.0)
    assert clock.now() == 780.0
