"""Take the pictures of the documentation from a report (needs Chromium).

Run ``python -m docs.pictures.take campaigns/demo/report.html`` after ``make demo``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parent
WIDTH = 1100
MARGIN = 16
PICTURES = {
    "report-answer": ("header", "#answer"),
    "report-surface": ("#response-2", "#response-2 .figures"),
    "report-courses": ("#course", "#course figure"),
}
"""Name: the first and the last element that it shows."""


def take(report: Path) -> None:
    """Write the pictures of the tutorial and the README from one report."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        page.goto(report.resolve().as_uri())
        for name, (first, last) in PICTURES.items():
            crop(page, name, first, last)
        browser.close()


def crop(page: Page, name: str, first: str, last: str) -> None:
    """A picture from the top of one element to the bottom of another, over the whole width."""
    top = page.locator(first).first.bounding_box()
    bottom = page.locator(last).first.bounding_box()
    if top is None or bottom is None:
        raise SystemExit(f"{name}: the report has no {first} or {last}")
    y = max(0.0, top["y"] - MARGIN)
    height = bottom["y"] + bottom["height"] + MARGIN - y
    page.screenshot(
        path=FOLDER / f"{name}.png",
        clip={"x": 0, "y": y, "width": WIDTH, "height": height},
        full_page=True,
    )


if __name__ == "__main__":
    take(Path(sys.argv[1]))
