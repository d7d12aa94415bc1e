"""Peers in environments of their own; nothing is installed here."""

import json
import sys

import pytest

from benchmarks import peers
from benchmarks.peers import PeerFailed, medians, run_peer


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Scripts run by this interpreter, as if an environment had been made for it."""
    monkeypatch.setattr(peers, "_ENVIRONMENTS", tmp_path / "environments")
    monkeypatch.setattr(peers, "_SCRIPTS", tmp_path)
    made = tmp_path / "environments" / "peer"
    (made / "bin").mkdir(parents=True)
    (made / "bin" / "python").symlink_to(sys.executable)
    (made / "installed.json").write_text(json.dumps([sys.version, "peer==1"]))
    return tmp_path


def test_a_peer_says_its_figure_last(scripts):
    (scripts / "slow.py").write_text("print('hello'); print('{\"cpu_us\": 3.5}')")
    assert run_peer("peer", ["peer==1"], "slow.py") == {"cpu_us": 3.5}


def test_a_peer_that_breaks_says_why(scripts):
    (scripts / "broken.py").write_text("raise ValueError('no such port')")
    with pytest.raises(PeerFailed, match="ValueError: no such port"):
        run_peer("peer", ["peer==1"], "broken.py")


def test_other_versions_make_the_environment_anew(scripts, monkeypatch):
    commands = []
    monkeypatch.setattr(peers, "_run", lambda *command: commands.append(command) or '{"x": 1}')
    assert run_peer("peer", ["peer==2"], "any.py", "7") == {"x": 1}
    folder = scripts / "environments" / "peer"
    python = str(folder / "bin" / "python")
    assert commands == [
        (sys.executable, "-m", "venv", "--clear", str(folder)),
        (python, "-m", "pip", "install", "--quiet", "peer==2"),
        (python, str(scripts / "any.py"), "7"),
    ]
    commands.clear()
    run_peer("peer", ["peer==2"], "any.py")
    assert commands == [(python, str(scripts / "any.py"))]


def test_figures_are_medians_of_rounds_taken_in_turns():
    order = []
    ours = iter([3.0, 1.0, 200.0])

    def measured(name, value):
        order.append(name)
        return value

    figures = medians(
        {"ours": lambda: measured("ours", next(ours)), "theirs": lambda: measured("theirs", 5.0)},
        3,
        pytest.fail,
    )
    assert figures == {"ours": 3.0, "theirs": 5.0}
    assert order == ["ours", "theirs"] * 3


def test_a_peer_that_fails_is_left_out_and_told_once():
    def failing() -> float:
        raise PeerFailed("no network")

    told = []
    assert medians({"ours": lambda: 1.0, "theirs": failing}, 3, told.append) == {"ours": 1.0}
    assert told == ["theirs could not be measured: no network"]
