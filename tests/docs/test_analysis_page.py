"""The page on the analysis: every piece of Python runs, in order, and prints what stands below it.

`PYTHONPATH=. python tests/docs/test_analysis_page.py` writes the outputs anew.
"""

import contextlib
import io
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "analysis.md"
PIECE = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


def printed() -> list[str]:
    """What each piece prints, in one session."""
    session: dict[str, object] = {}
    outputs = []
    for code, _ in PIECE.findall(PAGE.read_text(encoding="utf-8")):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(PAGE), "exec"), session)  # noqa: S102
        outputs.append(out.getvalue())
    return outputs


def test_every_piece_prints_what_the_page_shows() -> None:
    shown = [output for _, output in PIECE.findall(PAGE.read_text(encoding="utf-8"))]
    assert printed() == shown


if __name__ == "__main__":
    outputs = iter(printed())
    page = PIECE.sub(
        lambda piece: f"```python\n{piece[1]}```\n\n```text\n{next(outputs)}```\n",
        PAGE.read_text(encoding="utf-8"),
    )
    PAGE.write_text(page, encoding="utf-8")
