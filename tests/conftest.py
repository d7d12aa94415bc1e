"""Fixtures and settings that every room's tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]

settings.register_profile("test", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", parent=settings.get_profile("test"), max_examples=5000)
settings.load_profile("soak" if os.environ.get("INOCULUM_SOAK") else "test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that live on wall time come first: they mostly wait, while others compute."""
    waiting = {item.path for item in items if item.get_closest_marker("wall")}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of published cases beside the checkout; tests skip where it is absent."""
    folder = REPOSITORY.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the folder of published cases (../shared/cases) is not beside this checkout")
    return folder
