"""Factors that physics makes hard to change, because vessels of a bank share them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from orchestrator.protocol.binding import find_references
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.source import Source

if TYPE_CHECKING:
    from designs.layout import Banks
    from hardware.station_spec import VesselArray


def shared_factors(culture: Any, array: VesselArray | None) -> dict[str, Banks]:
    """The banks of vessels that must have one value of a factor.

    Args:
        culture: Raw data of the `culture` section: a factor that stands for a channel that the
            array's vessels share is shared itself.
        array: The vessels; without it nothing is shared.
    """
    if array is None:
        return {}
    found: dict[str, Banks] = {}
    for reference in find_references(culture):
        channel = _channel(reference.location)
        if reference.name is not None and channel in array.shared:
            found[reference.name] = array.banks(channel)
    return found


def _channel(location: tuple[str | int, ...]) -> Any:
    """The channel that is set at a place of the procedure; None where none is."""
    match location:
        case ("start", channel) | ("phases", _, "set", channel):
            return channel
    return None


def told(source: Source, array: VesselArray) -> Iterator[Diagnostic]:
    """What sharing does to the design, at each factor."""
    for name, banks in shared_factors(source.at(("culture",)), array).items():
        sizes = sorted({len(bank) for bank in banks})
        vessels = " or ".join(map(str, sizes))
        message = (
            f"the vessels of this station share `{name}` in {len(banks)} banks of {vessels}: it is "
            "hard to change, runs are randomised by whole banks (column whole_plot of the run "
            "sheet) and its effect is known less precisely than that of the others"
        )
        yield source.warning(("factors", name), message, key=True)
