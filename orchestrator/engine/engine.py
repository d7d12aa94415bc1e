"""The engine: scans the array, lets each culture decide, and sees that it happens.

One task scans on the beat and steps every culture; one works the arm; one the vessels' own pumps.
The engine does not know whether its loop waits or jumps, nor whether its ports are real.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hardware import HardwareError, Outcome, Scan, Station
from orchestrator.engine.clock import Clock
from orchestrator.engine.dispatcher import Dispatcher
from orchestrator.engine.operation import PRIORITY, Operation, Wishes
from orchestrator.engine.vessel_run import VesselRun
from orchestrator.engine.worker import StationFault, Worker
from orchestrator.records.store import Records

_FEED_WITHIN_S = 300.0
_WATCHDOG_SCANS, _WATCHDOG_S = 5, 120.0
"""A device's own watchdog waits for so many scans, and at least so long, before it goes safe."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is.

    Attributes:
        time_s: Campaign time.
        running: Cultures under way.
        ended: Cultures that are complete.
        lost: Cultures that were given up or wait for a person.
    """

    time_s: float
    running: int
    ended: int
    lost: int


class Engine:
    """Runs one campaign.

    Args:
        station: Opened by `run`.
        runs: One culture a vessel.
        records: The journal and the telemetry.
        clock: The campaign's time.
        scan_s: Period of the scans.
        on_progress: Told after each scan.
    """

    def __init__(
        self,
        station: Station,
        runs: Sequence[VesselRun],
        records: Records,
        clock: Clock,
        scan_s: float,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._station = station
        self._runs = {run.vessel: run for run in runs}
        self._records = records
        self._clock = clock
        self._scan_s = scan_s
        self._on_progress = on_progress
        self._row = {vessel: row for row, vessel in enumerate(station.vessels)}
        self._known_faults: set[tuple[str, str]] = set()
        self._arm = self._worker("the liquid handler", self._with_handler)
        self._pumps = self._worker("the pumps", self._with_pump)

    async def run(self) -> None:
        """Run every culture to its end and leave the station safe.

        Raises:
            StationFault: A device that all depend on failed, or one could not be opened. The
                vessels were put in their safe state as far as they could be reached.
        """
        try:
            await self._station.open(max(_WATCHDOG_SCANS * self._scan_s, _WATCHDOG_S))
            self._clock.begin()  # homing and looking for devices is no time of the cultures
            self._records.append(self._clock.now(), "opened", None, vessels=list(self._runs))
            await self._work()
        except (StationFault, HardwareError) as fault:
            self._records.append(self._clock.now(), "fault", None, what=str(fault))
            raise StationFault(str(fault)) from fault
        finally:
            await self._close()

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(one.work()) for one in (self._arm, self._pumps)]
                await self._scan_until_ended()
                for worker in workers:
                    worker.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _close(self) -> None:
        self._records.append(self._clock.now(), "closing", None)
        self._records.commit()
        await self._safe(self._station.vessels)
        await self._station.close()
        self._records.append(self._clock.now(), "closed", None)
        self._records.commit()

    async def _safe(self, vessels: Sequence[str]) -> None:
        """Bring vessels to their safe values; what is not reached is told vessel by vessel."""
        for (vessel, channel), outcome in (await self._station.safe(vessels)).items():
            if outcome.status != "done":
                what = f"{channel} may not be at its safe value: {outcome.detail}"
                self._records.append(self._clock.now(), "alarm", vessel, what=what)

    # -- the beat -------------------------------------------------------------------------

    async def _scan_until_ended(self) -> None:
        beat = 0
        await self._do({vessel: run.begin(0.0) for vessel, run in self._runs.items()})
        while not self._finished():
            await self._clock.sleep_until(beat * self._scan_s)
            scan = await self._station.scan()
            await self._step(beat * self._scan_s, scan)
            # A scan that took longer than its period leaves out the beats it missed.
            beat = max(beat + 1, math.ceil(self._clock.now() / self._scan_s))

    def _finished(self) -> bool:
        """Nothing runs any more, and nothing that was ordered waits."""
        idle = not (self._arm.busy or self._pumps.busy)
        waiting = len(self._arm.dispatcher) + len(self._pumps.dispatcher)
        return idle and not waiting and all(run.life.phase is None for run in self._runs.values())

    async def _step(self, time_s: float, scan: Scan) -> None:
        self._records.reading(time_s, self._with_volumes(scan))
        self._note_faults(time_s, scan)
        wishes = {}
        rows = scan.values.tolist()
        for vessel, run in self._runs.items():
            readings = dict(zip(self._station.channels, rows[self._row[vessel]], strict=True))
            readings["volume"] = run.volume_ml
            wishes[vessel] = run.step(time_s, readings)
        await self._do(wishes)
        self._expect_feeds()
        self._records.commit()
        self._on_progress(self._progress(time_s))

    def _with_volumes(self, scan: Scan) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        volumes = [
            self._runs[vessel].volume_ml if vessel in self._runs else math.nan
            for vessel in self._station.vessels
        ]
        return np.column_stack([scan.values, volumes])

    def _note_faults(self, time_s: float, scan: Scan) -> None:
        """Tell of each silent device once, and once when it is back."""
        now = {(fault.device, fault.message) for fault in scan.faults}
        for device, message in sorted(now - self._known_faults):
            self._records.append(time_s, "alarm", None, what=f"{device}: {message}")
        for device in sorted({d for d, _ in self._known_faults} - {d for d, _ in now}):
            self._records.append(time_s, "alarm over", None, what=f"{device} answers again")
        self._known_faults = now

    def _expect_feeds(self) -> None:
        due = [at for run in self._runs.values() if (at := run.next_feed_s()) is not None]
        if due:
            self._arm.dispatcher.expect(PRIORITY["feed"], min(due), _FEED_WITHIN_S)

    def _progress(self, time_s: float) -> Progress:
        runs = self._runs.values()
        running = sum(run.life.phase is not None for run in runs)
        lost = sum(run.lost is not None for run in runs)
        return Progress(time_s, running, len(self._runs) - running - lost, lost)

    # -- doing ----------------------------------------------------------------------------

    async def _do(self, wishes: Mapping[str, Wishes]) -> None:
        now_s = self._clock.now()
        for wish in wishes.values():
            for note in wish.notes:
                self._records.append(now_s, note.kind, note.vessel, **note.body)
        await self._set(
            {
                (vessel, channel): value
                for vessel, wish in wishes.items()
                for channel, value in wish.settings.items()
                if channel in self._station.controls(vessel)
            }
        )
        for wish in wishes.values():
            for operation in wish.operations:
                self._order(operation)
        await self._make_safe([v for v, wish in wishes.items() if wish.notes])

    async def _set(self, settings: Mapping[tuple[str, str], float]) -> None:
        if not settings:
            return
        now_s = self._clock.now()
        intents = {
            (vessel, channel): self._records.append(
                now_s, "intent", vessel, do="set", channel=channel, value=value
            )
            for (vessel, channel), value in settings.items()
        }
        self._records.commit()
        outcomes = await self._station.set_many(settings)
        for key, intent in intents.items():
            outcome = outcomes[key]
            detail = {"detail": outcome.detail} if outcome.detail else {}
            self._records.outcome(
                self._clock.now(), key[0], intent, status=outcome.status, **detail
            )

    def _order(self, operation: Operation) -> None:
        own_pump = operation.source in self._station.pumps(operation.vessel)
        (self._pumps if own_pump else self._arm).add(operation)

    async def _make_safe(self, vessels: Sequence[str]) -> None:
        """Take back what waits for held and lost vessels, and make the lost ones safe."""
        stopped = [v for v in vessels if self._runs[v].lost is not None]
        for vessel in stopped:
            for worker in (self._arm, self._pumps):
                for operation in worker.dispatcher.drop(vessel):
                    self._records.append(
                        self._clock.now(), "dropped", vessel, **operation.described()
                    )
        if lost := [v for v in stopped if self._runs[v].life.ended]:
            await self._safe(lost)

    # -- workers --------------------------------------------------------------------------

    def _worker(self, name: str, perform: Callable[[Operation], Awaitable[Outcome]]) -> Worker:
        dispatcher = Dispatcher(self._estimate_s)
        return Worker(name, dispatcher, perform, self._settled, self._records, self._clock)

    def _estimate_s(self, operation: Operation) -> float:
        if operation.source in self._station.pumps(operation.vessel):
            return 0.0  # a pump of the vessel's own keeps nobody waiting
        return self._station.handler.estimate_s(
            "sample" if operation.kind == "sample" else "dose",
            operation.source,
            operation.vessel,
            operation.volume_ml,
        )

    async def _with_handler(self, operation: Operation) -> Outcome:
        handler = self._station.handler
        if operation.source is None:
            return await handler.sample(operation.vessel, operation.volume_ml, operation.well or "")
        return await handler.dose(operation.source, operation.vessel, operation.volume_ml)

    async def _with_pump(self, operation: Operation) -> Outcome:
        return await self._station.pump(
            operation.vessel, operation.source or "", operation.volume_ml
        )

    async def _settled(self, operation: Operation, outcome: Outcome) -> None:
        wishes = self._runs[operation.vessel].settle(operation, outcome)
        await self._do({operation.vessel: wishes})
