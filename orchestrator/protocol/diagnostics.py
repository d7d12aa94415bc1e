"""What is wrong with a file, and where: every finding is one line that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

CODES: dict[str, str] = {
    "E101": "the file cannot be read",
    "E102": "the text is not YAML",
    "E103": "a key stands twice",
    "E104": "a part of YAML that this language does without",
    "E201": "unknown key",
    "E202": "missing key",
    "E203": "a value of the wrong kind",
    "E204": "not one of the words possible here",
    "E205": "a value that cannot be",
    "E301": "a quantity that cannot be read, or has the wrong unit",
    "E302": "a condition that cannot be read",
    "E401": "a name that nothing in the file explains",
    "E402": "a factor that nothing uses",
    "E403": "two things with one name",
    "E404": "a response that nothing measures",
    "E405": "a procedure that contradicts itself",
    "E501": "a design that cannot be made",
    "E601": "the station cannot do what the protocol asks",
    "E602": "the station cannot do it in time, or with what stands in its bottles",
    "W701": "allowed, but probably not meant",
}
"""What each code stands for; a code never changes its meaning."""


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """One finding about a file.

    Attributes:
        file: Path as it was given.
        line: Line, counted from 1.
        column: Column in characters, counted from 1.
        code: One of `CODES`.
        message: What is wrong and what would be right.
        severity: An error keeps the protocol from running; a warning does not.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def to_json(self) -> dict[str, str | int]:
        """The finding for programs that read it."""
        return asdict(self)

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}:{self.column}: {kind}{self.message}"


class SourceErrors(Exception):
    """Everything that is wrong with a file, in the order of its lines."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(set(diagnostics)))
        super().__init__("\n".join(map(str, self.diagnostics)))
