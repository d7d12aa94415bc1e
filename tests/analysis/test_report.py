"""The report: complete, self-contained, deterministic, and safe with any name."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from analysis.report import Deviation, ReportContext, render
from analysis.report.profiler import SCRIPT_HASH
from analysis.report.words import dressed, number, probability, term_label
from analysis.responses import ResponseSpec
from analysis.study import analyze
from designs import CategoricalFactor, ContinuousFactor, Factors
from tests.analysis import report_example as example

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Tags, attributes and ids of a page; fails when tags do not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"{tag} {name}"
            if name in {"src", "srcset", "action", "data", "poster"}:
                self.loads.append(value or "")
            if name in {"href", "xlink:href"}:
                (self.links if tag == "a" else self.loads).append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return example.page()


def test_same_input_same_bytes(page: str) -> None:
    assert render(*example.made()) == page


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    outline = Outline(page)
    assert all(load.startswith(("#", "data:,")) for load in outline.loads)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert outline.tags.count("script") == 2  # the profiler and its numbers
    assert SCRIPT_HASH in page
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert len(page) < 3_000_000


def test_the_answer_comes_first(page: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page[page.index("<body>") :])
    places = [
        text.index(words)
        for words in (
            "Which feed rate and inducer level",
            "these numbers come from the twin, not from a culture",
            "The answer",
            "activity is highest at feed rate",
            "Best setting",
            "95 % confidence",
            "What we know",
            "What we do not know",
            "Three levels of two factors.",
            "Response: activity",
            "lack of fit",
            "kept equal",
            "The pH probe gave no reply.",
            "A sample was skipped.",
            "All runs, in order of execution",
            "Oxygen limits growth.",
            "ecoli.yaml",
            "kLa, tip speed",
        )
    ]
    assert places == sorted(places)


def test_numbers_of_the_analysis_stand_in_the_page(page: str) -> None:
    study = example.study()
    model = study.responses["activity"].model
    for coefficient in model.coefficients:
        assert number(coefficient.estimate) in page
    assert study.optimum is not None
    assert number(study.optimum.predictions["activity"].mean, 3) in page
    assert page.count("<tr") > len(study.table)


def test_a_page_has_one_main_heading_and_named_figures(page: str) -> None:
    outline = Outline(page)
    assert outline.tags.count("h1") == 1
    assert outline.tags.count("svg") == page.count('role="img"')
    assert outline.tags.count("figure") == outline.tags.count("figcaption")
    assert outline.tags.count("table") == outline.tags.count("caption")


def test_a_bare_table_makes_a_report() -> None:
    bare = example.runs().drop(columns=["run", "vessel", "point"])
    page = render(example.study(bare), ReportContext(title="A table", question="What is best?"))
    Outline(page)
    assert "Rehearsal" not in page
    assert 'id="scale-up"' not in page
    assert 'id="course"' not in page
    assert "Nothing was recorded" in page


def test_hostile_names_stay_text() -> None:
    hostile = '<script>alert("1")</script><img src=x onerror=alert(1)>'
    context = ReportContext(
        title=hostile,
        question=hostile,
        organism=hostile,
        station=hostile,
        design=hostile,
        rehearsed=True,
        lost={hostile: hostile},
        deviations=(Deviation(hostile, 1.0, hostile),),
        twin_deviations=(hostile,),
        provenance={hostile: hostile},
    )
    study = analyze(
        example.runs()[["feed_rate", "iptg", "activity"]].rename(columns={"activity": hostile}),
        example.FACTORS,
        {hostile: ResponseSpec(unit="</style>", goal="maximise")},
    )
    page = render(study, context)
    outline = Outline(page)
    assert "img" not in outline.tags
    assert outline.tags.count("script") == 2
    assert "&lt;script&gt;" in page


def test_levels_without_goal_or_scatter_are_reported() -> None:
    factors = Factors(
        {
            "medium": CategoricalFactor(levels=("LB", "TB")),
            "ph": ContinuousFactor(low=6.5, high=7.5),  # type: ignore[arg-type]
        }
    )
    table = pd.DataFrame(
        {"medium": ["LB", "LB", "TB", "TB"], "ph": [6.5, 7.5, 6.5, 7.5], "titre": [1.0, 2, 4, 8.5]}
    )
    study = analyze(table, factors, {"titre": ResponseSpec()}, terms=["medium", "ph", "medium:ph"])
    page = render(study, ReportContext(title="Saturated", question=""))
    Outline(page)
    assert "Best setting" not in page
    assert "cannot be tested without replicates" in page
    assert "nan" not in re.sub(r"<[^>]*>", " ", page).lower().split()


def test_a_campaign_that_lost_everything_still_reports() -> None:
    empty = example.runs().assign(activity=np.nan, biomass=np.nan)
    lost = dict.fromkeys(example.VESSELS, "The station lost power.")
    page = render(example.study(empty), ReportContext(title="Lost", question="", lost=lost))
    Outline(page)
    assert "No response could be modelled." in page
    assert page.count("(lost)") == len(example.VESSELS)


def test_limits_that_cannot_be_met_are_said() -> None:
    study = analyze(
        example.runs(), example.FACTORS, {"activity": ResponseSpec(goal="maximise", low=5.0)}
    )
    page = render(study, ReportContext(title="Out of reach", question=""))
    assert "not all can be met" in page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0"),
        (-0.00012345, "−0.0001234"),
        (2540000.0, "2,540,000"),
        (2000, "2000"),
        ("TB", "TB"),
    ],
)
def test_numbers_are_written_for_people(value: object, text: str) -> None:
    assert number(value) == text


def test_terms_and_sentences_are_dressed() -> None:
    assert term_label("feed_rate:iptg") == "feed rate × iptg"
    assert term_label("block[3]") == "block 3, against the first"
    assert probability(0.00002) == "< 0.001"
    sentence = "od depends on feed_rate^2 and feed_rate:iptg; feed_rate_2 does not"
    assert dressed(sentence, ["feed_rate", "iptg"]) == (
        "od depends on feed rate² and feed rate × iptg; feed_rate_2 does not"
    )
