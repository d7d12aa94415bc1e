"""The matrix as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardware.emulators.faults import KINDS, FaultKind
from hardware.plausible import STEPS
from tests.hardware.faults.families import CASES
from tests.hardware.faults.tally import Tally

Cells = Mapping[tuple[str, FaultKind], Tally]

_INTRODUCTION = """\
# What faults on the line come to

Written by `python -m benchmarks faults`; do not edit.

Every device family under every fault, {trials} seeded trials a cell. Each trial makes a fresh
emulated station, opens it, and reads, sets and doses while the fault strikes at a random place;
every value and every outcome is compared with what the emulated devices and vessels really held.
A cell shows how many readings, settings and doses ended in a value and how many in a typed error,
a gap, or an outcome that is not `done`. A `–` stands where a family has no address to be wrong.

| over all {cells} cells | |
|---|---:|
| trials | {all_trials:,} |
| values | {values:,} |
| typed errors, gaps, outcomes not `done` | {errors:,} |
| wrong values | {wrong_values} |
| double doses | {double_doses} |
| operations that hung | {hangs} |
| exceptions of no declared type | {untyped} |
| readings doubted and not confirmed, settings repaired | {doubted:,} |
| unseen flips that changed a reading by less than a step | {small_flips:,} |
| unseen flips that acted | {flips_acted} |
"""
_WORDS = """\
## What counts as what

- **Wrong value**: a reading off by more than half the last digit on the wire from everything that
  was true while it was asked; an outcome that tells another volume or setting than the real one;
  liquid that went elsewhere.
- **Double dose**: more was given than the outcome admits, so that giving again would give twice.
- **Hang**: an operation that is not over within its patience (2 to 15 minutes of virtual time).
- **Lost**: power cycles take 1 to 3 s, lost ports come back after 0.3 to 5 s, late replies come up
  to 0.9 s after their time-out. A reply later than the bus's late window of 1 s is not tried: no
  client can tell it from an answer unless the protocol says which request it answers.

## Flipped bits that nothing on the wire shows

Where a protocol has no checksum, a bit flipped inside a number makes another good number. Such a
flip is bounded, not seen. A reading that differs from the one before by more than a step is asked
again, and passes only when two answers in a row agree to within it:

| channel | step |
|---|---|
"""
_ACTED = """
A flip **acted** when a reading beyond that step was passed on, or when a setting stayed wrong
after the next scan. What is left is a reading off by less than a step, once.
"""


def page(cells: Cells) -> str:
    """The whole page."""
    total = Tally()
    for tally in cells.values():
        total += tally
    trials = min(tally.trials for tally in cells.values())
    counts = {name: getattr(total, name) for name in vars(total)}
    head = _INTRODUCTION.format(**{**counts, "trials": trials}, cells=len(cells),
                                all_trials=total.trials)  # fmt: skip
    steps = [f"| {channel} | {step.said} |" for channel, step in STEPS.items()]
    says = [f"- **{name}**: {case.statement}" for name, case in CASES.items()]
    parts = [head, "## The cells: values / errors\n", *_table(cells), "", _WORDS + "\n".join(steps)]
    return "\n".join([*parts, _ACTED, "## Family by family\n", *says, ""])


def _table(cells: Cells) -> Iterator[str]:
    yield "| family | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---:|" * len(KINDS)
    for name in CASES:
        yield f"| {name} | " + " | ".join(_shown(cells.get((name, kind))) for kind in KINDS) + " |"


def _shown(tally: Tally | None) -> str:
    if tally is None:
        return "–"
    bad = "" if tally.clean else f" **{'; '.join(tally.bad)}**"
    return f"{tally.values} / {tally.errors}{bad}"
