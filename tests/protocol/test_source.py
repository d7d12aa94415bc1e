"""YAML as version 1.2 means it, with the place of everything, and nothing that is not needed."""

from pathlib import Path

import pytest
import yaml

from orchestrator.protocol import SourceErrors, source
from orchestrator.protocol.source import Place, parse_source, read_source


def told(text: str) -> list[str]:
    with pytest.raises(SourceErrors) as caught:
        parse_source(text, "f")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12:30", "12:30"),
        ("no", "no"),
        ("on", "on"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("2021-01-01", "2021-01-01"),
        ("true", True),
        ("~", None),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("'010'", "010"),
        ("150 µL", "150 µL"),
        ("=", "="),
    ],
)
def test_scalars_are_what_they_look_like(written: str, read: object) -> None:
    value = parse_source(f"key: {written}\n", "f").data["key"]
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_places_of_keys_and_values(loader: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_LOADER", loader)
    read = parse_source("a: 5 µL\nb:\n  - {µµ: 1, c: $x}\n", "f")
    assert read.data == {"a": "5 µL", "b": [{"µµ": 1, "c": "$x"}]}
    assert read.place(("a",)) == Place(1, 4)
    assert read.place(("b",), key=True) == Place(2, 1)
    assert read.place(("b", 0, "c")) == Place(3, 16)
    assert read.place(("b", 0, "c"), key=True) == Place(3, 13)
    assert read.place(("b", 0, "d", "e")) == Place(3, 5), "of what it is part of"


def test_all_faults_are_told_at_once() -> None:
    assert told("a: 1\na: 2\nx: &n 3\ny: *n\n? [k]\n: 1\n") == [
        "f:2:1: `a` stands here a second time; it is in line 1",
        "f:3:4: `&n` names a part for reuse; leave it out",
        "f:4:4: `*n` repeats another part; write it out here",
        "f:5:3: a key must be a text",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1:1: the file is empty"),
        ("# only a comment\n", "f:1:1: the file is empty"),
        (
            "a: b: c",
            "f:1:5: a `:` that cannot stand here; check the indentation, or quote the text",
        ),
        ("a: 'x", "f:1:4: a quotation mark is not closed"),
        ("a: [1, 2", "f:1:4: a `[` is not closed; check the brackets and commas"),
        ("a: @x", "f:1:4: a text cannot begin with this character; put it in quotes"),
        ("a:\n \tb: 1", "f:2:2: a tab indents here; use spaces"),
        ("a: x\0y", "f:1:5: a character that cannot be printed (U+0000); delete it"),
        ("[" * 40, "f:1:33: nested more than 32 deep"),
        ("- a\nb: 2\n", "f:2:1: expected a `-` here; the items of a list stand below each other"),
    ],
)
def test_faults_in_plain_words(text: str, message: str) -> None:
    assert told(text) == [message]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    large, latin, good = tmp_path / "large", tmp_path / "latin", tmp_path / "good"
    large.write_bytes(b"a: " + b"x" * 1_000_000)
    latin.write_bytes("a: 1\nb: 5 µL\n".encode("latin-1"))
    good.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_source(good).data == {"a": 1, "b": 2}
    cases = {
        large: "1:1: the file is larger than 1 MB; a protocol is a few pages of text",
        latin: "2:6: the file is not UTF-8 text here; save it as UTF-8",
        tmp_path / "none": "1:1: the file cannot be read: no such file or directory",
        tmp_path: "1:1: the file cannot be read: is a directory",
    }
    for path, message in cases.items():
        with pytest.raises(SourceErrors) as caught:
            read_source(path)
        assert str(caught.value) == f"{path}:{message}"
