import asyncio
import time

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
