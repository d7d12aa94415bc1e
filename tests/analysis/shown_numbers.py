"""The numbers that a report shows, section by section, looked up in its ``results.json``."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

NUMBER = re.compile(r"(?<![\w.^−-])[−-]?\d[\d,]*(?:\.\d+)?(?:e[−-]?\d+)?(?![\w-])")
"""A number that stands by itself: none in a name (A1, x^2), a version or a date."""

NOT_HELD = (
    r"95 %|80 %",  # levels that the words of the form itself state
    r"p < 0\.0\d+",  # what counts as clear
    r"\d+ means of its readings",  # how finely courses are drawn
    r"0 is not acceptable, 1 is all one wants",
    r"\(\d+ of \d+\): none is beaten",  # how much of a table is shown
    r"and \d+ more",
    r"type I+",
)
"""Figures that are no result: fixed words of the form, and how much of something is drawn."""

WORDS_ONLY = {"next", "glossary", "profiler-section", "provenance"}
"""Sections of fixed words, of what a script computes when a reader moves a slider, and of names,
versions and hashes, which `results.json` holds as text."""


@dataclass(frozen=True)
class Shown:
    """A number in a report."""

    section: str
    text: str
    block: str
    at: int

    @property
    def percent(self) -> bool:
        return self.block[self.at + len(self.text) :].lstrip("\u00a0 ").startswith("%")

    @property
    def value(self) -> float:
        return abs(float(self._plain))

    @property
    def half_unit(self) -> float:
        """Half of the last digit shown; zeros at the end of a whole number count as not shown."""
        mantissa, _, exponent = self._plain.partition("e")
        whole, _, decimals = mantissa.lstrip("-").partition(".")
        places = len(decimals) if decimals else -(len(whole) - len(whole.rstrip("0") or "0"))
        return 0.5 * 10.0 ** (int(exponent or 0) - places)

    @property
    def _plain(self) -> str:
        return self.text.replace("−", "-").replace(",", "")


class Page(HTMLParser):
    """The text of a report by section, drawings and scripts left out: block by block."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self._section, self._hidden = "", 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id")
        if tag in {"svg", "script", "style", "nav", "title"}:
            self._hidden += 1
        elif tag == "section" or name == "answer":
            self._section = str(name)
        if tag not in {"a", "strong", "code", "span", "small", "b", "em"}:
            self.blocks.append((self._section, ""))

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"svg", "script", "style", "nav", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden and self._section and self.blocks:
            section, text = self.blocks[-1]
            self.blocks[-1] = (section, text + data)


def shown_numbers(page: str) -> Iterator[Shown]:
    """Every number of every section that shows results."""
    for section, block in Page(page).blocks:
        if section in WORDS_ONLY:
            continue
        text = re.sub("|".join(NOT_HELD), lambda m: " " * len(m[0]), block.replace("\u00a0", " "))
        for found in NUMBER.finditer(text):
            yield Shown(section, found[0], text, found.start())


def parts_of(section: str, results: dict[str, Any]) -> list[Any]:
    """The parts of the results that a section shows."""
    every = list(results["responses"].values())
    common = [results["factors"], results["optimum"]]
    if section.startswith("response-"):
        return [*common, every[int(section.removeprefix("response-")) - 1]]
    return {
        "answer": [*common, *every, results["answer"], results["cautions"]],
        "design": [results[part] for part in ("factors", "design", "designed", "table")],
        "data": [results["table"], results["exploration"], *every],
        "across": every,
        "decision": [*common, results["exploration"], [r["spec"] for r in every]],
        "scale-up": [results["scale_up"]],
        "course": [results["lost"], results["deviations"]],
        "runs": [results["table"]],
        "trends": [results["table"], results["trends"]],
    }[section]


class Held:
    """What a part of the results holds: numbers, and words."""

    def __init__(self, parts: list[Any]) -> None:
        leaves = list(_leaves(parts))
        self._numbers = sorted(abs(x) for x in leaves if isinstance(x, int | float))
        self._words = [_bare(x) for x in leaves if isinstance(x, str)]

    def has(self, shown: Shown) -> bool:
        """Whether a number is held, as it is or as a share; or the very words it stands in."""
        slack = 1 + 1e-9
        for scale in (1.0, 0.01) if shown.percent else (1.0,):
            low, high = ((shown.value + d * shown.half_unit * slack) * scale for d in (-1, 1))
            at = bisect_left(self._numbers, low - 1e-300)
            if at < len(self._numbers) and self._numbers[at] <= high:
                return True
        end = shown.at + len(shown.text)
        before, after = shown.block[max(0, shown.at - 8) : end], shown.block[shown.at : end + 8]
        return any(_bare(before) in words or _bare(after) in words for words in self._words)


def _bare(text: str) -> str:
    """Letters and digits only: names are dressed in a report, ``feed_rate`` as "feed rate"."""
    return re.sub(r"[\W_]+", "", text.replace("²", "2").replace("×", ""))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, bool) and value is not None:
        yield value


def missing(page: str, results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Numbers shown that the results do not hold: section, number, and the words around it."""
    held: dict[str, Held] = {}
    found = []
    for shown in shown_numbers(page):
        known = held.setdefault(shown.section, Held(parts_of(shown.section, results)))
        if not known.has(shown):
            around = shown.block[max(0, shown.at - 60) : shown.at + 30]
            found.append((shown.section, shown.text, around))
    return found
