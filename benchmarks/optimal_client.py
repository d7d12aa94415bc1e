"""Ours, in a process of its own: finds designs, and tells how long the first took and the others.

The first time is cold: modules are imported, and machine code is read from disk.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from statistics import median

began = time.process_time()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.optimal_jobs import JOBS  # noqa: E402
from designs import ContinuousFactor, Factors  # noqa: E402
from designs.optimal import Asked, Effort, find  # noqa: E402


def main(name: str) -> None:
    """Print the processor seconds of both times and the design."""
    job = JOBS[name]
    factor = ContinuousFactor.model_validate({"low": -1, "high": 1})
    each = job.runs // (job.plots or job.runs)
    asked = Asked(
        factors=Factors(dict.fromkeys(job.names, factor)),
        terms=job.terms,
        criterion="D" if job.criterion == "D" else "I",
        given=pd.DataFrame(index=range(job.runs), columns=list(job.names), dtype=object),
        groups=(np.repeat(np.arange(job.plots), each),) if job.plots else (),
        hard=(("a", "b"),) if job.plots else (),
        constraints=job.constraints,
        effort=Effort(*job.effort) if job.effort else Effort(),
    )
    find(asked)
    cold = time.process_time() - began
    designs, seconds = [], []
    for seed in range(job.seeds):
        began_again = time.process_time()
        designs.append(find(replace(asked, seed=seed)).to_numpy().tolist())
        seconds.append(time.process_time() - began_again)
    print(json.dumps({"cold_s": cold, "seconds": median(seconds), "designs": designs}))


if __name__ == "__main__":
    main(sys.argv[1])
