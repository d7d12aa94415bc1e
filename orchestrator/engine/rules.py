"""What follows when an operation was not done, or nobody knows: the protocol's rules."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hardware.outcome import Outcome
from orchestrator.engine.operation import Operation
from orchestrator.protocol import Culture
from orchestrator.protocol.faults import Then

Verdict: TypeAlias = Literal["retry", "complete", "repeat"] | Then
"""``retry`` and ``complete`` what certainly was not done (a retry is counted), ``repeat`` what
perhaps was; or go on without it, wait for a person, give the vessel up, hold all vessels."""


def after_fault(culture: Culture, operation: Operation, outcome: Outcome) -> Verdict:
    """What follows when a device failed."""
    rule = culture.on_fault.rule(operation.kind)
    # A dose in doubt is never repeated; a sample in doubt costs only broth.
    sure = outcome.status == "not done" or operation.effect == "repeatable with loss"
    return "retry" if sure and operation.attempt < rule.retry else rule.then


def after_outage(culture: Culture, operation: Operation, outcome: Outcome, twice: bool) -> Verdict:
    """What follows when the program had ended meanwhile; the fault was not the device's.

    Args:
        culture: The procedure, with its rules.
        operation: What was under way.
        outcome: What was found out of it.
        twice: Whether it does no harm if it happens twice.
    """
    rule = culture.resume.unknown
    if outcome.status == "not done":
        return "complete"
    if rule == "repeat if safe":
        return "repeat" if twice else after_fault(culture, operation, outcome)
    return rule or after_fault(culture, operation, outcome)
