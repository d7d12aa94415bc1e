"""The procedure as a state machine, in ISA-88 terms.

One shared `transitions.Machine`, built from the protocol's phases, is the ledger of every
culture's state: events go in, states come out. No callback does I/O, and the synchronous machine
is used on purpose (decision 0005): the asynchronous one cancels a running callback when a second
event arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from transitions import EventData, Machine, MachineError

FINAL_STATES = frozenset({"complete", "stopped", "aborted"})
_PHASE = "running: "


class Lifecycle:
    """State of one culture; the shared machine writes ``state``.

    Attributes:
        vessel: Where the culture grows.
        phase: Name of the running phase, None in every other state.
        interrupted: The state that a hold interrupted: one that runs, or ``idle``.
    """

    def __init__(self, vessel: str) -> None:
        self.vessel = vessel
        self.phase: str | None = None
        self.interrupted: str | None = None
        self.state = "idle"

    @property
    def state(self) -> str:
        """``idle``, ``running: <phase>``, ``held``, ``complete``, ..."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state
        self.phase = state[len(_PHASE) :] if state.startswith(_PHASE) else None

    @property
    def can_be_held(self) -> bool:
        """Whether there is something to hold: a phase that runs, or a start that is to come."""
        return self.phase is not None or self.state == "idle"

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen to this culture."""
        return self.state in FINAL_STATES


class Procedure:
    """The shared machine of all cultures that follow one list of phases."""

    def __init__(self, phases: Sequence[str]) -> None:
        self.phases = tuple(phases)
        self._machine = Machine(
            model=None,
            states=states(phases),
            transitions=transitions(phases),
            initial="idle",
            auto_transitions=False,
            send_event=True,
            before_state_change=_remember_interrupted,
        )

    def add(self, vessel: str) -> Lifecycle:
        """A new culture in state ``idle``."""
        lifecycle = Lifecycle(vessel)
        self._machine.add_model(lifecycle)
        return lifecycle

    def fire(self, lifecycle: Lifecycle, event: str) -> str:
        """Apply an event.

        Args:
            lifecycle: The culture concerned.
            event: ``start``, ``advance``, ``hold``, ``restart``, ``stop``, ``abort`` or one of
                the completions ``held``, ``restarted``, ``stopped``, ``aborted``.

        Returns:
            The new state.

        Raises:
            transitions.MachineError: The event is not allowed in this state.
        """
        if not self._machine.events[event].trigger(lifecycle):
            raise MachineError(f"'{event}' has no effect in state '{lifecycle.state}'")
        return lifecycle.state


def states(phases: Sequence[str]) -> list[str]:
    """All states: ISA-88's, with running split into the protocol's phases."""
    running = [_PHASE + phase for phase in phases]
    ended = ["complete", "stopping", "stopped", "aborting", "aborted"]
    return ["idle", *running, "holding", "held", "restarting", *ended]


def transitions(phases: Sequence[str]) -> list[dict[str, Any]]:
    """All transitions, in the form `transitions.Machine` takes."""
    running = [_PHASE + phase for phase in phases]
    alive = ["idle", *running, "holding", "held", "restarting"]
    table: list[dict[str, Any]] = [
        {"trigger": "start", "source": "idle", "dest": running[0]},
        *(
            {"trigger": "advance", "source": here, "dest": there}
            for here, there in zip(running, [*running[1:], "complete"], strict=True)
        ),
        {"trigger": "hold", "source": ["idle", *running], "dest": "holding"},
        {"trigger": "held", "source": "holding", "dest": "held"},
        {"trigger": "restart", "source": "held", "dest": "restarting"},
        *(
            {
                "trigger": "restarted",
                "source": "restarting",
                "dest": state,
                "conditions": partial(_was_interrupted, state),
            }
            for state in ["idle", *running]
        ),
        {"trigger": "stop", "source": alive, "dest": "stopping"},
        {"trigger": "stopped", "source": "stopping", "dest": "stopped"},
        {"trigger": "abort", "source": [*alive, "stopping"], "dest": "aborting"},
        {"trigger": "aborted", "source": "aborting", "dest": "aborted"},
    ]
    return table


def state_chart(phases: Sequence[str]) -> str:
    """The machine as a Mermaid state diagram, drawn from its own tables."""
    names = {state: f"s{number}" for number, state in enumerate(states(phases))}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state}" as {name}' for state, name in names.items()]
    lines.append(f"    [*] --> {names['idle']}")
    for row in transitions(phases):
        sources = row["source"] if isinstance(row["source"], list) else [row["source"]]
        lines += [f"    {names[s]} --> {names[row['dest']]}: {row['trigger']}" for s in sources]
    lines += [f"    {names[state]} --> [*]" for state in names if state in FINAL_STATES]
    return "\n".join(lines) + "\n"


def _remember_interrupted(event: EventData) -> None:
    life = cast(Lifecycle, event.model)
    if event.event.name == "hold":
        life.interrupted = life.state


def _was_interrupted(state: str, event: EventData) -> bool:
    return cast(Lifecycle, event.model).interrupted == state
