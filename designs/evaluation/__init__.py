"""What a design can tell, before the night and while it runs."""

from designs.evaluation.audit import DesignAudit, audit, d_efficiency, shortest_words

__all__ = ["DesignAudit", "audit", "d_efficiency", "shortest_words"]
