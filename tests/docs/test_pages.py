"""Pages of the documentation: links lead somewhere, commands exist, the state chart is current."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from docs.generate import BEGIN, END, TOP, generated
from orchestrator.cli import main

PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:`|\$ )inoculum ([a-z]+)\b([^`\n|]*)")
FENCE = re.compile(r"```.*?```", re.DOTALL)
TUTORIAL = TOP / "docs" / "tutorial.md"


def name_of(path: Path) -> str:
    return str(path.relative_to(TOP))


def anchors(page: str) -> set[str]:
    """What a page's headings are called in links, by GitHub's rule."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(TOP)
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{link}: no such heading"


def test_every_decision_is_numbered_in_turn():
    numbers = [int(path.name[:4]) for path in sorted((TOP / "docs" / "decisions").glob("*.md"))]
    assert all(after == before + 1 for before, after in pairwise([0, *numbers]))


def spoken_commands() -> dict[str, set[str]]:
    """Each command that the pages name, with the options they give it."""
    found: dict[str, set[str]] = {}
    for page in (TOP / "README.md", TUTORIAL):
        for command, rest in COMMAND.findall(page.read_text(encoding="utf-8")):
            found.setdefault(command, set()).update(re.findall(r"(?<!\S)\[?(--?[a-z-]+)", rest))
    return found


@pytest.mark.parametrize(("command", "options"), spoken_commands().items())
def test_commands_that_the_pages_name_exist(command, options, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code in (0, None)
    told = capsys.readouterr().out
    for option in options:
        assert re.search(rf"{option}\b", told), f"inoculum {command} has no {option}"


def test_the_state_chart_is_drawn_from_the_machine():
    path = TOP / "docs" / "architecture.md"
    page = path.read_text(encoding="utf-8")
    assert page == generated()[path], "run python -m docs.generate"
    assert page.count(BEGIN) == page.count(END) == page.count("stateDiagram-v2") == 1


def test_the_figures_are_those_that_were_measured_last():
    path = TOP / "docs" / "benchmarks.md"
    page = path.read_text(encoding="utf-8")
    assert page == generated()[path], "run python -m docs.generate"
    assert page.count(BEGIN) == page.count(END) == 1
