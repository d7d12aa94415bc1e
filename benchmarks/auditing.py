"""Whether what the journal says of a campaign is what the plant received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from hardware.emulators import Plant
from hardware.emulators.deck import Deck
from hardware.stock import Use
from orchestrator.engine.lifecycle import FINAL_STATES
from orchestrator.records.store import Entry, RecordsError, RecordsReader

Key: TypeAlias = tuple[str, str]
"""Vessel (or arm) and source; broth that was drawn goes by the source ``sample``."""
SAMPLE = "sample"
TOLERANCE_ML = 0.002
"""Some steps of a plunger, or hundredths on a pump's display."""


@dataclass
class Account:
    """What the journal says.

    Attributes:
        sure: Volume that certainly moved, mL.
        doubtful: Volume of which nobody knows, mL.
        violations: What must not be in a journal.
        drawn_ml: Booked as taken from each bottle, by arm and source.
        waste_ml: Booked as brought to the waste, by arm.
    """

    sure: Counter[Key] = field(default_factory=Counter)
    doubtful: Counter[Key] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    drawn_ml: Counter[Key] = field(default_factory=Counter)
    waste_ml: Counter[str] = field(default_factory=Counter)


def received(plant: Plant, now_s: float) -> dict[Key, float]:
    """What each vessel was given of each source, and what was drawn from it, mL."""
    plant.settle(now_s)
    given = {
        (vessel, source): volume
        for vessel, sources in plant.received.items()
        for source, volume in sources.items()
    }
    return given | {(vessel, SAMPLE): volume for vessel, volume in plant.withdrawn.items()}


def read_account(
    records: Path, arm_of: Mapping[str, str], own_pumps: frozenset[str] = frozenset()
) -> Account:
    """What a journal says, and whether it is sound.

    Args:
        records: The records of a campaign that has ended.
        arm_of: The arm of each vessel.
        own_pumps: Sources that go through no arm.
    """
    account = Account()
    reader = RecordsReader(records)
    try:
        reader.verify()
        entries = list(reader.journal())
    except RecordsError as error:
        account.violations.append(str(error))
        entries = []
    finally:
        reader.close()
    _book(entries, account)
    account.violations += [*_arm_shared(entries, arm_of, own_pumps), *_illegal_states(entries)]
    return account


def _book(entries: list[Entry], account: Account) -> None:
    intents = {entry.seq: entry for entry in entries if entry.kind == "intent"}
    for entry in entries:
        if entry.kind == "used":
            use = Use(**entry.body)
            account.drawn_ml[use.arm, use.source] += use.drawn_ml
            account.waste_ml[use.arm] += use.waste_ml
        if entry.kind != "outcome":
            continue
        intent = intents.pop(entry.body["intent"], None)
        if intent is None:
            account.violations.append(f"entry {entry.seq} is a second outcome of an intent")
        elif intent.body["do"] != "set":
            key = (intent.vessel or "", intent.body.get("source", SAMPLE))
            if entry.body["status"] == "unknown":
                account.doubtful[key] += entry.body.get("at_most_ml", intent.body["volume_ml"])
            else:
                account.sure[key] += entry.body["value"]
    account.violations += [f"intent {seq} has no outcome" for seq in intents]


def _arm_shared(
    entries: list[Entry], arm_of: Mapping[str, str], own_pumps: frozenset[str]
) -> Iterator[str]:
    """Two things at once on one arm."""
    working: dict[str, int] = {}
    for entry in entries:
        arm = arm_of.get(entry.vessel or "", "")
        if entry.kind == "outcome" and entry.body["intent"] == working.get(arm):
            del working[arm]
        elif entry.kind == "intent" and entry.body["do"] != "set":
            if entry.body.get("source") in own_pumps:
                continue
            if arm in working:
                yield f"intent {entry.seq} began while the arm {arm} did {working[arm]}"
            working[arm] = entry.seq


def _illegal_states(entries: list[Entry]) -> Iterator[str]:
    states: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "phase":
            left = states.get(entry.vessel or "", "idle")
            if entry.body["left"] != left or left in FINAL_STATES:
                yield f"entry {entry.seq} leaves {entry.body['left']}, {entry.vessel} was {left}"
            states[entry.vessel or ""] = entry.body["entered"]


def compare(account: Account, got: Mapping[Key, float]) -> list[str]:
    """Where the plant received something else than the journal says."""
    wrong = []
    for key in sorted({*account.sure, *account.doubtful, *got}):
        low, doubt, truth = account.sure[key], account.doubtful[key], got.get(key, 0.0)
        if not low - TOLERANCE_ML <= truth <= low + doubt + TOLERANCE_ML:
            wrong.append(
                f"{key[1]} of {key[0]}: {truth:.4f} mL moved, the journal says {low:.4f} mL"
                + (f" and perhaps {doubt:.4f} mL" if doubt else "")
            )
    return wrong


def promised(
    account: Account, full_ml: Mapping[Key, float], decks: Mapping[str, Deck]
) -> Iterator[str]:
    """What the books promise and what is not there: liquid in bottles, room for waste.

    Args:
        account: What the journal says.
        full_ml: What was in each bottle at the start, by arm and source, mL.
        decks: The emulated ones, settled.
    """
    for (arm, name), volume_ml in full_ml.items():
        left_ml, booked_ml = decks[arm].sources[name], volume_ml - account.drawn_ml[arm, name]
        if booked_ml > left_ml + TOLERANCE_ML:
            yield f"{arm} {name}: {left_ml:.4f} mL left, the journal says {booked_ml:.4f} mL"
    for arm, deck in decks.items():
        if deck.waste_ml > account.waste_ml[arm] + TOLERANCE_ML:
            booked_ml = account.waste_ml[arm]
            yield f"{arm} waste: {deck.waste_ml:.4f} mL, the journal says {booked_ml:.4f} mL"


def doubles(got: Mapping[Key, float], plan: Mapping[Key, float]) -> list[str]:
    """What was given beyond the plan."""
    return [
        f"{key[1]} of {key[0]}: {volume:.4f} mL moved, {plan.get(key, 0.0):.4f} mL were planned"
        for key, volume in got.items()
        if key[1] != SAMPLE and volume > plan.get(key, 0.0) + TOLERANCE_ML
    ]


def missing(account: Account, got: Mapping[Key, float], plan: Mapping[Key, float]) -> list[str]:
    """What was planned, not given, and not told as unknown."""
    return [
        f"{key[1]} of {key[0]}: {got.get(key, 0.0):.4f} mL moved of {volume:.4f} mL planned"
        for key, volume in plan.items()
        if got.get(key, 0.0) < volume - account.doubtful[key] - TOLERANCE_ML
    ]
