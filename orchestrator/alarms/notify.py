"""Telling people who are not there: mail, Slack, Teams, a webhook, through apprise.

Whom to tell stands in a file of its own, because its addresses carry passwords:

```yaml
notify: 1
to:
  - {url: "mailtos://lab:secret@example.org", level: urgent}
  - {url: "slack://TokenA/TokenB/TokenC", level: warning}
again_after: 30 min
```
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from orchestrator.alarms.book import LEVELS, Alarm, Level
from orchestrator.protocol.vocabulary import Interval, Model

USUAL_PLACE = Path("~/.config/inoculum/notify.yaml")


class NotifyError(Exception):
    """Nobody can be told; the message says why."""


class Recipient(Model):
    """One way to reach people."""

    url: Annotated[str, Field(min_length=3)]
    """Where to, as apprise writes it: ``mailtos://``, ``slack://``, ``msteams://``, ``json://``."""
    level: Literal["warning", "urgent"] = "urgent"
    """The least that is told there."""


class NotifySpec(Model):
    """Whom to tell what."""

    notify: Literal[1]
    """Version of this file."""
    to: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    """Who is told."""
    again_after: Interval = 1800.0
    """An alarm that comes again is told again only after this time."""


Send = Callable[[str, str, str], bool]
"""Takes address, title and text; gives whether it was sent."""


def send_by_apprise(url: str, title: str, text: str) -> bool:
    """Send one message.

    Raises:
        NotifyError: apprise is not installed, or does not know such an address.
    """
    try:
        import apprise
    except ImportError as error:
        raise NotifyError("notifications need apprise: pip install 'inoculum[notify]'") from error
    sender = apprise.Apprise()
    if not sender.add(url):
        scheme = url.partition("://")[0]
        raise NotifyError(f"apprise knows no address that begins with {scheme}://")
    return bool(sender.notify(title=title, body=text))


class Notifier:
    """Sends alarms to whom they concern, the same one not too often.

    Args:
        spec: Whom to tell.
        name: Of the campaign, for titles.
        send: How.

    Attributes:
        failures: Sentences about messages that were not sent.
    """

    def __init__(self, spec: NotifySpec, name: str, send: Send = send_by_apprise) -> None:
        self.failures: list[str] = []
        self._spec = spec
        self._name = name
        self._send = send
        self._told_s: dict[tuple[str | None, str], float] = {}

    def tell(self, alarms: Sequence[Alarm], now_s: float) -> int:
        """Send what is new, one message a recipient.

        Args:
            alarms: What came up.
            now_s: Seconds of any steady clock.

        Returns:
            How many messages were sent.
        """
        fresh = [alarm for alarm in alarms if self._is_due(alarm, now_s)]
        sent = 0
        for recipient in self._spec.to:
            least = LEVELS.index(recipient.level)
            mine = [alarm for alarm in fresh if LEVELS.index(alarm.level) >= least]
            if mine:
                sent += self._send_to(recipient, *_worded(self._name, mine))
        return sent

    def _is_due(self, alarm: Alarm, now_s: float) -> bool:
        key = (alarm.vessel, alarm.about)
        last_s = self._told_s.get(key)
        if last_s is not None and now_s - last_s < self._spec.again_after:
            return False
        self._told_s[key] = now_s
        return True

    def _send_to(self, recipient: Recipient, title: str, text: str) -> bool:
        scheme = recipient.url.partition("://")[0]
        try:
            sent = self._send(recipient.url, title, text)
        except NotifyError as error:
            self.failures.append(str(error))
            return False
        if not sent:
            self.failures.append(f"a message by {scheme} was not sent")
        return sent


def _worded(name: str, alarms: Sequence[Alarm]) -> tuple[str, str]:
    worst: Level = "urgent" if any(alarm.level == "urgent" for alarm in alarms) else "warning"
    first = alarms[0]
    more = f" and {len(alarms) - 1} more" if len(alarms) > 1 else ""
    title = f"{worst}: {name}: {first.vessel or 'station'}: {first.about}{more}"
    lines = [
        f"{alarm.level}  {alarm.raised_s / 3600:.2f} h  {alarm.vessel or 'station'}: {alarm.what}"
        for alarm in alarms
    ]
    return title, "\n".join(lines)


def load_notify(path: Path | None) -> NotifySpec | None:
    """Read whom to tell.

    Args:
        path: The file; None for the usual place, where there may be none.

    Raises:
        SourceErrors: What is wrong in the file.
        NotifyError: Others may read its passwords.
    """
    from pydantic import ValidationError

    from orchestrator.protocol.diagnostics import SourceErrors
    from orchestrator.protocol.schema_walk import walk_of
    from orchestrator.protocol.shape import explain_errors
    from orchestrator.protocol.source import read_source

    chosen = path or USUAL_PLACE.expanduser()
    if path is None and not chosen.exists():
        return None
    if os.name == "posix" and chosen.stat().st_mode & 0o077:
        raise NotifyError(f"{chosen} holds passwords and others may read it: chmod 600 {chosen}")
    source = read_source(chosen)
    try:
        return NotifySpec.model_validate(source.data)
    except ValidationError as error:
        raise SourceErrors(explain_errors(error, source, walk_of(NotifySpec))) from error
