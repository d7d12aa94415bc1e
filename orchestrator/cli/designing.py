"""Commands about designs: design, augment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.console import AsJson, OptionalStation, ProtocolFile, say, say_json, say_table

if TYPE_CHECKING:
    from designs import RunSheet
    from designs.evaluation import Assumptions


def design(
    protocol: ProtocolFile,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write the run sheet to this CSV, or an evaluation to this HTML."
        ),
    ] = None,
    station: OptionalStation = None,
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Tell power, precision and what a lost vessel costs.")
    ] = False,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            "-c",
            help="Put another beside it: a protocol, a run sheet's CSV, a kind such as "
            "box-behnken or '{kind: optimal, runs: 20}'. May be given several times.",
            metavar="OTHER",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            help="Tell what the loss of this vessel means. May be given several times.",
            metavar="VESSEL",
        ),
    ] = None,
    noise: Annotated[
        float, typer.Option("--noise", min=1e-12, help="Standard deviation between equal runs.")
    ] = 1.0,
    effect: Annotated[
        float | None,
        typer.Option(
            "--effect", min=0, help="Change from low to high to be seen; twice the noise if left."
        ),
    ] = None,
    ratio: Annotated[
        float,
        typer.Option("--ratio", min=0, help="Variance between whole plots over that between runs."),
    ] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Expand the design, audit it, evaluate it, compare it.

    Prints the run sheet and what the design can and cannot tell.

    Example: inoculum design protocol.yaml --station station.yaml -o run_sheet.csv

    Example: inoculum design protocol.yaml --evaluate --noise 0.3 --effect 0.5

    Example: inoculum design protocol.yaml --station station.yaml --without C4 --without D1

    Example: inoculum design protocol.yaml --compare box-behnken --compare other.yaml -o page.html
    """
    from designs.evaluation import Assumptions
    from orchestrator.designing.others import other_design
    from orchestrator.planning import expand_design
    from orchestrator.protocol import load_protocol, load_station

    loaded, stood = load_protocol(protocol), load_station(station) if station else None
    sheet = expand_design(loaded, stood)
    page = output is not None and output.suffix.lower() in {".html", ".htm"}
    if output is not None and not page:
        sheet.to_csv(output)
    assumed = Assumptions(noise, 2 * noise if effect is None else effect, 0.05, ratio)
    if without:
        _lessened(sheet, without, stood.vessels.names if stood else (), assumed, as_json)
    elif evaluate or compare or page:
        sheets = {protocol.name: sheet}
        sheets |= {text: other_design(text, loaded, sheet, stood) for text in compare or ()}
        _evaluated(sheets, assumed, output if page else None, as_json)
    else:
        _listed(sheet, as_json)
    if output is not None and not as_json:
        say(f"written to {output}")


def _listed(sheet: RunSheet, as_json: bool) -> None:
    from analysis.plain import plain
    from orchestrator.cli.audit import told

    audit = sheet.diagnostics()
    if as_json:
        say_json({"runs": sheet.table.to_dict(orient="records"), "audit": plain(audit)})
        return
    units = {name: factor.unit for name, factor in sheet.factors.items()}
    headers = [f"{c} [{units[c]}]" if units.get(c) else str(c) for c in sheet.table.columns]
    say_table(f"Run sheet, {len(sheet.table)} runs", headers, sheet.table.values.tolist())
    for line in told(audit):
        say(line)


def _lessened(
    sheet: RunSheet,
    lost: Sequence[str],
    vessels: Sequence[str],
    assumed: Assumptions,
    as_json: bool,
) -> None:
    from analysis.plain import plain
    from designs.evaluation import effect_of_losing

    known = {*vessels, *sheet.table["vessel"]}
    if unknown := [name for name in lost if name not in known]:
        raise typer.BadParameter(f"there is no vessel '{unknown[0]}'", param_hint="--without")
    free = [name for name in vessels if name not in lost]
    report = effect_of_losing(sheet, lost, spares=free, assumed=assumed)
    if as_json:
        say_json(plain(report))
    else:
        for sentence in report.sentences:
            say(sentence)


def _evaluated(
    sheets: dict[str, RunSheet], assumed: Assumptions, page: Path | None, as_json: bool
) -> None:
    from analysis.plain import plain
    from designs.evaluation import compare, evaluate_all
    from orchestrator.cli.evaluation import compared, evaluated
    from orchestrator.designing.record import evaluation_record

    found = evaluate_all(sheets, assumed)
    if page is not None:
        from analysis.design_page import render

        page.write_text(render(found), encoding="utf-8")
    if as_json:
        designs = {name: evaluation_record(evaluation) for name, evaluation in found.items()}
        table = compare(found)
        say_json({"designs": designs, "comparison": plain(table) if len(found) > 1 else None})
    elif len(found) > 1:
        compared(found)
    else:
        evaluated(next(iter(found.values())))


def augment(
    campaign: Annotated[Path, typer.Argument(help="A campaign's folder.", metavar="CAMPAIGN")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Protocol file to write.", metavar="FILE")
    ] = Path("next.yaml"),
    how: Annotated[
        str | None,
        typer.Option(
            "--how",
            help="repair, resolve-aliases, axial, steepest-ascent or improve; what the campaign "
            "needs most if left out.",
        ),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option("--runs", "-n", min=1, help="How many runs; of axial points, centre points."),
    ] = None,
    response: Annotated[
        str | None, typer.Option("--response", "-r", help="Response to climb or improve.")
    ] = None,
    confirm: Annotated[
        int, typer.Option("--confirm", min=0, help="Further runs at the best setting found.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Propose the next night as a protocol file.

    Everything but the design stays as it was; what the runs are for is said in the file.

    Example: inoculum augment campaigns/first -o second.yaml

    Example: inoculum augment campaigns/first --how improve --runs 12 --confirm 3 -o second.yaml
    """
    from analysis.plain import plain
    from orchestrator.cli.console import working
    from orchestrator.designing.next_night import WAYS, next_night

    if how is not None and how not in WAYS:
        raise typer.BadParameter(f"'{how}' is none of {', '.join(WAYS)}", param_hint="--how")
    if output.exists():
        raise typer.BadParameter(f"{output} exists already", param_hint="--output")
    with working("choosing runs"):
        proposed = next_night(campaign, how, runs, response, confirm)
    output.write_text(proposed.text, encoding="utf-8")
    if as_json:
        runs_found = plain(proposed.runs.to_dict(orient="records"))
        say_json({"how": proposed.how, "why": proposed.why, "runs": runs_found})
        return
    rows = proposed.runs.to_numpy().tolist()
    say_table(f"{proposed.how}: {len(rows)} runs", list(proposed.runs.columns), rows)
    say(proposed.why)
    say(f"written to {output}; next: inoculum check {output} --station {campaign}/station.yaml")
