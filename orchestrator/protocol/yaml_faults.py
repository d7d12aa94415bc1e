"""PyYAML's complaints in plain words."""

from __future__ import annotations

import re

import yaml

_PLAIN_WORDS: tuple[tuple[str, str], ...] = (
    (
        "mapping values are not allowed",
        "a `:` that cannot stand here; check the indentation, or quote the text",
    ),
    (
        "could not find expected ':'",
        "a line here is no `key: value`; check the indentation and the `:`",
    ),
    ("did not find expected key", "expected a key here; check the indentation and the braces"),
    (
        "did not find expected '-' indicator",
        "expected a `-` here; the items of a list stand below each other",
    ),
    ("expected ',' or '}'", "a `{` is not closed; check the braces and commas"),
    ("expected ',' or ']'", "a `[` is not closed; check the brackets and commas"),
    ("did not find expected node content", "a value is missing here"),
    ("cannot start any token", "a text cannot begin with this character; put it in quotes"),
    ("unexpected end of stream", "a quotation mark is not closed"),
    ("block sequence entries are not allowed", "a list cannot begin here; put it on its own line"),
    ("did not find expected <document start>", "the text goes on where the file should have ended"),
    ("found unknown escape character", "`\\` means something special in double quotes; use single"),
    ("undefined tag handle", "a text cannot begin with `!`; put it in quotes"),
    ("unexpected document indicator", "`---` or `...` stands inside a text"),
)
_SAME_IN_PYTHON: tuple[tuple[str, str], ...] = (
    ("expected <block end>, but found", "did not find expected key"),
    ("expected the node content", "did not find expected node content"),
    ("sequence entries are not allowed", "block sequence entries are not allowed"),
    ("expected '<document start>'", "did not find expected <document start>"),
)


def explain_yaml_error(error: yaml.YAMLError) -> tuple[int, int, str]:
    """Line, column (from 1) and a plain sentence for a fault that PyYAML found."""
    problem = str(getattr(error, "problem", None) or error)
    for python, libyaml in _SAME_IN_PYTHON:
        problem = libyaml if python in problem else problem
    for fragment, sentence in _PLAIN_WORDS:
        if fragment in problem:
            return *_place(error, opening="not closed" in sentence), sentence
    return *_place(error), "this is not YAML: " + re.sub(r"\s+", " ", problem)


def _place(error: yaml.YAMLError, *, opening: bool = False) -> tuple[int, int]:
    """Where the fault was found, or where what it is part of was opened."""
    marks = [getattr(error, name, None) for name in ("context_mark", "problem_mark")]
    found = [mark for mark in marks if mark is not None]
    if not found:
        return 1, 1
    mark = found[0] if opening else found[-1]
    return mark.line + 1, mark.column + 1
