"""A conversation with one device: what is typed, what goes out, what comes and what it means."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from string import Formatter
from typing import TYPE_CHECKING

from hardware.errors import HardwareError
from hardware.transcript import (
    RecordingPort,
    Step,
    TranscriptError,
    joined,
    to_bytes,
    write_step,
)
from orchestrator.dialects import commands, dialect

if TYPE_CHECKING:
    from hardware.devices.device import Command
    from hardware.port import Port
    from hardware.station_spec import PortSpec

_RAW_WAIT_S = 1.5
_QUIET_S = 0.25
_USB = re.compile(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}( \S+)?")
_ADDRESS_FIELDS = frozenset({"unit", "address", "pump"})
_HELP = ("help", "?")
_END = ("quit", "exit")


class NotUnderstood(HardwareError):
    """What was typed is no command; the message says what would be."""


def typed_lines() -> Iterator[str]:
    """What is typed, or piped, line by line; a person sees a prompt."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def port_spec(port: str, family: str, baud: int | None, frame: str | None) -> PortSpec:
    """The line to open: a device name, an address or ``VID:PID SERIAL``, as the family has it.

    Args:
        port: How the port is named.
        family: Of the device on it.
        baud: Another speed than the family's own.
        frame: Another frame than the family's own.
    """
    from hardware.station_spec import PortSpec

    kind = "usb" if _USB.fullmatch(port) else "url" if "://" in port else "path"
    own = dialect(family)
    return PortSpec.model_validate(
        {kind: port, "baud": baud or own.baud, "frame": frame or own.frame}
    )


class Conversation:
    """One device on an open port.

    Args:
        port: The line.
        family: Of the device.
        address: Of the device; None for the factory's.
        record: Told each line of the transcript.
    """

    def __init__(
        self,
        port: Port,
        family: str,
        address: str | None = None,
        record: Callable[[str], object] = lambda line: None,
    ) -> None:
        self._port = RecordingPort(port)
        self._dialect = dialect(family)
        self._commands = commands(family)
        self._address = address or self._dialect.address
        self._record = record
        self._exchanges = 0

    def follow(self, lines: Iterable[str]) -> Iterator[str]:
        """Carry out what is typed, line by line; gives what to show."""
        for typed in lines:
            line = typed.strip("\r\n ")
            if line in _END:
                return
            if line in _HELP:
                yield from self.help()
            elif line and not line.startswith("#"):
                try:
                    yield from self.say(line)
                except (NotUnderstood, TranscriptError) as error:
                    yield f"  {error}"

    def say(self, line: str) -> Iterator[str]:
        """One exchange: a command of the family's table with its arguments, or text, or bytes.

        Raises:
            NotUnderstood: It is a command, and its arguments are missing or no numbers.
            PortLost: The line is gone.
        """
        name = self._name(line)
        request = self._bytes(line, name)
        wait_s = self._commands[name].timeout_s if name else _RAW_WAIT_S
        self._exchanges += 1
        self._port.steps.clear()
        self._port.drop_input()
        self._port.write(request)
        deadline_s = self._port.now() + wait_s
        while self._port.read_some(deadline_s):
            deadline_s = self._port.now() + _QUIET_S
        steps = list(joined(self._port.steps))
        for step in steps:
            self._record(write_step(step))
            yield _shown(step)
        heard = b"".join(step.data for step in steps if step.way == "<")
        if not heard:
            yield f"  nothing came within {wait_s:g} s"
        elif heard.startswith(request):
            yield "  the line gives back what is sent (echo); see: inoculum doctor"
            heard = heard[len(request) :]
        for meaning in self._dialect.explain(heard):
            yield f"  {meaning}"

    def help(self) -> Iterator[str]:
        """The family's commands."""
        width = max(map(len, self._commands), default=0)
        for name, command in self._commands.items():
            unit = f" [{command.unit}]" if command.unit else ""
            fields = "".join(f" {field.upper()}" for field, _ in self._fields(command))
            yield (
                f"  {name:{width}}{fields}{unit}  {command.effect}, {command.template!r}"
                f" ({command.manual})"
            )
        yield "  or text as the device takes it, or hex: 01 03; quit ends"

    def _name(self, line: str) -> str:
        """The longest command name that the line begins with; empty for none."""
        fitting = [name for name in self._commands if f"{line} ".startswith(f"{name} ")]
        return max(fitting, key=len, default="")

    def _bytes(self, line: str, name: str) -> bytes:
        if line.startswith("hex: "):
            return to_bytes(line)
        if name:
            text = self._filled(self._commands[name], name, shlex.split(line[len(name) :]))
        else:
            text = to_bytes(line).decode("latin-1")
        text += "" if text.endswith(("\r", "\n")) else self._dialect.end
        try:
            return self._dialect.wire(text, self._address, self._exchanges)
        except (ValueError, OverflowError) as error:
            raise NotUnderstood(f"'{line}' does not go on this wire: {error}") from error

    def _fields(self, command: Command) -> list[tuple[str, bool]]:
        """Arguments of a command and whether each is a number; its address is none of them."""
        parsed = Formatter().parse(command.template)
        found = {name: bool(form) for _, name, form, _ in parsed if name}
        return [(name, number) for name, number in found.items() if name not in _ADDRESS_FIELDS]

    def _filled(self, command: Command, name: str, words: list[str]) -> str:
        fields = self._fields(command)
        named = dict(word.split("=", 1) for word in words if "=" in word)
        plain = iter(word for word in words if "=" not in word)
        values: dict[str, object] = dict.fromkeys(_ADDRESS_FIELDS, self._address)
        for field, number in fields:
            text = named.get(field) or next(plain, None)
            if text is None:
                wanted = " ".join(field.upper() for field, _ in fields)
                raise NotUnderstood(f"'{name}' needs {wanted}")
            try:
                values[field] = float(text) if number else text
            except ValueError:
                raise NotUnderstood(f"'{name}': {field} is a number, not '{text}'") from None
        # What a table leaves out of its template (an eVOLVER's values) follows it.
        rest = " ".join(plain)
        return command.template.format(**values) + (f" {rest}" if rest else "")


def _shown(step: Step) -> str:
    line = write_step(step)
    return line if step.way == ">" else f"{line[0]} {line[1:]}"
