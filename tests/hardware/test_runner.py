import asyncio
import threading

import pytest

from hardware.bus import Bus
from hardware.errors import NoReply, PortLost
from hardware.runner import InlineRunner, Priority, ThreadRunner
from orchestrator.engine.clock import run_on_virtual_time
from tests.hardware.scripted import ScriptedPort


class QuietPort(ScriptedPort):
    """Says nothing; on wall time waiting is not emulated."""

    def __init__(self) -> None:
        super().__init__([])
        self.closed = False

    def close(self) -> None:
        self.closed = True


def waiting(seconds: float):
    def job(bus: Bus) -> float:
        bus.wait(seconds)
        return bus.now()

    return job


def in_steps(bus: Bus):
    yield 2.0
    bus.wait(1.0)
    yield 0.0
    return bus.now()


def refusing(bus: Bus) -> None:
    raise NoReply("no reply within 1 s")


def on_virtual_time(scenario):
    async def main():
        loop = asyncio.get_running_loop()
        return await scenario(InlineRunner(Bus(QuietPort()), loop), loop)

    return run_on_virtual_time(main())


def test_a_job_in_memory_takes_virtual_time():
    async def scenario(runner, loop):
        assert await runner.submit(waiting(5.0)) == 5.0
        return loop.time()

    assert on_virtual_time(scenario) == 5.0


def test_jobs_of_one_bus_follow_each_other():
    async def scenario(runner, loop):
        done = []

        async def note(seconds):
            await runner.submit(waiting(seconds))
            done.append(loop.time())

        await asyncio.gather(note(2.0), note(3.0))
        await asyncio.sleep(10.0)
        await note(1.0)
        return done

    assert on_virtual_time(scenario) == [2.0, 5.0, 16.0]


def test_a_job_in_steps_pauses_in_virtual_time():
    async def scenario(runner, loop):
        return await runner.submit(in_steps), loop.time()

    assert on_virtual_time(scenario) == (3.0, 3.0)


def test_an_error_comes_through_the_future_when_it_happened():
    async def scenario(runner, loop):
        with pytest.raises(NoReply):
            await runner.submit(refusing)
        cancelled = runner.submit(waiting(1.0))
        cancelled.cancel()
        await runner.submit(waiting(1.0))
        return loop.time()

    assert on_virtual_time(scenario) == 2.0


def told(order: list[str], word: str):
    return lambda bus: order.append(word)


def test_in_memory_too_a_pause_is_free_for_all_and_the_most_urgent_goes_first():
    async def scenario(runner, loop):
        order: list[tuple[str, float]] = []

        def dose(bus: Bus):
            bus.wait(1.0)
            yield 0.0
            bus.wait(1.0)
            yield 10.0
            order.append(("over", bus.now()))

        def note(word: str, takes_s: float):
            def job(bus: Bus) -> None:
                order.append((word, bus.now()))
                bus.wait(takes_s)

            return job

        dosing = runner.submit(dose, Priority.ACT)
        jobs = [runner.submit(note("scan", 3.0)), runner.submit(note("stop", 1.0), Priority.STOP)]
        await asyncio.sleep(7.0)
        jobs.append(runner.submit(note("late scan", 9.0)))
        await asyncio.gather(dosing, *jobs)
        # The dose goes on when the scan that was begun in its pause is over.
        assert order == [("stop", 2.0), ("scan", 3.0), ("late scan", 7.0), ("over", 16.0)]
        return loop.time()

    assert on_virtual_time(scenario) == 16.0


def test_in_memory_too_a_step_makes_way_for_what_waited_and_is_more_urgent():
    async def scenario(runner, loop):
        order: list[str] = []

        def dose(bus: Bus):
            order.append("started")
            yield 0.0
            order.append("over")

        first = runner.submit(waiting(1.0))
        jobs = [
            runner.submit(dose, Priority.ACT),
            runner.submit(told(order, "scan")),
            runner.submit(told(order, "stop"), Priority.STOP),
        ]
        jobs[1].cancel()
        await asyncio.gather(first, *jobs, return_exceptions=True)
        assert order == ["stop", "started", "over"]

    on_virtual_time(scenario)


def test_in_memory_too_what_waits_when_the_line_is_closed_is_told():
    async def scenario(runner, loop):
        def endless(bus: Bus):
            while True:
                yield 1.0

        jobs = [runner.submit(endless), runner.submit(waiting(5.0)), runner.submit(waiting(1.0))]
        await asyncio.sleep(2.0)
        runner.close()
        for job in (jobs[0], jobs[2]):
            with pytest.raises(PortLost, match="was closed"):
                await job
        await asyncio.sleep(10.0)
        assert runner.bus.port.closed

    on_virtual_time(scenario)


