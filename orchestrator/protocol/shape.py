"""pydantic's errors as plain sentences at their place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.schema_walk import SchemaWalk
from orchestrator.protocol.source import Location, Source, has_step

_QUOTED = re.compile(r"'([^']*)'")
_CLOCK = re.compile(r"^\d+(:\d+)+$")
_NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]*$"
_Context: TypeAlias = Mapping[str, Any]

_CODES = {
    "missing": "E202",
    "extra_forbidden": "E201",
    "literal_error": "E204",
    "union_tag_invalid": "E204",
    "union_tag_not_found": "E202",
    "quantity": "E301",
    "unit_missing": "E301",
    "wrong_unit": "E301",
    "condition": "E302",
}

_WRONG_KIND: dict[str, str] = {
    "string_type": "expected a text, in quotes if it looks like a number",
    "int_type": "expected a whole number, such as 3",
    "int_parsing": "expected a whole number, such as 3",
    "int_from_float": "expected a whole number, such as 3",
    "float_type": "expected a number without a unit",
    "float_parsing": "expected a number without a unit",
    "finite_number": "expected an ordinary number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list, such as `[a, b]` or lines that begin with `- `",
    "tuple_type": "expected a list, such as `[a, b]` or lines that begin with `- `",
    "dict_type": "expected keys with values",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "is_instance_of": "expected something else here",
}

_BOUNDS: dict[str, Callable[[_Context], str]] = {
    "greater_than": lambda c: f"must be more than {c['gt']:g}",
    "greater_than_equal": lambda c: f"must be at least {c['ge']:g}",
    "less_than": lambda c: f"must be less than {c['lt']:g}",
    "less_than_equal": lambda c: f"must be at most {c['le']:g}",
    "too_short": lambda c: f"needs {_items(c['min_length'])} or more",
    "too_long": lambda c: f"may have {_items(c['max_length'])} at most",
    "string_too_short": lambda c: "must not be empty",
    "string_too_long": lambda c: f"may have {c['max_length']} characters at most",
}


def suggest(word: str, known: list[str] | tuple[str, ...]) -> str:
    """How a sentence about an unknown word ends: the word meant, or all there are."""
    near = _nearest(word, known)
    if near:
        return f"did you mean `{near[0]}`?"
    if not known:
        return "there is none to choose from"
    return "choose from " + ", ".join(f"`{name}`" for name in known)


def _nearest(word: str, known: list[str] | tuple[str, ...]) -> list[str]:
    return get_close_matches(word, known, n=1, cutoff=0.6)


def explain_errors(
    error: ValidationError,
    source: Source,
    walk: SchemaWalk,
    bound: Mapping[Location, str] | None = None,
    base: Location = (),
) -> Iterator[Diagnostic]:
    """Turn pydantic's errors into findings, one for each value.

    Args:
        error: From validating the (bound) data of ``source``.
        source: The file.
        walk: Schema of the validated model, for the words that would be right.
        bound: Text that stood for a `$name` in this validation, by the place of the `$name`.
        base: Where in the file the validated data stands.
    """
    findings = [
        _Finding(details, base, source, walk, bound or {})
        for details in error.errors(include_url=False)
    ]
    misspelt = {finding.meant for finding in findings if finding.kind == "extra_forbidden"}
    seen: set[tuple[Location, str]] = set()
    for finding in findings:
        if finding.kind == "missing" and finding.loc in misspelt:
            continue
        diagnostic = finding.diagnostic()
        identity = (finding.location, "" if finding.is_value else diagnostic.message)
        if identity not in seen:
            seen.add(identity)
            yield diagnostic


class _Finding:
    def __init__(
        self,
        details: ErrorDetails,
        base: Location,
        source: Source,
        walk: SchemaWalk,
        bound: Mapping[Location, str],
    ) -> None:
        self.kind: str = details["type"]
        self.context: _Context = details.get("ctx", {})
        self.text: str = details["msg"]
        self.given: Any = details["input"]
        self.loc: Location = (*base, *details["loc"])
        self.source, self.walk, self.bound = source, walk, bound
        self.location = _in_file(self.loc, source.data)

    @property
    def is_value(self) -> bool:
        return self.kind not in {"missing", "extra_forbidden"}

    @property
    def meant(self) -> Location:
        """Of an unknown key: the place of the key that was probably meant."""
        near = _nearest(str(self.loc[-1]), self.walk.keys(self.loc[:-1]))
        return (*self.loc[:-1], *near)

    def diagnostic(self) -> Diagnostic:
        code = _CODES.get(self.kind, "E203" if self.kind in _WRONG_KIND else "E205")
        if self.kind == "missing":
            return self.source.error(self.location, code, self._missing(), key=True)
        if self.kind == "extra_forbidden":
            return self.source.error(self.location, code, self._unknown_key(), key=True)
        location = self.location
        if self.kind == "union_tag_invalid":
            location = (*location, self.walk.tag_key(self.loc))
        raw = self.source.at(location)
        key = raw is None or isinstance(raw, dict | list)
        return self.source.error(location, code, self._about_value(location), key=key)

    def _missing(self) -> str:
        missing = str(self.loc[-1])
        meaning = self.walk.description(self.loc)
        hint = f": {meaning[0].lower()}{meaning[1:]}" if meaning else ""
        return f"{_spoken(self.location)} needs the key `{missing}`{hint}"

    def _unknown_key(self) -> str:
        known = self.walk.keys(self.loc[:-1])
        return f"unknown key `{self.loc[-1]}`; {suggest(str(self.loc[-1]), known)}"

    def _about_value(self, location: Location) -> str:
        raw = self.source.at(location)
        subject, sentence = _spoken(location), self._sentence()
        if isinstance(raw, str) and location in self.bound:
            return f"{subject} is `{raw.strip()}`, and with {self.bound[location]}: {sentence}"
        if isinstance(raw, str) and raw.strip().startswith("$"):
            return f"{subject}: `{raw.strip()}` cannot stand here; factors belong in `culture`"
        if raw is None:
            return f"{subject} has no value; {sentence}"
        if self.kind in _BOUNDS and not isinstance(raw, dict | list):
            return f"{subject} is {raw}, but {sentence}"
        return f"{subject}: {sentence}"

    def _sentence(self) -> str:
        if self.kind in _BOUNDS:
            return _BOUNDS[self.kind](self.context)
        if self.kind in _WRONG_KIND:
            return _WRONG_KIND[self.kind] + self._keys()
        if isinstance(self.given, str) and _CLOCK.match(self.given):
            return f"'{self.given}' reads like a clock; write a duration, such as '12.5 h'"
        if self.kind == "literal_error":
            return self._wrong_word(str(self.given), self.context["expected"])
        if self.kind == "union_tag_invalid":
            return self._wrong_word(str(self.context["tag"]), self.context["expected_tags"])
        if self.kind == "union_tag_not_found":
            kinds = self.walk.tags(self.loc)
            return f"needs the key `{self.walk.tag_key(self.loc)}`; {suggest('', kinds)}"
        if self.kind == "string_pattern_mismatch":
            return self._wrong_form()
        return self.text.removeprefix("Value error, ")

    def _keys(self) -> str:
        if "keys" not in _WRONG_KIND[self.kind]:
            return ""
        known = self.walk.keys(self.loc)
        return ": " + ", ".join(f"`{name}`" for name in known) if known else ""

    def _wrong_word(self, given: str, expected: str) -> str:
        known = _QUOTED.findall(expected) or re.findall(r"[^\s,]+", expected.replace(" or ", " "))
        if len(known) == 1:
            return f"expected {known[0]}"
        if self.given is None:
            return suggest("", known)
        return f"`{given}` is not possible here; {suggest(given, known)}"

    def _wrong_form(self) -> str:
        if self.context["pattern"] == _NAME_PATTERN:
            return f"'{self.given}' is no name; use letters, digits, - and _, a letter first"
        example = self.walk.example(self.loc)
        right = f"expected something like '{example}'" if example else "it has another form"
        return f"'{self.given}' cannot be read here; {right}"


def _in_file(loc: Location, data: Any) -> Location:
    """Leave out of pydantic's location what is not in the file (the tags of unions)."""
    found: list[str | int] = []
    for step in loc:
        if has_step(data, step):
            data = data[step]
            found.append(step)
    return tuple(found)


def _spoken(location: Location) -> str:
    if not location:
        return "the file"
    last = location[-1]
    if isinstance(last, str):
        return f"`{last}`"
    owner = f" of `{location[-2]}`" if len(location) > 1 else ""
    return f"item {last + 1}{owner}"


def _items(count: int) -> str:
    return "one item" if count == 1 else f"{count} items"
