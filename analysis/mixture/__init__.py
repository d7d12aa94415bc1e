"""What is told of a mixture: the blends that were tested, response traces, their figures."""

from analysis.mixture.blends import Blends
from analysis.mixture.trace import Trace, on_mixture, response_traces

__all__ = ["Blends", "Trace", "on_mixture", "response_traces"]
