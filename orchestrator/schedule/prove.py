"""An exact answer: is there any order in which the arms keep all windows? OR-Tools CP-SAT says.

The dispatcher's plan is one order; that it is late somewhere does not prove that every order is.
The solver's model has an interval for each operation on its arm and one for each analysis, the
windows as the domains of their begins, a lag between what follows each other, and the plan as its
complete hint. It has no objective: as an optimiser the solver loses to the dispatcher.
Durations are those of the plan, rounded up to the unit.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from orchestrator.schedule.simulation import Done

if TYPE_CHECKING:
    from orchestrator.schedule.plan import Plan

Verdict: TypeAlias = Literal["feasible", "infeasible", "unknown"]

_UNIT_S, _FINE_UNIT_S = 10.0, 1.0
_SHORT_S = 30.0
"""Where an operation takes less, the coarse unit would take too much of it for certain."""
_WORKERS = 2
_LIMIT_S = 30.0


class PlanExtraMissing(Exception):
    """OR-Tools is not installed."""


@dataclass(frozen=True)
class Proof:
    """What the solver says.

    Attributes:
        verdict: ``feasible``, ``infeasible``, or ``unknown`` when the time was not enough.
        seconds: How long it took, building the model included.
        intervals: How large the model was.
        unit_s: To what times were rounded.
    """

    verdict: Verdict
    seconds: float
    intervals: int
    unit_s: float

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        told = {
            "feasible": "there is an order in which every window is kept",
            "infeasible": f"in no order are all windows kept (in steps of {self.unit_s:g} s)",
            "unknown": "not decided in the time given",
        }[self.verdict]
        return f"{told}; {self.intervals:,} intervals, {self.seconds:.2g} s."


def proof_of(plan: Plan, limit_s: float = _LIMIT_S) -> Proof:
    """Whether all windows of a plan's operations can be kept by its arms.

    Args:
        plan: What is to be done, and the order that the dispatcher found.
        limit_s: How long the solver may take.

    Raises:
        PlanExtraMissing: OR-Tools is not installed.
    """
    return prove(plan.done, limit_s)


def prove(done: Sequence[Done], limit_s: float = _LIMIT_S) -> Proof:
    """See `proof_of`."""
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        raise PlanExtraMissing(
            "a proof needs OR-Tools: pip install 'inoculum[plan]'; the plan itself does without"
        ) from None
    began_s = time.perf_counter()
    shortest_s = min((one.end_s - one.start_s for one in done), default=_SHORT_S)
    unit_s = _UNIT_S if shortest_s >= _SHORT_S else _FINE_UNIT_S
    model = _Model(cp_model.CpModel(), unit_s)
    model.add(done)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = _WORKERS
    # A plan that keeps its windows is a solution, which only has to be found right.
    solver.parameters.cp_model_presolve = any(one.late_s > 0 for one in done)
    status = solver.solve(model.cp)
    verdicts: dict[Any, Verdict] = {
        cp_model.OPTIMAL: "feasible",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
    }
    verdict = verdicts.get(status, "unknown")
    return Proof(verdict, time.perf_counter() - began_s, model.intervals, unit_s)


class _Model:
    """The night as a constraint model; times are whole units.

    Attributes:
        cp: The model.
        intervals: How many intervals it has.
    """

    def __init__(self, cp: Any, unit_s: float) -> None:
        self.cp = cp
        self.intervals = 0
        self._unit_s = unit_s
        self._horizon = 0
        self._arm_free: Counter[str] = Counter()
        self._analyser_free = 0

    def add(self, done: Sequence[Done]) -> None:
        """Add every operation, in the order of the plan, and what binds it."""
        self._horizon = self._up(2 * max((one.end_s for one in done), default=0.0))
        begins: dict[int, Any] = {}
        arms: dict[str, list[Any]] = {}
        analyser = []
        for one in done:
            begin, size = self._operation(one)
            begins[id(one.asked)] = begin
            interval = self.cp.new_fixed_size_interval_var(begin, size, "")
            arms.setdefault(one.arm, []).append(interval)
            if one.operation.analysis_s:
                analyser.append(self._analysis(one, begin, size))
        for intervals in (*arms.values(), analyser):
            self.cp.add_no_overlap(intervals)
        self._bind_followers(done, begins)
        self.intervals = len(done) + len(analyser)

    def _operation(self, one: Done) -> tuple[Any, int]:
        wanted, size = one.operation, self._up(one.end_s - one.start_s)
        first, last = self._up(wanted.release_s), self._down(wanted.latest_s)
        if wanted.follows:  # bound to its sample instead
            first, last = self._up(one.asked.operation.release_s), self._horizon
        begin = self.cp.new_int_var(first, max(first, last), "")
        # Rounded up, the plan's operations would overlap: each is hinted behind the one before.
        at = max(first, self._up(one.start_s), self._arm_free[one.arm])
        self.cp.add_hint(begin, min(at, max(first, last)))
        self._arm_free[one.arm] = at + size
        return begin, size

    def _analysis(self, one: Done, begin: Any, drawn: int) -> Any:
        hold_s, takes = one.operation.hold_s, self._up(one.operation.analysis_s)
        waits = max(drawn, self._down(hold_s)) if hold_s is not None else self._horizon
        analysed = self.cp.new_int_var(0, 2 * self._horizon, "")
        self.cp.add_linear_constraint(analysed - begin, drawn, waits)
        at = max(self._arm_free[one.arm], self._analyser_free)
        self.cp.add_hint(analysed, at)
        self._analyser_free = at + takes
        return self.cp.new_fixed_size_interval_var(analysed, takes, "")

    def _bind_followers(self, done: Sequence[Done], begins: dict[int, Any]) -> None:
        for one in done:
            for follower in one.asked.followers:
                lag = begins[id(follower)] - begins[id(one.asked)]
                drawn = self._up(one.end_s - one.start_s)
                within = self._down(follower.operation.within_s)
                self.cp.add_linear_constraint(lag, drawn, drawn + within)

    def _up(self, seconds: float) -> int:
        return math.ceil(seconds / self._unit_s - 1e-6)

    def _down(self, seconds: float) -> int:
        return math.floor(seconds / self._unit_s + 1e-6)
