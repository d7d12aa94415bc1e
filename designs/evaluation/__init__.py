"""What a design can tell, before the night and while it runs."""

from designs.evaluation.audit import DesignAudit, audit, d_efficiency, shortest_words
from designs.evaluation.compare import compare, evaluate_all
from designs.evaluation.evaluate import Evaluation, evaluate
from designs.evaluation.loss_report import LossReport, effect_of_losing
from designs.evaluation.losses import Loss, Losses, losses
from designs.evaluation.power import Assumptions, TermPower

__all__ = [
    "Assumptions",
    "DesignAudit",
    "Evaluation",
    "Loss",
    "LossReport",
    "Losses",
    "TermPower",
    "audit",
    "compare",
    "d_efficiency",
    "effect_of_losing",
    "evaluate",
    "evaluate_all",
    "losses",
    "shortest_words",
]
