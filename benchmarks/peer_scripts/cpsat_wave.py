"""The wave as an optimisation: minimise the largest deviation. Arguments: vessels, seconds."""

import json
import sys

from ortools.sat.python import cp_model

UNIT, TOLERANCE = 10, 10800
SAMPLE, FEED, DRAWN, ANALYSIS, HOLD = 90, 75, 60, 100, 600


def units(seconds):
    return -(-seconds // UNIT)


def main(vessels, limit):
    model = cp_model.CpModel()
    largest = model.new_int_var(0, units(TOLERANCE), "")
    arm, analyser = [], []
    for due, takes in [(0, SAMPLE)] * vessels + [(3600, FEED)] * vessels:
        at = units(due) + units(TOLERANCE)
        start = model.new_int_var(at - units(TOLERANCE), at + units(TOLERANCE), "")
        arm.append(model.new_fixed_size_interval_var(start, units(takes), ""))
        model.add(largest >= start - at)
        model.add(largest >= at - start)
        if takes == SAMPLE:
            begin = model.new_int_var(0, 4 * units(TOLERANCE), "")
            model.add_linear_constraint(begin - start, units(DRAWN), units(DRAWN + HOLD))
            analyser.append(model.new_fixed_size_interval_var(begin, units(ANALYSIS), ""))
    model.add_no_overlap(arm)
    model.add_no_overlap(analyser)
    model.minimize(largest)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SystemExit(f"no solution within {limit} s")
    print(json.dumps({"minutes": solver.objective_value * UNIT / 60}))


main(int(sys.argv[1]), float(sys.argv[2]))
