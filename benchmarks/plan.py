"""Planning a night: fourteen days of 96 vessels, a wave of them, and the proof that it can be done.

The job: of each vessel a sample every 12 h (60 s, then 30 s of washing), which an analyser takes up
within 10 min for 100 s; a feed a day (45 s and 30 s), an hour after a sample; one arm. The peer for
the wave is OR-Tools' CP-SAT as an optimiser, 15 s on two workers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median

from benchmarks.peers import medians, run_peer, tell_user
from benchmarks.result import Benchmark, Result
from orchestrator.engine.operation import Operation
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.reagents import Reagent
from orchestrator.schedule.course import Asked, course_of
from orchestrator.schedule.prove import prove
from orchestrator.schedule.simulation import Done, Shift, simulate

VESSELS, DAYS = 96, 14
_TAKES_S = {"sample": 90.0, "feed": 75.0}
_BEST_KNOWN_MIN = 105.0
_WIDE_S = 10800.0
_LIMIT_S = 15
_ROUNDS = 5
_REAGENTS = {"glucose": Reagent.model_validate({"glucose": "400 g/L"})}


def takes_s(operation: Operation) -> float:
    """Seconds of the arm."""
    return _TAKES_S[operation.kind]


def culture(within: str, days: float) -> Culture:
    """The job of one vessel."""
    feed = {"kind": "bolus", "source": "glucose", "volume": "0.1 mL", "every": "24 h"}
    sample = {"name": "plate", "volume": "0.1 mL", "every": "12 h", "within": within}
    return Culture.model_validate(
        {
            "volume": "10 mL",
            "start": {
                "temperature": "37 degC",
                "ph": 7.0,
                "stirring": "500 rpm",
                "biomass": "1 g/L",
            },
            "phases": [
                {
                    "name": "fed",
                    "feed": feed | {"first": "1 h", "within": within},
                    "until": {"after": f"{days:g} d"},
                }
            ],
            "samples": [sample | {"analysis": "100 s", "hold": "11 min"}],
        }
    )


def plan(within: str, vessels: int, days: float, stagger_s: float) -> list[Done]:
    """Plan the job from the protocol on."""
    one = culture(within, days)
    courses = [
        course_of(str(vessel), one, _REAGENTS, vessel * stagger_s, {}) for vessel in range(vessels)
    ]
    return simulate([Shift([asked for course in courses for asked in course.asked], takes_s)])


def wave(vessels: int) -> float:
    """Largest deviation of one wave of samples and the feeds an hour after it, in minutes."""
    wide = {"within_s": _WIDE_S, "early_s": _WIDE_S}
    asked = []
    for vessel in map(str, range(vessels)):
        sample = Operation(
            vessel, "sample", _WIDE_S, volume_ml=0.1, analysis_s=100.0, hold_s=660.0, **wide
        )
        feed = Operation(vessel, "feed", _WIDE_S + 3600.0, volume_ml=0.1, **wide)
        asked += [Asked(one.release_s, one, (), []) for one in (sample, feed)]
    return max(abs(one.deviation_s) for one in simulate([Shift(asked, takes_s)])) / 60


def measure_plan(name: str, part: float) -> Result:
    """CPU seconds from the protocol's model to the time of every operation."""
    days = max(1, round(DAYS * part))
    seconds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        done = plan("30 min", VESSELS, days, 0.0)
        seconds.append(time.process_time() - began)
    expected = VESSELS * days * 3
    if len(done) != expected:
        raise RuntimeError(f"{len(done)} operations were planned, not {expected}")
    return Result(name, round(median(seconds), 4), "s", "lower", limit=0.2)


def measure_wave(name: str, part: float) -> Result:
    """Minutes by which one operation of the wave is early or late at most."""
    limit_s = max(2, round(_LIMIT_S * part))
    peers = medians({"OR-Tools CP-SAT": lambda: _optimised(VESSELS, limit_s)}, 1, tell_user)
    return Result(
        name, round(wave(VESSELS), 2), "min", "lower", peers, limit=1.05 * _BEST_KNOWN_MIN
    )


def measure_proof(name: str, part: float) -> Result:
    """CPU seconds to build the model of 6,720 intervals and show it feasible; starts staggered.

    Raises:
        RuntimeError: It was not shown.
    """
    done = plan("± 30 min", VESSELS, max(1, round(DAYS * part)), 450.0)
    began = time.process_time()
    proof = prove(done)
    seconds = time.process_time() - began
    if proof.verdict != "feasible":
        raise RuntimeError(f"the job is feasible, but the verdict was: {proof.sentence}")
    return Result(name, round(seconds, 3), "s", "lower", limit=1.0)


def _optimised(vessels: int, limit_s: int) -> float:
    answer = run_peer(
        "ortools", ["ortools==9.15.6755"], "cpsat_wave.py", str(vessels), str(limit_s)
    )
    return round(float(answer["minutes"]), 2)


BENCHMARKS: Mapping[str, Benchmark] = {
    "plan.4032.seconds": measure_plan,
    "wave.96.minutes": measure_wave,
    "prove.96x14d.seconds": measure_proof,
}
