"""One engine at a time: on a campaign, and on each line of a station.

A lock is an exclusive transaction on an empty SQLite file: the operating system ends it with the
process, whatever kills that, and it is the same on every system.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from orchestrator.campaign import CampaignError

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec

_SHARED = "inoculum-locks"
_FOR_ALL_USERS = 0o1777


@contextmanager
def only_engine(campaign: Path, station: StationSpec) -> Iterator[None]:
    """Be the only engine on a campaign and on a station's lines, until the block is left.

    Args:
        campaign: Its folder.
        station: Whose ports are taken, by the identity that the station file gives each.

    Raises:
        CampaignError: Another engine runs there.
    """
    shared = Path(tempfile.gettempdir()) / _SHARED
    shared.mkdir(exist_ok=True)
    with suppress(OSError):  # made by another user
        shared.chmod(_FOR_ALL_USERS)
    with ExitStack() as held:
        held.enter_context(_locked(campaign / "engine.lock", f"campaign {campaign}"))
        for name, port in sorted(station.ports.items()):
            identity = f"{port.usb or port.path or port.url}"
            file = shared / hashlib.sha256(identity.encode()).hexdigest()[:32]
            held.enter_context(_locked(file, f"port '{name}' ({identity})"))
        yield


@contextmanager
def only_server(queue: Path, station: str) -> Iterator[None]:
    """Be the only one who works off a station's queue, until the block is left.

    Args:
        queue: Folder of the queue.
        station: Name of the station.

    Raises:
        CampaignError: Somebody else does.
    """
    mark = hashlib.sha256(station.encode()).hexdigest()[:16]
    with _locked(queue / f"serve-{mark}.lock", f"the queue of {station}"):
        yield


@contextmanager
def _locked(file: Path, what: str) -> Iterator[None]:
    connection = apsw.Connection(str(file))
    try:
        with suppress(OSError):
            os.chmod(file, 0o666)  # noqa: S103 (it holds nothing; users of one computer share it)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError:
            raise CampaignError(
                f"{what} is in use by another run of inoculum; wait for it or end it"
            ) from None
        yield
    finally:
        connection.close()
