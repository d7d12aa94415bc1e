"""Figures, their table and their file."""

import io
import json

import pytest
from rich.console import Console

from benchmarks.__main__ import BENCHMARKS, RESULTS, chosen, keep, main, table
from benchmarks.result import Result

KEYS = ["name", "ours", "unit", "better", "peers", "limit", "load"]


def result(name="a.speed", **changes) -> Result:
    return Result(**{"name": name, "ours": 50.0, "unit": "µs", "better": "lower"} | changes)


def cells(one: Result) -> list[list[str]]:
    return list(one.rows())


def test_a_result_is_written_as_promised():
    written = result(peers={"theirs": 100.0}, limit=80.0, load=1.5).to_json()
    assert list(written) == KEYS
    assert written == {
        "name": "a.speed",
        "ours": 50.0,
        "unit": "µs",
        "better": "lower",
        "peers": {"theirs": 100.0},
        "limit": 80.0,
        "load": 1.5,
    }


def test_the_load_is_that_of_the_machine():
    assert result().load >= 0


@pytest.mark.parametrize(
    ("better", "theirs", "ratio"),
    [("lower", 100.0, "2 ×"), ("lower", 25.0, "0.5 ×"), ("higher", 25.0, "2 ×")],
)
def test_a_ratio_above_one_says_that_ours_is_better(better, theirs, ratio):
    _, peer = cells(result(better=better, peers={"theirs": theirs}))
    assert peer[4:7] == ["theirs", f"{theirs:.3g}", ratio]


@pytest.mark.parametrize(
    ("better", "limit", "shown"),
    [
        ("lower", None, ""),
        ("lower", 80.0, "80"),
        ("lower", 40.0, "40 missed"),
        ("higher", 40.0, "40"),
        ("higher", 80.0, "80 missed"),
    ],
)
def test_a_limit_that_is_missed_is_told(better, limit, shown):
    assert cells(result(better=better, limit=limit))[0][7] == shown


def test_the_table_shows_every_figure():
    page = Console(file=io.StringIO(), width=140)
    page.print(table([result(peers={"one": 75.0}), result("b.size", ours=12345.0)]))
    text = page.file.getvalue()
    assert all(word in text for word in ("a.speed", "one", "75", "1.5 ×", "b.size", "12,345"))


def test_what_is_measured_again_is_replaced_and_the_rest_kept(tmp_path):
    path = tmp_path / "results.json"
    keep([result("a.speed"), result("b.speed")], path)
    keep([result("a.speed", ours=40.0), result("c.speed")], path)
    kept = json.loads(path.read_text("utf-8"))
    assert [(one["name"], one["ours"]) for one in kept] == [
        ("a.speed", 40.0),
        ("b.speed", 50.0),
        ("c.speed", 50.0),
    ]


def test_benchmarks_are_chosen_by_their_first_letters():
    assert chosen([]) == list(BENCHMARKS)
    assert chosen(["bus.cpu"]) == ["bus.cpu_us_per_transaction"]
    assert len(chosen(["bus.48"])) == 3
    wanted = ["late", "rehearsal.48x14d.speed"]
    assert chosen(wanted) == ["rehearsal.48x14d.speed", "late.wrong_values"]
    assert chosen(["speed"]) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bus", "buss"], "no benchmark is called buss; there are rehearsal.48x14d.speed,"),
        (["--part", "0"], "--part is a share of the whole: above 0, at most 1"),
    ],
)
def test_a_mistake_in_the_command_is_told(arguments, sentence, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_a_part_is_shown_and_not_kept(monkeypatch, capsys):
    parts = []

    def measure(name: str, part: float) -> Result:
        parts.append(part)
        return result(name)

    monkeypatch.setattr("benchmarks.__main__.BENCHMARKS", {"a.speed": measure})
    monkeypatch.setattr("benchmarks.__main__.keep", None)
    monkeypatch.setattr("sys.argv", ["benchmarks", "--part", "0.1"])
    main()
    told = capsys.readouterr()
    assert parts == [0.1]
    assert "a.speed" in told.out
    assert "Only a part was measured" in told.err


def test_the_figures_in_the_repository_are_of_benchmarks_that_exist():
    for one in json.loads(RESULTS.read_text("utf-8")):
        assert list(one) == KEYS
        assert one["name"] in BENCHMARKS
