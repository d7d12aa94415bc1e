"""A night from its parts: the same cultures and engine, whatever stands behind the ports."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hardware import Station
from hardware.vessel_names import array_names
from orchestrator.desk.door import door
from orchestrator.engine.clock import Clock
from orchestrator.engine.commands import Command, Inbox
from orchestrator.engine.engine import Engine
from orchestrator.engine.lifecycle import Procedure
from orchestrator.engine.progress import Progress
from orchestrator.engine.replay import Replay, Standing
from orchestrator.engine.sampling import WellBook
from orchestrator.engine.vessel_run import VesselRun
from orchestrator.lines import lines
from orchestrator.locks import only_engine
from orchestrator.records.store import Records, RecordsReader

if TYPE_CHECKING:
    from designs import RunSheet
    from hardware.station_spec import StationSpec
    from orchestrator.protocol import Culture, Protocol

Watcher = Callable[[Progress], None]


@dataclass(frozen=True)
class Night:
    """What is to be done: every vessel's procedure on one station.

    Attributes:
        protocol: The procedure and its factors.
        station: The station file.
        sheet: Which vessel gets which factor levels.
    """

    protocol: Protocol
    station: StationSpec
    sheet: RunSheet

    def procedures(self) -> dict[str, Culture]:
        """Each vessel's procedure with its factor levels in place, in the station's order."""
        factors = self.protocol.design_factors()
        levels = self.sheet.levels()
        return {
            vessel: self.protocol.procedure(
                {name: factors[name].text(value) for name, value in levels[vessel].items()}
            )
            for vessel in self.station.vessels.names
            if vessel in levels
        }

    def _cultures(self) -> list[VesselRun]:
        machine = Procedure([phase.name for phase in self.protocol.culture.phases])
        wells = {arm: WellBook(self.wells(arm)) for arm in self.station.arms}
        starts, arm_of, nowhere = self.starts_s(), self.station.arm_of, WellBook(())
        reagents, limits = self.protocol.reagents, self.protocol.limits
        return [
            VesselRun(
                vessel,
                machine,
                procedure,
                reagents,
                limits,
                wells[arm_of[vessel]] if vessel in arm_of else nowhere,
                starts[vessel],
            )
            for vessel, procedure in self.procedures().items()
        ]

    def starts_s(self) -> dict[str, float]:
        """Campaign time at which each culture begins: one after the other, ``stagger`` apart."""
        used = self.sheet.levels()
        vessels = [vessel for vessel in self.station.vessels.names if vessel in used]
        return {
            vessel: number * self.protocol.culture.stagger for number, vessel in enumerate(vessels)
        }

    def wells(self, arm: str) -> Iterator[str]:
        """Every well of the plates on an arm's deck, row by row."""
        for name, plate in self.station.arms[arm].deck.plates.items():
            for well in array_names(plate.rows, plate.columns):
                yield f"{name}/{well}"

    async def conduct(
        self,
        records_path: Path,
        station: Station,
        clock: Clock,
        *,
        durable: bool,
        seed: int | None,
        on_progress: Watcher,
        inbox: Inbox | None = None,
        resume: bool = False,
    ) -> None:
        """Run it on the loop that is running.

        Args:
            records_path: File to be made, or gone on with.
            station: What it is run on.
            clock: The campaign's time.
            durable: Whether a commit waits for the disk.
            seed: Of the rehearsal; None on real devices.
            on_progress: Told after each scan.
            inbox: Where a person's commands come from.
            resume: Go on where the records end.

        Raises:
            RecordsError: The records to go on with are not sound, or do not follow from the
                protocol.
        """
        runs = self._cultures()
        standing = self._standing(records_path, station, runs) if resume else None
        channels = [*station.channels, "volume"]
        records = Records(records_path, station.vessels, channels, durable=durable, resume=resume)
        try:
            if not resume:
                records.write_meta("protocol", self.protocol.name)
                records.write_meta("station", self.station.name)
                records.write_meta("seed", seed)
                records.write_meta("wires", station.wires)
                records.write_meta("began", _utc_now() if seed is None else None)
            scan_s = self.protocol.culture.scan
            engine = Engine(
                station, runs, records, clock, scan_s, on_progress, inbox, self._effect_of_losing
            )
            await engine.run(standing)
        finally:
            records.close()

    def _effect_of_losing(self, vessels: Sequence[str]) -> Sequence[str]:
        """What the loss of vessels does to the design, in sentences."""
        from designs import DesignError
        from designs.evaluation import effect_of_losing

        try:
            return effect_of_losing(
                self.sheet, vessels, spares=self.station.vessels.names
            ).sentences
        except DesignError as error:
            return (f"What the loss of {', '.join(vessels)} means cannot be told: {error}",)

    def _standing(self, records: Path, station: Station, runs: list[VesselRun]) -> Standing:
        reader = RecordsReader(records)
        try:
            replay = Replay(
                {run.vessel: run for run in runs},
                station.vessels,
                station.channels,
                lambda vessel, channel: channel in station.controls(vessel),
            )
            return replay.run(reader)
        finally:
            reader.close()


def run(
    night: Night,
    records: Path,
    on_progress: Watcher,
    *,
    resume: bool = False,
    orders: Iterable[Command] = (),
    patience_s: float = 0.0,
) -> None:
    """Run a night on wall time, on the station's ports, with a door for a person's orders.

    Args:
        night: What is to be done.
        records: File to be made, or gone on with.
        on_progress: Told after each scan.
        resume: Go on where the records end.
        orders: Commands to obey at the first scan.
        patience_s: How long to wait for somebody who restarts held cultures, when nothing else
            goes on any more.

    Raises:
        CampaignError: Another engine runs this campaign, or on these ports.
        HardwareError: A port is taken.
        RecordsError: The records to go on with are not sound.
        StationFault: The night ended early; the records hold what was done.
        KeyboardInterrupt: It was interrupted (Ctrl-C, or asked to terminate); the station was
            left safe.
    """

    async def on_wall_time() -> None:
        _end_on_request()
        clock = Clock(asyncio.get_running_loop())
        inbox = Inbox(patience_s=patience_s)
        for order in orders:
            inbox.put(order)
        with lines(night.station) as runners:
            station = Station.build(night.station, runners)
            settable = {
                vessel: station.controls(vessel) | {"ph"} for vessel in night.sheet.levels()
            }
            async with door(records.parent, inbox, settable):
                await night.conduct(
                    records,
                    station,
                    clock,
                    durable=True,
                    seed=None,
                    on_progress=on_progress,
                    inbox=inbox,
                    resume=resume,
                )

    try:
        with only_engine(records.parent, night.station):
            asyncio.run(on_wall_time())
    except asyncio.CancelledError as end:
        raise KeyboardInterrupt from end


def _end_on_request() -> None:
    """Let a request to terminate end the night in an orderly way, as Ctrl-C does."""
    task = asyncio.current_task()
    if task is not None and os.name == "posix":
        for request in (signal.SIGTERM, signal.SIGHUP):  # the latter: its terminal was closed
            asyncio.get_running_loop().add_signal_handler(request, task.cancel)


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
