"""What a person orders while the campaign runs: per vessel or for all, with who and why.

Commands wait in an `Inbox` until the next scan; there they are written to the journal and then
obeyed, so that a replay obeys them at the same place. Whoever brings them (a socket, a test) only
knows the inbox.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from orchestrator.engine.lifecycle import Lifecycle
    from orchestrator.engine.vessel_run import VesselRun

Verb = Literal["hold", "restart", "abort", "skip", "set"]
VERBS: tuple[Verb, ...] = get_args(Verb)


class CommandRefused(ValueError):
    """A command that makes no sense; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Command:
    """An order.

    Attributes:
        vessel: Which vessel; None for all of them.
        verb: ``hold``, ``restart`` a held one, ``abort``, ``skip`` the phase, ``set`` a channel.
        who: Name of the person.
        why: Their reason.
        channel: What to set.
        value: To what, in the channel's unit.
    """

    vessel: str | None
    verb: Verb
    who: str
    why: str
    channel: str | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        if self.verb not in VERBS:
            raise CommandRefused(f"'{self.verb}' is no command; there are {', '.join(VERBS)}")
        if (self.verb == "set") != (self.channel is not None and self.value is not None):
            raise CommandRefused("`set`, and only it, takes a channel and a value")

    def described(self) -> dict[str, Any]:
        """What the journal says of it, apart from the vessel."""
        about = {key: value for key, value in asdict(self).items() if value is not None}
        about.pop("vessel", None)
        return about

    def for_nobody(
        self, runs: Mapping[str, VesselRun], settable: Callable[[str, str], bool]
    ) -> str | None:
        """Why it is for nobody here, whatever the cultures do; None when it is for somebody."""
        vessels = list(runs) if self.vessel is None else [self.vessel]
        if unknown := [vessel for vessel in vessels if vessel not in runs]:
            return f"no culture grows in {unknown[0]}"
        channel = self.channel
        if channel in (None, "ph") or any(settable(v, channel) for v in vessels if channel):
            return None
        return f"nothing here sets {channel} of {', '.join(vessels)}"

    def whom(self, runs: Mapping[str, VesselRun]) -> list[str]:
        """The vessels it is for; one for all passes over those for which it makes no sense."""
        if self.vessel is not None:
            return [self.vessel]
        return [vessel for vessel, run in runs.items() if self.refused_by(run.life) is None]

    def refused_by(self, life: Lifecycle) -> str | None:
        """Why it makes no sense for a culture now, in a sentence; None when it does."""
        possible = {
            "hold": life.can_be_held,
            "skip": life.phase is not None,
            "restart": life.state == "held",
            "abort": not life.ended,
            "set": not life.ended,
        }
        if possible[self.verb]:
            return None
        return f"'{self.verb}' makes no sense: the culture is {life.state}"

    @classmethod
    def from_journal(cls, vessel: str | None, body: Mapping[str, Any]) -> Command:
        """A command as it was journalled."""
        return cls(vessel, **body)

    def __str__(self) -> str:
        what = f"{self.verb} {self.channel} {self.value:g}" if self.verb == "set" else self.verb
        return f"{what} ({self.who}: {self.why})"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person wants in the journal, and which nothing follows from.

    Attributes:
        kind: ``note`` or ``acknowledged``.
        vessel: Whom it concerns; None for the whole campaign.
        body: What it says, with ``who``.
    """

    kind: Literal["note", "acknowledged"]
    vessel: str | None
    body: dict[str, Any]


class Inbox:
    """Commands and remarks that wait for the next scan.

    Attributes:
        open: Whether more may come; as long as it is, held cultures keep a campaign alive.
        patience_s: For how long they do when nothing else goes on any more.
    """

    def __init__(self, *, open_: bool = True, patience_s: float = math.inf) -> None:
        self.open = open_
        self.patience_s = patience_s
        self._waiting: deque[Command] = deque()
        self._remarks: deque[Remark] = deque()

    def put(self, command: Command) -> None:
        """Let a command wait for the next scan; call it on the engine's loop."""
        self._waiting.append(command)

    def remark(self, remark: Remark) -> None:
        """Let a remark wait for the next scan; call it on the engine's loop."""
        self._remarks.append(remark)

    def take_remarks(self) -> list[Remark]:
        """All remarks that wait, in the order in which they came."""
        taken = list(self._remarks)
        self._remarks.clear()
        return taken

    def take(self) -> list[Command]:
        """All that wait, in the order in which they came."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def __len__(self) -> int:
        return len(self._waiting)
