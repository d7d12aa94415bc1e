"""What `inoculum check --station` says of the plan of a night."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.cli.console import say, say_table

if TYPE_CHECKING:
    from orchestrator.protocol import Diagnostic
    from orchestrator.schedule.plan import Plan
    from orchestrator.schedule.prove import Proof


@dataclass(frozen=True)
class PlannedNight:
    """A plan with what was found out about it.

    Attributes:
        plan: The plan.
        problems: What is infeasible.
        proposals: What would help, in sentences.
        proof: Whether any order keeps all windows; None when nobody asked.
        drawn: Where the plan was drawn.
    """

    plan: Plan
    problems: list[Diagnostic]
    proposals: list[str]
    proof: Proof | None
    drawn: Path | None

    def tell(self) -> None:
        """Print it for a person."""
        from orchestrator.schedule.report import HEADERS, rows, sentences

        if found := rows(self.plan):
            arms = "arms" if len(self.plan.arms) > 1 else "arm"
            say_table(f"The {arms} of {self.plan.night.station.name}", HEADERS, found)
        for sentence in sentences(self.plan):
            say(sentence)
        for proposal in self.proposals:
            say(f"Proposal: {proposal}.")
        if self.proof is not None:
            say(f"Proof: {self.proof.sentence}")
        if self.drawn is not None:
            say(f"The plan is drawn in {self.drawn}")

    def to_json(self) -> dict[str, Any]:
        """The same for a program."""
        from orchestrator.schedule.report import to_json

        about: dict[str, Any] = {"plan": to_json(self.plan), "proposals": self.proposals}
        if self.proof is not None:
            about["proof"] = {"verdict": self.proof.verdict, "seconds": self.proof.seconds}
        return about


def planned_night(
    protocol: Path, station: Path, campaign: Path | None, output: Path | None, *, prove: bool
) -> PlannedNight:
    """Plan a night whose files are sound.

    Args:
        protocol: The protocol file.
        station: The station file.
        campaign: Campaign that shows how long triggered phases last and what base is dosed; None
            for the longest, and none.
        output: HTML file to draw the plan in.
        prove: Whether to prove that all windows can be kept.
    """
    from orchestrator.planning import plan_night
    from orchestrator.schedule.chart import chart
    from orchestrator.schedule.findings import findings_of
    from orchestrator.schedule.plan import plan_of
    from orchestrator.schedule.precedent import NO_PRECEDENT, precedent_of
    from orchestrator.schedule.proposal import proposals
    from orchestrator.schedule.prove import proof_of

    night = plan_night(protocol, station)
    seen = precedent_of(campaign, night) if campaign is not None else NO_PRECEDENT
    plan = plan_of(night, seen)
    if output is not None:
        output.write_text(chart(plan), encoding="utf-8")
    return PlannedNight(
        plan,
        findings_of(plan),
        [*proposals(plan, seen)],
        proof_of(plan) if prove else None,
        output,
    )
