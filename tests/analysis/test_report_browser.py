"""The report in a real browser: nothing loaded, nothing logged, nothing cut off on a phone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.analysis import report_example as example

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Debian's Chromium is missing: apt-get install chromium")
        pytest.skip("Debian's Chromium (/usr/bin/chromium) is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(example.page(), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_offline_at_every_width(
    browser: Any, report: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(report.as_uri())
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(_CUT_OFF) == []
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    picture = tmp_path / f"report-{width}-{scheme}.png"
    tab.screenshot(path=str(picture), full_page=True)
    assert picture.stat().st_size > 50_000
    tab.close()


def test_it_prints_light_and_without_navigation(browser: Any, report: Path) -> None:
    tab = browser.new_page(color_scheme="dark")
    tab.goto(report.as_uri())
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.locator("nav").is_visible()
    assert tab.pdf(format="A4").startswith(b"%PDF")
    tab.close()


def test_a_slider_predicts_as_the_model_does(browser: Any, report: Path) -> None:
    tab = browser.new_page()
    tab.goto(report.as_uri())
    slider = tab.locator("input[data-factor=feed_rate]")
    before = float(tab.get_attribute("output[data-response=activity]", "data-value"))
    slider.evaluate("e => { e.value = -0.5; e.dispatchEvent(new Event('input')); }")
    after = float(tab.get_attribute("output[data-response=activity]", "data-value"))
    study = example.study()
    assert study.optimum is not None
    moved = {**study.optimum.coded, "feed_rate": -0.5}
    model = study.responses["activity"].model
    predicted = model.predict(pd.DataFrame([moved]), coded=True)["mean"].iloc[0]
    assert before == pytest.approx(study.optimum.predictions["activity"].mean, rel=1e-6)
    assert after == pytest.approx(predicted, rel=1e-6)
    tab.close()


_CUT_OFF = """
() => [...document.querySelectorAll('main *')]
  .filter(e => !e.closest('.scroll') && !(e instanceof SVGElement))
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 0.5)
  .map(e => e.tagName + ' ' + e.textContent.slice(0, 40))
"""
