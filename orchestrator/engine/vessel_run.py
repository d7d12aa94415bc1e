"""One culture's procedure, step by step: readings in, wishes out, no I/O.

All decisions use nominal scan times and readings only, never the moment at which a device
happened to answer. A night on wall time and its rehearsal therefore decide the same, and a replay
of what was recorded decides what was decided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from hardware.outcome import Outcome
from orchestrator.engine.agenda import Agenda, Wanted
from orchestrator.engine.commands import Command
from orchestrator.engine.control import DoLoop, PhLoop, base_dose
from orchestrator.engine.feeding import addition_ml
from orchestrator.engine.following import Followers
from orchestrator.engine.guard import Guard
from orchestrator.engine.lifecycle import Lifecycle, Procedure
from orchestrator.engine.operation import Note, Operation, Wishes, left_of, moved_ml
from orchestrator.engine.rules import Verdict, after_fault, after_outage
from orchestrator.engine.sampling import WellBook
from orchestrator.engine.watch import Watch
from orchestrator.protocol import Addition, Culture, Limits, Phase, Reagent

_START_SETTINGS = ("ph", "temperature", "stirring", "gas_flow", "oxygen")


class VesselRun:
    """A culture under way in one vessel.

    Args:
        vessel: Vessel name.
        procedure: The machine that keeps the states of all cultures.
        culture: The protocol's procedure with this vessel's factor levels in place.
        reagents: What is in the bottles.
        limits: Bounds by channel.
        wells: Where samples go; shared by all vessels.
        start_s: Campaign time at which the culture begins.

    Attributes:
        volume_ml: Culture volume as booked: start, plus what was given, minus what was taken. A
            dose whose outcome is unknown counts as given.
        lost: Why the vessel was given up; None while it was not.
        guard: Watches the culture's limits.
    """

    def __init__(
        self,
        vessel: str,
        procedure: Procedure,
        culture: Culture,
        reagents: Mapping[str, Reagent],
        limits: Limits,
        wells: WellBook,
        start_s: float = 0.0,
    ) -> None:
        self.vessel = vessel
        self._start_s = start_s
        self.life: Lifecycle = procedure.add(vessel)
        self.volume_ml = culture.volume
        self.lost: str | None = None
        self.set_points: dict[str, float] = {}
        self._procedure = procedure
        self._culture = culture
        self._reagents = reagents
        self.guard = Guard(limits)
        self._wells = wells
        self._agenda = Agenda(vessel, culture, reagents)
        control = culture.control
        self._ph_loop = (
            PhLoop(control.ph, reagents[control.ph.source].alkalinity) if control.ph else None
        )
        self._do_loop = DoLoop(control.do) if control.do else None
        self._undrawn_ml = 0.0
        self._outstanding = 0
        self._ordered = 0
        self._now_s = 0.0
        self._quiet_until_s = -math.inf
        self._held_at_s = 0.0
        self._postponed: list[Operation] = []
        self._unset: dict[str, int] = {}
        self._followers = Followers()
        self._phases = iter(culture.phases)
        self._phase: Phase = culture.phases[0]
        self._watch: Watch | None = None

    def begin(self, time_s: float) -> Wishes:
        """Inoculated and started: enter the first phase. Before its time nothing happens."""
        wishes = Wishes()
        if time_s < self._start_s:
            return wishes
        self._now_s = time_s
        start, ordered = self._culture.start, self.set_points
        for channel in _START_SETTINGS:
            value = ordered.get(channel, getattr(start, channel))
            if value is not None:
                self._set(wishes, channel, value)
        self._move(wishes, "start", time_s, "inoculated")
        return wishes

    def step(self, time_s: float, readings: Mapping[str, float]) -> Wishes:
        """Decide after a scan.

        Args:
            time_s: Nominal time of the scan.
            readings: Channel to value, NaN where none; includes ``volume``.

        Returns:
            What this culture wants now.
        """
        wishes = self.begin(time_s) if self.life.state == "idle" else Wishes()
        self._now_s = time_s
        if self.life.phase is None or (self.pass_over(time_s) and self.guard.within(readings)):
            return wishes
        for channel in self._unset:
            wishes.settings[channel] = self.set_points[channel]
        self._keep_limits(wishes, time_s, readings)
        if self.life.phase is None:
            return wishes
        if reason := self._phase_ended(time_s, readings):
            self._finish_phase(wishes, time_s)
            if self.life.phase is not None:  # a dose may have met a limit that holds
                self._move(wishes, "advance", time_s, reason)
        if self.life.phase is not None:
            self._act(wishes, time_s, readings)
            self._quiet_until_s = self._next_s()
        return wishes

    def pass_over(self, time_s: float) -> bool:
        """Let a scan pass that finds everything within its limits; tells whether that is all."""
        if time_s < self._quiet_until_s and not self._unset and self.guard.at_ease:
            self._now_s = time_s
            return True
        return False

    def _next_s(self) -> float:
        """Campaign time before which only a reading beyond its limits makes the culture act."""
        if self._phase.until is None or self._phase.until.when is not None:
            return -math.inf
        loops = (loop.next_s for loop in (self._ph_loop, self._do_loop) if loop is not None)
        return min((self._agenda.quiet_until_s(), *loops))

    def settle(self, operation: Operation, outcome: Outcome, *, reconciled: bool = False) -> Wishes:
        """Take note of what became of an operation and apply the protocol's rule.

        Args:
            operation: One of those that were wished for.
            outcome: What became of it.
            reconciled: Whether the program had ended meanwhile, so that this is what was found
                out afterwards. The fault was not the device's: what was not done is done again.
        """
        wishes = Wishes()
        self._no_longer_awaits(operation)
        given_ml = moved_ml(operation, outcome)
        self.volume_ml += replace(operation, volume_ml=given_ml).change_ml - operation.change_ml
        if outcome.status == "done":
            if operation.kind == "feed" and self._agenda.feed is not None:
                self._agenda.feed.correct(operation.volume_ml - given_ml)
        elif not self.life.ended:
            about = self._culture, operation, outcome
            twice = self.guard.bears_twice(operation, self._fullest_ml)
            verdict = after_outage(*about, twice) if reconciled else after_fault(*about)
            self._follow(wishes, operation, outcome, verdict)
        if operation.sample is not None and not any(one.sample for one in wishes.operations):
            for dose in self._followers.drawn(operation.sample):
                self._order_again(wishes, dose)
        return wishes

    def settle_setting(self, channel: str, value: float, outcome: Outcome) -> Wishes:
        """Take note of what became of a set-point; what was not set is set again at a scan."""
        wishes = Wishes()
        tries = self._unset.pop(channel, 0)
        if outcome.status == "done" or self.set_points.get(channel) != value or self.life.ended:
            return wishes
        rule = self._culture.on_fault.set_points
        if tries < rule.retry:
            self._unset[channel] = tries + 1
        else:
            what = f"{channel} may not be set to {value:g}: {outcome.detail}"
            self._give_up(wishes, what, rule.then)
        return wishes

    def pause(self, why: str) -> Wishes:
        """Held because of another vessel's fault, as the protocol says."""
        return self.hold(self._now_s, why)

    def take_back(self, operation: Operation) -> None:
        """An operation was not begun and will not be; a held culture wants it when it restarts."""
        self._no_longer_awaits(operation)
        self.volume_ml -= operation.change_ml
        self._postpone(operation)

    # -- what comes from outside ----------------------------------------------------------

    def obey(self, time_s: float, command: Command) -> Wishes:
        """Do what a person orders; what makes no sense now is noted as refused."""
        wishes = Wishes()
        self._now_s = time_s
        why = f"{command.who}: {command.why}"
        if refusal := command.refused_by(self.life):
            wishes.notes.append(Note("refused", self.vessel, {"what": refusal}))
        elif command.verb == "hold":
            return self.hold(time_s, why)
        elif command.verb == "restart":
            self._restart(wishes, time_s, why)
        elif command.verb == "abort":
            return self.lose(time_s, why)
        elif command.verb == "skip":
            self._move(wishes, "advance", time_s, f"skipped by {why}")
        elif command.channel is not None and command.value is not None:
            self._set(wishes, command.channel, command.value)
        return wishes

    def outage(self, time_s: float, lasted_s: float | None) -> Wishes:
        """Nobody looked after the culture until now: apply the protocol's rule.

        Args:
            time_s: Campaign time now. The phase's time has gone on meanwhile, as the culture has.
            lasted_s: How long; None when that cannot be said.
        """
        wishes = Wishes()
        last_s, self._now_s = self._now_s, time_s
        if self.life.phase is None:
            return wishes
        rule = self._culture.resume
        if rule.feeds == "skip":
            self._agenda.miss_feeds(last_s, time_s)
        if lasted_s is not None and lasted_s <= rule.within:
            return wishes
        lasted = "an unknown time" if lasted_s is None else f"{lasted_s / 60:.3g} min"
        why = f"an outage of {lasted}, longer than {rule.within / 60:.3g} min"
        return self.hold(time_s, why) if rule.else_ == "hold" else self.lose(time_s, why)

    def lose(self, time_s: float, why: str) -> Wishes:
        """Give the vessel up; the others go on."""
        wishes = Wishes()
        if not self.life.ended:
            self.lost = why
            self._postponed = []
            self._followers.clear()
            self._fire(wishes, "abort", time_s, why)
            self._fire(wishes, "aborted", time_s, why)
        return wishes

    def hold(self, time_s: float, why: str) -> Wishes:
        """Stop feeding and waiting, or do not start; a person decides how it goes on."""
        wishes = Wishes()
        if self.life.can_be_held:
            self.lost = why
            self._held_at_s = time_s
            self._fire(wishes, "hold", time_s, why)
            self._fire(wishes, "held", time_s, why)
        return wishes

    def _restart(self, wishes: Wishes, time_s: float, why: str) -> None:
        """Go on in the phase that was interrupted; the time in hold is not the phase's."""
        self._fire(wishes, "restart", time_s, why)
        self._fire(wishes, "restarted", time_s, why)
        self.lost = None
        self._agenda.go_on(time_s - self._held_at_s)
        postponed, self._postponed = self._postponed, []
        for operation in postponed:
            self._order_again(wishes, replace(operation, due_s=time_s))

    def next_feed(self) -> tuple[float, float] | None:
        """When the next feed may come and its window after that, for the arm's look-ahead."""
        return self._agenda.next_feed() if self.life.phase is not None else None

    # -- phases ---------------------------------------------------------------------------

    def _phase_ended(self, time_s: float, readings: Mapping[str, float]) -> str | None:
        if self._watch is None:
            return "samples taken" if self._outstanding == 0 else None
        return self._watch.ended(time_s - self._agenda.entered_s, readings)

    def _finish_phase(self, wishes: Wishes, time_s: float) -> None:
        """Order what was due before the phase's end and after the last scan, which may be long."""
        self._ask(wishes, self._agenda.left(time_s, self._addition_ml))

    def _move(self, wishes: Wishes, event: str, time_s: float, why: str) -> None:
        self._fire(wishes, event, time_s, why)
        if self.life.phase is None:
            return
        self._phase = next(self._phases)
        self._watch = Watch(self._phase.until) if self._phase.until else None
        for channel, value in self._phase.set_points.model_dump(exclude_none=True).items():
            self._set(wishes, channel, value)
        self._agenda.enter(self._phase, time_s)

    def _fire(self, wishes: Wishes, event: str, time_s: float, why: str) -> None:
        left = self.life.state
        entered = self._procedure.fire(self.life, event)
        self._quiet_until_s = -math.inf
        body: dict[str, object] = {"left": left, "entered": entered, "why": why}
        wishes.notes.append(Note("phase", self.vessel, body))

    # -- what is wanted -------------------------------------------------------------------

    def _act(self, wishes: Wishes, time_s: float, readings: Mapping[str, float]) -> None:
        self._ask(wishes, self._agenda.wanted(time_s, self._addition_ml))
        self._keep_ph(wishes, time_s, readings)
        self._keep_do(wishes, time_s, readings)

    def _ask(self, wishes: Wishes, wanted: Iterable[Wanted]) -> None:
        for operation, window in wanted:
            if operation.sample is not None:
                self._sample(wishes, operation)
            elif not self._followers.waits(window, operation):
                self._dose(wishes, operation)

    def _addition_ml(self, addition: Addition) -> float:
        return addition_ml(addition, self._reagents[addition.source], self.volume_ml)

    def _keep_ph(self, wishes: Wishes, time_s: float, readings: Mapping[str, float]) -> None:
        control = self._culture.control.ph
        if self._ph_loop is None or control is None:
            return
        dose = self._ph_loop.dose_ml(time_s, readings["ph"], self.set_points["ph"], self.volume_ml)
        if dose is not None:
            self._dose(wishes, base_dose(control, self.vessel, time_s, dose))

    def _keep_do(self, wishes: Wishes, time_s: float, readings: Mapping[str, float]) -> None:
        if self._do_loop is None:
            return
        present = self.set_points.get(self._do_loop.actuator, 0.0)
        setting = self._do_loop.setting(time_s, readings["do"], present)
        if setting is not None:
            self._set(wishes, self._do_loop.actuator, setting)

    # -- booking --------------------------------------------------------------------------

    def _set(self, wishes: Wishes, channel: str, value: float) -> None:
        self.set_points[channel] = value
        if channel != "ph":  # held by base doses, not by a device
            wishes.settings[channel] = value

    def _dose(self, wishes: Wishes, wanted: Operation) -> None:
        if refusal := self.guard.refuses_volume(self._fullest_ml + wanted.volume_ml):
            self._give_up(wishes, refusal[1], refusal[0], about="volume")
        else:
            self._order(wishes, wanted)

    def _sample(self, wishes: Wishes, wanted: Operation) -> None:
        well = self._wells.take()
        if well is not None:
            self._followers.drawing(wanted.sample or "")
            self._order(wishes, replace(wanted, well=well))
            return
        body: dict[str, object] = {"what": f"sample {wanted.sample}: no free well is left"}
        wishes.notes.append(Note("alarm", self.vessel, body))

    def _order(self, wishes: Wishes, operation: Operation) -> None:
        """Book the volume at once, so that later decisions count with what is under way."""
        self.volume_ml += operation.change_ml
        self._undrawn_ml += max(0.0, -operation.change_ml)
        self._outstanding += 1
        self._ordered += 1
        wishes.operations.append(replace(operation, name=f"{self.vessel}-{self._ordered}"))

    def _no_longer_awaits(self, operation: Operation) -> None:
        self._outstanding -= 1
        self._undrawn_ml -= max(0.0, -operation.change_ml)

    @property
    def _fullest_ml(self) -> float:
        """Volume while no sample is drawn yet: the arm may bring a dose before it."""
        return self.volume_ml + self._undrawn_ml

    def _order_again(self, wishes: Wishes, operation: Operation) -> None:
        """Order what was ordered before, if the vessel still holds it; a held one later."""
        if self.life.phase is None:
            self._postpone(operation)
        elif operation.kind != "sample" and (
            refusal := self.guard.refuses_volume(self._fullest_ml + operation.volume_ml)
        ):
            self._give_up(wishes, refusal[1], refusal[0], about="volume")
        else:
            self._order(wishes, operation)

    def _postpone(self, operation: Operation) -> None:
        """Keep what a held culture will want; what to do about its pH it will decide anew."""
        if not self.life.ended and operation.kind != "ph":
            self._postponed.append(operation)

    def _keep_limits(self, wishes: Wishes, time_s: float, readings: Mapping[str, float]) -> None:
        for channel, then, what in self.guard.excursions(time_s, readings):
            if then:
                self._give_up(wishes, what, then, about=f"limit {channel}")
            else:
                over: dict[str, object] = {"about": f"limit {channel}", "what": what}
                wishes.notes.append(Note("alarm over", self.vessel, over))

    def _follow(
        self, wishes: Wishes, operation: Operation, outcome: Outcome, verdict: Verdict
    ) -> None:
        if verdict in ("retry", "complete"):
            left = left_of(operation, outcome)
            tries = operation.attempt + (verdict == "retry")
            self._order_again(wishes, replace(left, attempt=tries))
            return
        self._give_up(wishes, f"{operation.kind} {outcome.status}: {outcome.detail}", verdict)
        if verdict == "repeat":
            self._order_again(wishes, operation)

    def _give_up(self, wishes: Wishes, what: str, then: str, **about: object) -> None:
        """Tell what is wrong, and do what the rule says of it."""
        body = {**about, "what": what, "then": then}
        wishes.notes.append(Note("alarm", self.vessel, body))
        if then in ("quarantine", "abort"):
            wishes.notes += self.lose(self._now_s, what).notes
        elif then in ("hold", "pause-all"):
            wishes.notes += self.hold(self._now_s, what).notes
        if then == "pause-all":
            wishes.pause_all = f"{self.vessel}: {what}"
