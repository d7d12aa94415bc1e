"""A peer's optimal design: prints its points and processor seconds, warm after a small one."""

import contextlib
import io
import json
import sys
import time


def process_improve(job):
    from process_improve.experiments.designs import generate_design
    from process_improve.experiments.designs_split_plot import SplitPlotOptions, split_plot_design
    from process_improve.experiments.factor import Constraint, Factor

    factors = [Factor(name=n, low=-1, high=1) for n in job["names"]]
    kind = f"{job['criterion'].lower()}_optimal"
    if job["plots"]:
        options = SplitPlotOptions(kind, "quadratic", job["plots"], 1.0)
        return split_plot_design(factors, ["a", "b"], job["runs"], options, 1)[0].tolist()
    constraints = [Constraint(expression=text) for text in job["constraints"]] or None
    found = generate_design(
        factors,
        kind,
        budget=job["runs"],
        constraints=constraints,
        model_type="quadratic",
        random_state=1,
        n_center_points=0,
    )
    return found.design[list(job["names"])].to_numpy().tolist()


def pyoptex(job):
    import numpy as np
    from pyoptex._seed import set_seed
    from pyoptex.doe.constraints import parse_constraints_script
    from pyoptex.doe.fixed_structure import (
        Factor,
        create_fixed_structure_design,
        create_parameters,
        default_fn,
    )
    from pyoptex.doe.fixed_structure import metric as plain
    from pyoptex.doe.fixed_structure import splitk_plot as split
    from pyoptex.doe.fixed_structure.splitk_plot import metric as split_metric
    from pyoptex.utils.model import model2Y2X, partial_rsm_names

    set_seed(1)
    names, plots, runs = job["names"], job["plots"], job["runs"]
    model = partial_rsm_names(dict.fromkeys(names, "quad"))
    if plots:
        each = runs // plots
        hard, easy = split.Plot(level=1, size=plots), split.Plot(level=0, size=each)
        factors = [
            Factor(n, hard if n in "ab" else easy, type="continuous", min=-1, max=1) for n in names
        ]
        metric = split_metric.Dopt() if job["criterion"] == "D" else split_metric.Iopt()
        fn = split.default_fn(factors, metric, model2Y2X(model, factors))
        found, _ = split.create_splitk_plot_design(split.create_parameters(factors, fn), n_tries=10)
    else:
        factors = [Factor(n, type="continuous", min=-1, max=1) for n in names]
        metric = plain.Dopt() if job["criterion"] == "D" else plain.Iopt()
        rules = None
        if job["constraints"]:
            broken = [quoted(text, names).replace("<=", ">") for text in job["constraints"]]
            rules = parse_constraints_script(" | ".join(f"({text})" for text in broken), factors)
        fn = (
            default_fn(factors, metric, model2Y2X(model, factors), rules)
            if rules
            else default_fn(factors, metric, model2Y2X(model, factors))
        )
        found, _ = create_fixed_structure_design(create_parameters(factors, fn, runs), n_tries=10)
    return np.asarray(found[list(names)], dtype=float).tolist()


def quoted(text, names):
    text = f"0 {text}" if text.startswith("-") else text
    return "".join(f"`{letter}`" if letter in names else letter for letter in text)


if __name__ == "__main__":
    make = {"process-improve": process_improve, "pyoptex": pyoptex}[sys.argv[1]]
    asked = json.loads(sys.argv[2])
    with contextlib.redirect_stdout(io.StringIO()):
        small = {**asked, "names": "abc", "runs": 24, "plots": asked["plots"] and 8}
        make({**small, "constraints": []})
        began = time.process_time()
        points = make(asked)
        seconds = time.process_time() - began
    print(json.dumps({"seconds": seconds, "designs": [points]}))
