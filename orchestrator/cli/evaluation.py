"""What a design promises, in tables and lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from designs.evaluation import compare
from designs.findings import listed
from orchestrator.cli.console import say, say_table

if TYPE_CHECKING:
    from designs.evaluation import Evaluation

_STRONG = 0.1
_MOST_ALIASES = 12


def evaluated(evaluation: Evaluation) -> None:
    """Print what one design promises."""
    assumed = evaluation.assumed
    inflation = evaluation.variance_inflation
    rows = [
        [
            each.term,
            each.error_df,
            each.se,
            max((v for name, v in inflation.items() if _belongs(name, each.term)), default="-"),
            "-" if each.power is None else f"{100 * each.power:.1f} %",
            "-" if each.detectable is None else each.detectable,
        ]
        for each in evaluation.power
    ]
    headers = ["term", "error df", "standard error", "VIF", "power", "detectable"]
    title = (
        f"Power to see a change of {assumed.effect:g} from low to high at noise {assumed.noise:g}; "
        "detectable with 80 %"
    )
    say_table(title, headers, rows)
    for line in (*_precision(evaluation), *_aliases(evaluation), *_losses(evaluation)):
        say(line)


def compared(evaluations: Mapping[str, Evaluation]) -> None:
    """Print designs side by side."""
    table = compare(evaluations)
    rows = [
        [str(name), *("-" if value is None else value for value in row)]
        for name, row in zip(table.index, table.to_numpy().tolist(), strict=True)
    ]
    first = next(iter(evaluations))
    say_table(f"Designs for the model of {first}", ["", *map(str, table.columns)], rows)
    for name, evaluation in evaluations.items():
        if evaluation.left_out:
            say(f"{name} cannot estimate {listed(list(evaluation.left_out))}.")


def _belongs(column: str, term: str) -> bool:
    """Whether a column is one of a term's: ``medium[rich]:a`` of ``medium:a``."""
    return ":".join(part.partition("[")[0] for part in column.split(":")) == term


def _precision(evaluation: Evaluation) -> Iterator[str]:
    predicted = evaluation.prediction
    yield (
        f"Efficiencies: D {evaluation.d_efficiency:.1f} %, A {predicted.a_efficiency:.1f} %, "
        f"G {predicted.g_efficiency:.1f} %."
    )
    half, most = (float(np.interp(f, predicted.fractions, predicted.fds)) for f in (0.5, 0.95))
    yield (
        "Variance of prediction over that of a run: "
        f"{predicted.average:.3f} on average, {predicted.at_centre:.3f} at the centre, "
        f"{predicted.at_vertices:.3f} at the vertices, {predicted.worst:.3f} at worst; half the "
        f"region lies below {half:.3f}, 95 % of it below {most:.3f}."
    )
    highest = max(evaluation.leverage, key=lambda vessel: evaluation.leverage[vessel])
    yield f"Highest leverage: {evaluation.leverage[highest]:.2f} in {highest}."


def _aliases(evaluation: Evaluation) -> Iterator[str]:
    alias = evaluation.alias
    strong = [
        (abs(value), f"{name} by {value:+.2f} {outside}")
        for name, row in zip(alias.columns, alias.values.tolist(), strict=True)
        for outside, value in zip(alias.outside, row, strict=True)
        if abs(value) > _STRONG
    ]
    if strong:
        told = [text for _, text in sorted(strong, key=lambda entry: -entry[0])]
        yield f"Effects outside the model bias {listed(told, _MOST_ALIASES)}."


def _losses(evaluation: Evaluation) -> Iterator[str]:
    lost = evaluation.losses
    if lost.critical:
        yield f"Without {listed(list(lost.critical))} some term has no estimate."
    if lost.critical_pairs:
        pairs = [" with ".join(pair) for pair in lost.critical_pairs]
        yield f"The same is true of {len(pairs)} pairs of vessels, such as {pairs[0]}."
    for many, kind in (("any one vessel", lost.vessels), ("any two", lost.pairs)):
        if kind and not kind[0].mixed:
            worst = kind[0]
            power = "" if worst.least_power is None else (
                f" and leaves {worst.weakest} a power of {100 * worst.least_power:.0f} %"
            )  # fmt: skip
            yield (
                f"The loss of {many} leaves every term estimable; the worst "
                f"({' and '.join(worst.vessels)}) lowers the D-efficiency from "
                f"{lost.none.d_efficiency:.1f} to {worst.d_efficiency:.1f} %{power}."
            )
