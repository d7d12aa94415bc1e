"""Other designs to put beside a protocol's: files of protocols, run sheets, or kinds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from designs import DesignError, DesignSpec, RunSheet
from orchestrator.planning import expand_design
from orchestrator.protocol import SourceErrors, load_protocol
from orchestrator.protocol.schema_walk import walk_of
from orchestrator.protocol.shape import explain_errors
from orchestrator.protocol.source import Source, parse_source
from orchestrator.protocol.vocabulary import Model

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec
    from orchestrator.protocol import Protocol


def other_design(
    text: str, protocol: Protocol, sheet: RunSheet, station: StationSpec | None
) -> RunSheet:
    """The run sheet of another design in a protocol's factors.

    Args:
        text: A protocol file, a CSV of a run sheet or of the factors alone, a kind of design
            (``box-behnken``) or a whole design section (``{kind: latin-hypercube, runs: 20}``).
        protocol: Gives the factors.
        sheet: Its run sheet; a kind that must know how many runs gets as many.
        station: Gives the vessels.

    Raises:
        DesignError: It cannot be made, or is of other factors.
        SourceErrors: The file is wrong.
    """
    path = Path(text)
    if path.suffix.lower() == ".csv":
        return RunSheet.from_csv(path, protocol.design_factors(), plain=True)
    if path.suffix.lower() in {".yaml", ".yml"}:
        other = expand_design(load_protocol(path), station)
        if set(other.factors) != set(sheet.factors):
            raise DesignError(
                f"{text} varies {', '.join(other.factors)}, not {', '.join(sheet.factors)}; only "
                "designs in the same factors can be compared"
            )
        return other
    return expand_design(protocol.model_copy(update={"design": _section(text, sheet)}), station)


def _section(text: str, sheet: RunSheet) -> Any:
    if text.lstrip().startswith("{"):
        return _read(text)
    try:
        return _read(f"{{kind: {text}}}")
    except SourceErrors as errors:
        if not any("`runs`" in found.message for found in errors.diagnostics):
            raise
        return _read(f"{{kind: {text}, runs: {len(sheet.table)}}}")


def _read(text: str) -> Any:
    source = parse_source(text, "--compare")
    try:
        return _OneDesign.model_validate({"design": source.data}).design
    except ValidationError as error:
        inside = Source(source.path, {"design": source.data})
        raise SourceErrors(explain_errors(error, inside, walk_of(_OneDesign))) from error


class _OneDesign(Model):
    design: DesignSpec
