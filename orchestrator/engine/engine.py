"""The engine: scans the array, lets each culture decide, and sees that it happens.

One task scans on the beat and steps every culture; one works the arm; one the vessels' own pumps.
The engine does not know whether its loop waits or jumps, nor whether its ports are real.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hardware import HardwareError, Outcome, Scan, Station
from hardware.station import PUMPS
from hardware.stock import Use
from orchestrator.engine.attention import Attention
from orchestrator.engine.clock import Clock
from orchestrator.engine.commands import Command, Inbox
from orchestrator.engine.guard import Bounds
from orchestrator.engine.hands import Hands
from orchestrator.engine.heart import Heart
from orchestrator.engine.losses import Effect, Losses
from orchestrator.engine.operation import Note, Operation, Wishes
from orchestrator.engine.progress import Progress, progress_of
from orchestrator.engine.recovery import Recovery
from orchestrator.engine.replay import Setting, Standing
from orchestrator.engine.vessel_run import VesselRun
from orchestrator.engine.worker import StationFault, described
from orchestrator.records.store import Records

_STOOD_STILL_S = 60.0
"""A program whose heart beats so much too late was stopped meanwhile."""
_WATCHDOG_SCANS, _WATCHDOG_S = 5, 120.0
"""A device's own watchdog waits for so many scans, and at least so long, before it goes safe."""


