from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def top() -> Path:
    return HERE.parents[1]


@pytest.fixture(scope="session")
def sound() -> str:
    """The text of the sound protocol that the broken ones are made from."""
    return (HERE / "sound.yaml").read_text(encoding="utf-8")
