"""The protocol language: reading a file, saying what is wrong with it, and what it means."""

from orchestrator.protocol.check import check, load_protocol, load_station
from orchestrator.protocol.conditions import Comparison, Condition
from orchestrator.protocol.control import (
    Control,
    DoByGasFlow,
    DoByOxygen,
    DoByStirring,
    DoControl,
    PhControl,
)
from orchestrator.protocol.culture import (
    Addition,
    Arm,
    Culture,
    Event,
    Phase,
    Sample,
    SetPoints,
    Start,
    Until,
)
from orchestrator.protocol.diagnostics import Diagnostic, SourceErrors
from orchestrator.protocol.expansion import expand_on
from orchestrator.protocol.explanation import explain
from orchestrator.protocol.faults import OnFault
from orchestrator.protocol.feeds import BolusFeed, ConstantFeed, ExponentialFeed, Feed
from orchestrator.protocol.limits import Limit, Limits
from orchestrator.protocol.protocol import Protocol
from orchestrator.protocol.reagents import Reagent
from orchestrator.protocol.vocabulary import CHANNEL_UNITS, CHANNELS, Organism
from orchestrator.protocol.windows import Following, Tolerance

__all__ = [
    "CHANNELS",
    "CHANNEL_UNITS",
    "Addition",
    "Arm",
    "BolusFeed",
    "Comparison",
    "Condition",
    "ConstantFeed",
    "Control",
    "Culture",
    "Diagnostic",
    "DoByGasFlow",
    "DoByOxygen",
    "DoByStirring",
    "DoControl",
    "Event",
    "ExponentialFeed",
    "Feed",
    "Following",
    "Limit",
    "Limits",
    "OnFault",
    "Organism",
    "PhControl",
    "Phase",
    "Protocol",
    "Reagent",
    "Sample",
    "SetPoints",
    "SourceErrors",
    "Start",
    "Tolerance",
    "Until",
    "check",
    "expand_on",
    "explain",
    "load_protocol",
    "load_station",
]
