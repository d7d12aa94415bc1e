"""What the pages show is what a reader gets."""

import re

import pytest

from docs.generate import TOP
from orchestrator.cli import main
from orchestrator.protocol import SourceErrors, load_protocol
from orchestrator.workspace import make_workspace

TUTORIAL = (TOP / "docs" / "tutorial.md").read_text(encoding="utf-8")
README = (TOP / "README.md").read_text(encoding="utf-8")
MISTAKE = re.compile(r"^\| (\d+) \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
ANSWER = re.compile(r"^protocol\.yaml:\d+:\d+: .*$", re.MULTILINE)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    folder = tmp_path / "my-study"
    make_workspace(folder)
    monkeypatch.chdir(folder)
    return folder


def break_it(workspace):
    """Make the mistakes of the tutorial's table."""
    path = workspace / "protocol.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, right, wrong in MISTAKE.findall(TUTORIAL):
        assert right in lines[int(number) - 1]
        lines[int(number) - 1] = lines[int(number) - 1].replace(right, wrong)
    path.write_text("".join(lines), encoding="utf-8")


def test_the_tutorials_mistakes_give_its_messages(workspace):
    break_it(workspace)
    with pytest.raises(SourceErrors) as told:
        load_protocol("protocol.yaml")
    messages = str(told.value).splitlines()
    assert messages == ANSWER.findall(TUTORIAL)
    assert ANSWER.findall(README)[0] in messages


def test_the_tutorials_prose_is_what_explain_says(workspace, capsys):
    with pytest.raises(SystemExit):
        main(["check", "protocol.yaml", "--explain"])
    told = capsys.readouterr().out
    for phase in re.findall(r"^Phase \d.*$", TUTORIAL, re.MULTILINE):
        assert phase in told


def test_the_tutorials_table_analyses(workspace, capsys):
    table = re.search(r"```\n(temperature \[degC\].*?)```", TUTORIAL, re.DOTALL)
    (workspace / "measured.csv").write_text(table[1], encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["analyze", "measured.csv", "--response", "yield", "-o", "elsewhere"])
    assert left.value.code in (0, None)
    assert capsys.readouterr().out.strip() in TUTORIAL


def test_the_readmes_excerpt_stands_in_the_shipped_protocol():
    excerpt = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)[1]
    shipped = (TOP / "protocols" / "ecoli-feed-iptg.yaml").read_text(encoding="utf-8").splitlines()
    remaining = iter(shipped)
    for line in filter(None, excerpt.splitlines()):
        assert line in remaining, f"'{line}' is not in the shipped protocol, or not in this order"
