"""Reading a YAML file with the place of everything in it.

The file is read as YAML 1.2 means it (``12:30``, ``no`` and ``010`` are what they look like) and
without what a method section does not need: anchors, tags, merge keys, several documents.
PyYAML's events are turned into data here rather than by its constructor, because that one knows
YAML 1.1, takes duplicate keys silently and stops at the first fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from orchestrator.protocol.diagnostics import Diagnostic, SourceErrors
from orchestrator.protocol.yaml_faults import explain_yaml_error

Location: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top of the file, as pydantic gives them."""

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = re.compile(r"^(~|null|Null|NULL|)$")
_TRUE = re.compile(r"^(true|True|TRUE)$")
_FALSE = re.compile(r"^(false|False|FALSE)$")
_INTEGER = re.compile(r"^([-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15})$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_LINE_BREAK = re.compile("\r\n|\r|\n")
_UNPRINTABLE = re.compile(
    "[^\t\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def has_step(node: Any, step: str | int) -> bool:
    """Whether a mapping has a key, or a list a position."""
    if isinstance(node, dict):
        return step in node
    return isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node)


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Source:
    """The data of a file and the place of every key and value.

    Attributes:
        path: Path as it was given.
        data: Mappings, lists, texts, numbers, booleans and None.
        values: Place where each value begins.
        keys: Place of the key of each value in a mapping.
    """

    path: str
    data: Any = None
    values: dict[Location, Place] = field(default_factory=dict)
    keys: dict[Location, Place] = field(default_factory=dict)

    def place(self, location: Location, *, key: bool = False) -> Place:
        """Place of a value, or of its key; of what it is part of when it does not exist."""
        while True:
            if key and location in self.keys:
                return self.keys[location]
            if location in self.values:
                return self.values[location]
            if not location:
                return Place(1, 1)
            location = location[:-1]

    def at(self, location: Location) -> Any:
        """The value at a location, None where there is none."""
        node = self.data
        for step in location:
            if not has_step(node, step):
                return None
            node = node[step]
        return node

    def error(
        self, location: Location, code: str, message: str, *, key: bool = False
    ) -> Diagnostic:
        """A finding about the value at a location, or about its key."""
        place = self.place(location, key=key)
        return Diagnostic(self.path, place.line, place.column, code, message)

    def warning(self, location: Location, message: str, *, key: bool = False) -> Diagnostic:
        """Something allowed that is probably not meant."""
        place = self.place(location, key=key)
        return Diagnostic(self.path, place.line, place.column, "W701", message, "warning")


def read_source(path: str | Path) -> Source:
    """Read a file.

    Raises:
        SourceErrors: The file cannot be read or is not YAML of the kind used here.
    """
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(name, f"the file cannot be read: {reason.lower()}") from error
    except ValueError as error:
        raise _refused(name, "this is not the name of a file") from error
    if len(raw) > MAX_BYTES:
        raise _refused(name, "the file is larger than 1 MB; a protocol is a few pages of text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = "the file is not UTF-8 text here; save it as UTF-8"
        raise SourceErrors([Diagnostic(name, line, column, "E101", message)]) from error
    return parse_source(text, name)


def parse_source(text: str, path: str) -> Source:
    """Read the text of a file; see `read_source`."""
    faults = [*_character_faults(text, path)]
    if faults:
        raise SourceErrors(faults)
    composer = _Composer(Source(path))
    try:
        composer.compose(text)
    except yaml.YAMLError as error:
        line, column, message = explain_yaml_error(error)
        lines = _LINE_BREAK.split(text)
        if line > len(lines):  # the end of the file is told as the line after it
            line, column = len(lines), len(lines[-1]) + 1
        composer.faults.append(Diagnostic(path, line, column, "E102", message))
    if composer.faults:
        raise SourceErrors(composer.faults)
    if composer.source.data is None:
        raise SourceErrors([Diagnostic(path, 1, 1, "E101", "the file is empty")])
    return composer.source


def _refused(path: str, message: str) -> SourceErrors:
    return SourceErrors([Diagnostic(path, 1, 1, "E101", message)])


def _character_faults(text: str, path: str) -> Iterator[Diagnostic]:
    for number, line in enumerate(_LINE_BREAK.split(text), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent:
            column = indent.index("\t") + 1
            yield Diagnostic(path, number, column, "E104", "a tab indents here; use spaces")
        bad = _UNPRINTABLE.search(line)
        if bad:
            message = f"a character that cannot be printed (U+{ord(bad[0]):04X}); delete it"
            yield Diagnostic(path, number, bad.start() + 1, "E101", message)


class _TooDeepError(Exception):
    """Nesting beyond what any protocol has."""


class _Composer:
    """Builds data and places from PyYAML's events, collecting every fault on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Diagnostic] = []
        self._events: Iterator[yaml.Event] = iter(())

    def compose(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=_LOADER)
        next(self._events)  # the start of the stream
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document begins here; remove the `---`")
                    return
            elif isinstance(event, yaml.NodeEvent):
                try:
                    self.source.data = self._node(event, ())
                except _TooDeepError:
                    return

    def _refuse(self, event: yaml.Event, message: str, code: str = "E104") -> None:
        place = _place(event)
        self.faults.append(Diagnostic(self.source.path, place.line, place.column, code, message))

    def _node(self, event: Any, location: Location) -> Any:
        self.source.values[location] = _place(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"`*{event.anchor}` repeats another part; write it out here")
            return None
        if event.anchor is not None:
            self._refuse(event, f"`&{event.anchor}` names a part for reuse; leave it out")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"the tag `{tag}` is not part of this language; leave it out")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if len(location) >= MAX_DEPTH:
            self._refuse(event, f"nested more than {MAX_DEPTH} deep")
            raise _TooDeepError
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(location)
        return self._sequence(location)

    def _sequence(self, location: Location) -> list[Any]:
        items: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, (*location, len(items))))
        return items

    def _mapping(self, location: Location) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, location)
            if key is None or key in mapping:
                self._node(next(self._events), (*location, "", len(self.source.values)))
                continue
            self.source.keys[*location, key] = _place(event)
            mapping[key] = self._node(next(self._events), (*location, key))
        return mapping

    def _key(self, event: yaml.Event, location: Location) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "a key must be a text")
            self._node(event, (*location, "", len(self.source.values)))
            return None
        key: str = event.value
        if key == "<<" and event.implicit[0]:
            self._refuse(event, "`<<` merges another part; write its keys out here")
            return None
        if event.anchor is not None or event.tag is not None:
            self._refuse(event, "a key must be a plain text, without anchor or tag")
            return None
        if not isinstance(_scalar(event), str):
            self._refuse(event, f"a key must be a text; put `{key}` in quotes")
            return None
        first = self.source.keys.get((*location, key))
        if first is not None:
            self._refuse(
                event, f"`{key}` stands here a second time; it is in line {first.line}", "E103"
            )
        return key


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    if _FALSE.match(text):
        return False
    if _INTEGER.match(text):
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.match(text) and abs(float(text)) != float("inf"):
        return float(text)
    return text