def test_what_ends_the_program_in_a_pause_reaches_who_waits():
    class Killed(BaseException):
        pass

    async def scenario(runner, loop):
        loop.set_exception_handler(lambda *_: None)

        def dose(bus: Bus):
            yield 1.0
            raise Killed

        with pytest.raises(Killed):
            await runner.submit(dose)
        assert await runner.submit(waiting(1.0)) == 2.0

    on_virtual_time(scenario)


def on_wall_time(scenario):
    async def main():
        port = QuietPort()
        runner = ThreadRunner(Bus(port))
        try:
            await scenario(runner)
        finally:
            runner.close()
        assert port.closed

    asyncio.run(main())


def test_a_thread_does_jobs_and_passes_errors_on():
    async def scenario(runner):
        assert await runner.submit(lambda bus: threading.current_thread().name) == "bus"
        with pytest.raises(NoReply):
            await runner.submit(refusing)
        with pytest.raises(ZeroDivisionError):
            await runner.submit(lambda bus: 1 / 0)

    on_wall_time(scenario)


def test_urgent_jobs_overtake_and_equals_keep_their_order():
    async def scenario(runner):
        order: list[str] = []
        started, go = threading.Event(), threading.Event()

        def hold(bus: Bus) -> None:
            started.set()
            go.wait(5)

        first = runner.submit(hold)
        assert await asyncio.to_thread(started.wait, 5)
        jobs = [
            runner.submit(lambda bus, name=name: order.append(name), priority)
            for name, priority in (
                ("read 1", Priority.READ),
                ("act", Priority.ACT),
                ("read 2", Priority.READ),
                ("set", Priority.SET),
                ("stop", Priority.STOP),
            )
        ]
        go.set()
        await asyncio.gather(first, *jobs)
        assert order == ["stop", "act", "set", "read 1", "read 2"]

    on_wall_time(scenario)


def test_a_job_in_steps_lets_more_urgent_ones_pass():
    async def scenario(runner):
        order: list[str] = []
        inside = threading.Event()

        def scan(bus: Bus):
            order.append("scan begins")
            inside.set()
            yield 5.0  # cut short by nothing: the urgent job runs within the pause
            order.append("scan ends")

        def stop(bus: Bus) -> None:
            order.append("stop")

        runner.submit(scan)
        assert await asyncio.to_thread(inside.wait, 5)
        await runner.submit(stop, Priority.STOP)
        assert order == ["scan begins", "stop"]

    on_wall_time(scenario)


def test_a_pause_is_free_for_all_and_a_step_only_for_what_is_more_urgent():
    async def scenario(runner):
        order: list[str] = []
        inside, go = threading.Event(), threading.Event()

        def dose(bus: Bus):
            inside.set()
            go.wait(5)
            yield 0.0
            order.append("started")
            yield 0.3
            order.append("over")

        dosing = runner.submit(dose, Priority.ACT)
        assert await asyncio.to_thread(inside.wait, 5)
        scan = runner.submit(lambda bus: order.append("scan"))
        go.set()
        await asyncio.gather(dosing, scan)
        assert order == ["started", "scan", "over"]

    on_wall_time(scenario)


def test_what_was_cancelled_before_its_turn_is_not_done():
    async def scenario(runner):
        order: list[str] = []
        inside, go = threading.Event(), threading.Event()

        def hold(bus: Bus) -> None:
            inside.set()
            go.wait(5)

        first = runner.submit(hold)
        assert await asyncio.to_thread(inside.wait, 5)
        runner.submit(lambda bus: order.append("dose"), Priority.ACT).cancel()
        go.set()
        await first
        await runner.submit(lambda bus: order.append("read"))
        assert order == ["read"]

    on_wall_time(scenario)


def test_what_waits_when_the_line_is_closed_is_told():
    async def main():
        runner = ThreadRunner(Bus(QuietPort()))
        inside = threading.Event()

        def endless(bus: Bus):
            while True:
                inside.set()
                yield 0.0

        running = runner.submit(endless)
        waiting_job = runner.submit(lambda bus: None)
        assert await asyncio.to_thread(inside.wait, 5)
        runner.close()
        for job in (running, waiting_job, runner.submit(lambda bus: None)):
            with pytest.raises(PortLost, match="was closed"):
                await job

    asyncio.run(main())