class Engine:
    """Runs one campaign.

    Args:
        station: Opened by `run`.
        runs: One culture a vessel.
        records: The journal and the telemetry.
        clock: The campaign's time.
        scan_s: Period of the scans.
        on_progress: Told after each scan.
        inbox: Where a person's commands come from, if anyone can give some.
        on_loss: Says what it means that vessels are lost.
    """

    def __init__(
        self,
        station: Station,
        runs: Sequence[VesselRun],
        records: Records,
        clock: Clock,
        scan_s: float,
        on_progress: Callable[[Progress], None] = lambda _: None,
        inbox: Inbox | None = None,
        on_loss: Effect = lambda _: (),
    ) -> None:
        self._station = station
        self._runs = {run.vessel: run for run in runs}
        self._records = records
        self._clock = clock
        self._scan_s = scan_s
        self._on_progress = on_progress
        self._losses = Losses(on_loss)
        self._inbox = inbox if inbox is not None else Inbox(open_=False)
        self._rows = [station.vessels.index(run.vessel) for run in runs]
        self._bounds = Bounds([run.guard for run in runs], (*station.channels, "volume"))
        self._controls = {vessel: station.controls(vessel) for vessel in station.vessels}
        self._beat = 0
        self._attention = Attention()
        self._only_held_since_s: float | None = None
        self._hands = Hands(station, self._settled, self._arm_failed, records, clock)
        self._heart = Heart(scan_s, max(_STOOD_STILL_S, scan_s))
        self._opening_s: float | None = 0.0

    async def run(self, standing: Standing | None = None) -> None:
        """Run every culture to its end and leave the station safe.

        Args:
            standing: Where the campaign stands, if it is to go on; its cultures are those that
                were replayed to there.

        Raises:
            StationFault: A device that all depend on failed, or one could not be opened. The
                vessels were put in their safe state as far as they could be reached.
        """
        recovery = Recovery(standing or Standing(), self._station, self._found)
        self._opening_s = recovery.standing.time_s
        for name, arm in self._station.arms.items():
            arm.stock.tell = partial(self._used, name)
        watchdog_s = max(_WATCHDOG_SCANS * self._scan_s, _WATCHDOG_S)
        try:
            served = [vessel for vessel, run in self._runs.items() if not run.life.ended]
            await self._station.open(watchdog_s, recovery.ask, served)
            if recovery.standing.begun:
                await self._go_on(recovery)
            else:
                await self._begin()
            await self._work()
        except (StationFault, HardwareError) as fault:
            self._records.append(self._clock.now(), "fault", None, what=str(fault))
            raise StationFault(str(fault)) from fault
        finally:
            await self._close()

    async def _begin(self) -> None:
        self._clock.begin()  # homing and looking for devices is no time of the cultures
        self._opening_s = None
        self._records.append(
            0.0, "opened", None, vessels=list(self._runs), wall_s=self._clock.wall()
        )
        await self._do({vessel: run.begin(0.0) for vessel, run in self._runs.items()})

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                working = (*self._hands.work(), self._heart.beat())
                workers = [group.create_task(one) for one in working]
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
                still = "pumps may not stand still"
                said = still if channel == PUMPS else f"{channel} may not be at its safe value"
                what = f"{said}: {outcome.detail}"
                self._records.append(self._clock.now(), "fault", vessel, what=what)

    # -- the beat -------------------------------------------------------------------------

    async def _scan_until_ended(self) -> None:
        while not self._finished():
            if await self._slept_until(self._beat * self._scan_s):
                self._beat = self._next_beat()
            time_s = self._beat * self._scan_s
            await self._obey(time_s)
            await self._step(time_s, await self._station.scan())
            # A scan that took longer than its period leaves out the beats it missed.
            self._beat = max(self._beat + 1, self._next_beat())

    def _next_beat(self) -> int:
        return math.ceil(self._clock.now() / self._scan_s)

    async def _slept_until(self, time_s: float) -> bool:
        """Wait for a beat; tells whether more time went by than was waited for."""
        await self._clock.sleep_until(time_s)
        lapse, stood_s = self._clock.lapse(), self._heart.stood_still_s()
        if lapse.jumped_s:
            self._tell_clock(jumped_s=lapse.jumped_s)
        if lapse.slept_s > 0:
            await self._outage(lapse.slept_s, "the computer slept")
        elif stood_s > 0:
            await self._outage(stood_s, "the program stood still")
        else:
            return False
        return True

    def _finished(self) -> bool:
        """Nothing runs any more, nobody can restart what is held, and nothing ordered waits."""
        if any(run.life.phase or run.life.state == "idle" for run in self._runs.values()):
            self._only_held_since_s = None
            return False
        return self._hands.idle and not self._waits_for_a_person()

    def _waits_for_a_person(self) -> bool:
        """Whether held cultures are all that is left, and somebody may still restart them."""
        if all(run.life.ended for run in self._runs.values()):
            return False
        now_s = self._clock.now()
        if self._only_held_since_s is None:
            self._only_held_since_s = now_s
        patient = now_s - self._only_held_since_s < self._inbox.patience_s
        return len(self._inbox) > 0 or (self._inbox.open and patient)

    async def _obey(self, time_s: float) -> None:
        for remark in self._inbox.take_remarks():
            self._records.append(time_s, remark.kind, remark.vessel, **remark.body)
        for command in self._inbox.take():
            if refusal := command.for_nobody(self._runs, self._settable):
                self._records.append(
                    time_s, "refused", None, what=refusal, order=command.described()
                )
                continue
            self._records.append(time_s, "command", command.vessel, **command.described())
            whom = command.whom(self._runs)
            await self._do({vessel: self._runs[vessel].obey(time_s, command) for vessel in whom})

    async def _step(self, time_s: float, scan: Scan) -> None:
        readings = self._readings(scan)
        self._records.reading(time_s, readings.astype(np.float32))
        self._note(time_s, self._attention.silent(scan))
        await self._do(self._wishes(time_s, readings[self._rows]))
        due = {vessel: run.next_feed() for vessel, run in self._runs.items()}
        self._hands.expect_feeds({vessel: feed for vessel, feed in due.items() if feed})
        self._note(time_s, self._attention.overdue(self._hands.waiting(), time_s))
        stocks = {name: arm.stock for name, arm in self._station.arms.items()}
        self._note(time_s, self._attention.waste(stocks))
        self._records.commit()
        self._on_progress(progress_of(time_s, self._runs.values()))

    def _readings(self, scan: Scan) -> NDArray[np.float64]:
        """What a scan gave, with the digits that are recorded of it, and the volumes as booked."""
        values = np.full((len(scan.values), len(self._station.channels) + 1), math.nan)
        values[:, :-1] = scan.values.astype(np.float32)
        values[self._rows, -1] = [run.volume_ml for run in self._runs.values()]
        return values

    def _wishes(self, time_s: float, readings: NDArray[np.float64]) -> dict[str, Wishes]:
        """What each culture wants after a scan, in the order of the cultures."""
        # Decisions follow from what is recorded, digit by digit, so that a replay makes the same.
        channels = (*self._station.channels, "volume")
        within = self._bounds.within(readings)
        wishes = {}
        for row, (vessel, run) in enumerate(self._runs.items()):
            if within[row] and run.pass_over(time_s):
                continue
            named = dict(zip(channels, readings[row].tolist(), strict=True))
            if wish := run.step(time_s, named):
                wishes[vessel] = wish
        return wishes

    def _note(self, time_s: float, notes: Iterable[Note]) -> None:
        for note in notes:
            self._records.append(time_s, note.kind, note.vessel, **note.body)

    def _used(self, arm: str, use: Use) -> None:
        """Write what is about to be used up; returns when it is on disk."""
        self._records.append(self._now_s(), "used", None, **replace(use, arm=arm).described())
        self._records.commit()

    def _arm_failed(self, arm: str, why: str) -> None:
        """Give up the vessels of an arm that works no more; the others go on."""
        self._records.append(self._clock.now(), "fault", None, what=why)
        for vessel, run in self._runs.items():
            if self._station.arm_of.get(vessel) == arm and not run.life.ended:
                self._inbox.put(Command(vessel, "abort", "inoculum", why))

    def _found(self, intent: int, vessel: str, body: Mapping[str, object]) -> None:
        """Write what a device said became of an act; returns when it is on disk."""
        self._records.mark(self._now_s(), vessel, intent, **body)

    def _now_s(self) -> float:
        """Campaign time; where the records end, while the station is being opened."""
        return self._clock.now() if self._opening_s is None else self._opening_s

    # -- after an outage ------------------------------------------------------------------

    async def _go_on(self, recovery: Recovery) -> None:
        """Take up a campaign where its records end."""
        standing = recovery.standing
        lasted_s = recovery.set_clock(self._clock)
        now_s, self._opening_s = self._clock.now(), None
        for kind, vessel, body in standing.untold:
            seq = self._records.append(now_s, kind, vessel, **body)
            if kind == "intent":
                standing.settings[seq] = (vessel, body["channel"], body["value"])
        self._tell_clock()
        sent = await self._outage(lasted_s, "the program had ended")
        for intent, (vessel, channel, value) in standing.settings.items():
            now = sent.get((vessel, channel, value), Outcome("unknown", "the program had ended"))
            self._records.outcome(
                self._clock.now(), vessel, intent, reconciled=True, **described(now)
            )
            self._journal(self._setting_settled((vessel, channel, value), now))
        for intent, operation, outcome in recovery.found():
            self._records.outcome(
                self._clock.now(), operation.vessel, intent, reconciled=True, **described(outcome)
            )
            settled = self._runs[operation.vessel].settle(operation, outcome, reconciled=True)
            await self._do(self._with_pauses(operation.vessel, settled))
        for operation in standing.waiting.values():
            self._hands.order(operation)
        await self._make_safe(list(self._runs))
        self._beat = self._next_beat()

    async def _outage(self, lasted_s: float | None, why: str) -> Mapping[Setting, Outcome]:
        """Apply the protocol's rule, and say all set-points again.

        Returns:
            What became of each set-point that was said.
        """
        now_s = self._clock.now()
        self._records.append(now_s, "outage", None, lasted_s=lasted_s, why=why)
        await self._do({vessel: run.outage(now_s, lasted_s) for vessel, run in self._runs.items()})
        intents: dict[int, Setting] = {}
        for vessel, run in self._runs.items():
            for channel, value in run.set_points.items() if not run.life.ended else ():
                if self._settable(vessel, channel):
                    body = {"do": "set", "channel": channel, "value": value, "again": True}
                    seq = self._records.append(now_s, "intent", vessel, **body)
                    intents[seq] = (vessel, channel, value)
        self._records.commit()
        return await self._set(intents)

    def _tell_clock(self, **body: float) -> None:
        self._records.append(self._clock.now(), "clock", None, wall_s=self._clock.wall(), **body)

    # -- doing ----------------------------------------------------------------------------

    async def _do(self, wishes: Mapping[str, Wishes], *, wait: bool = True) -> None:
        """Tell the journal what was decided (``wait``: on disk in any case), then do it."""
        settings = self._journal(wishes)
        self._records.commit(wait=wait or bool(settings))
        await self._set(settings)
        for wish in wishes.values():
            for operation in wish.operations:
                self._hands.order(operation)
        # While set-points were on their way, a vessel may have been held.
        await self._make_safe([v for v, w in wishes.items() if w.notes or w.operations])

    def _journal(self, wishes: Mapping[str, Wishes]) -> dict[int, Setting]:
        """Tell what was decided; gives the set-points among it by their intents."""
        now_s = self._clock.now()
        settings: dict[int, Setting] = {}
        for vessel, wish in wishes.items():
            for kind, body in wish.told(vessel, self._settable):
                seq = self._records.append(now_s, kind, vessel, **body)
                if kind == "intent":
                    settings[seq] = (vessel, body["channel"], body["value"])
        return settings

    def _with_pauses(self, vessel: str, wishes: Wishes) -> dict[str, Wishes]:
        """One culture's wishes, and the holds of all others if it asks for that."""
        if wishes.pause_all is None:
            return {vessel: wishes}
        others = [run for run in self._runs.values() if run.vessel != vessel]
        return {vessel: wishes, **{run.vessel: run.pause(wishes.pause_all) for run in others}}

    def _setting_settled(self, setting: Setting, outcome: Outcome) -> dict[str, Wishes]:
        vessel, channel, value = setting
        wishes = self._runs[vessel].settle_setting(channel, value, outcome)
        return self._with_pauses(vessel, wishes)

    async def _set(self, intents: Mapping[int, Setting]) -> Mapping[Setting, Outcome]:
        """Send set-points whose intents are on disk."""
        wanted = {(vessel, channel): value for vessel, channel, value in intents.values()}
        done = await self._station.set_many(wanted) if wanted else {}
        decided: list[dict[str, Wishes]] = []
        for intent, (vessel, channel, value) in intents.items():
            outcome = done[vessel, channel]
            detail = {"detail": outcome.detail} if outcome.detail else {}
            self._records.outcome(
                self._clock.now(), vessel, intent, status=outcome.status, **detail
            )
            decided.append(self._setting_settled((vessel, channel, value), outcome))
        for wishes in decided:
            self._journal(wishes)
        await self._make_safe([v for wishes in decided for v, w in wishes.items() if w.notes])
        return {one: done[one[0], one[1]] for one in intents.values()}

    def _settable(self, vessel: str, channel: str) -> bool:
        return channel in self._controls[vessel]

    async def _make_safe(self, vessels: Sequence[str]) -> None:
        """Take back what waits for held and lost vessels, and make the lost ones safe."""
        stopped = [v for v in vessels if self._runs[v].lost is not None]
        for vessel in stopped:
            for operation in self._hands.drop(vessel):
                self._records.append(self._clock.now(), "dropped", vessel, **operation.described())
                self._runs[vessel].take_back(operation)
        if lost := [v for v in stopped if self._runs[v].life.ended]:
            self._note(self._clock.now(), self._losses.told(self._runs.values()))
            await self._safe(lost)

    async def _settled(self, operation: Operation, outcome: Outcome) -> None:
        wishes = self._runs[operation.vessel].settle(operation, outcome)
        # Lost in a power cut, the outcome would be asked for; what is begun next takes it along.
        await self._do(self._with_pauses(operation.vessel, wishes), wait=False)
