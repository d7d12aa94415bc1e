"""What a person should hear of once: devices that are silent, operations that are overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hardware import Scan
from hardware.stock import Stock
from orchestrator.engine.operation import Note, Operation


class Attention:
    """Remembers what was told, so that it is told when it begins and when it is over."""

    def __init__(self) -> None:
        self._silent: set[tuple[str, tuple[str, ...], str]] = set()
        self._overdue: dict[str, Operation] = {}
        self._full: set[str] = set()

    def silent(self, scan: Scan) -> Iterator[Note]:
        """Devices that gave no value in a scan and did before, and those that answer again."""
        now = {(fault.device, fault.vessels, fault.what): fault.message for fault in scan.faults}
        for one in sorted(now.keys() - self._silent):
            body: dict[str, object] = {"about": f"device {one[0]}", "what": f"{one[0]}: {now[one]}"}
            yield Note("alarm", None, body)
        back = {one[0] for one in self._silent} - {one[0] for one in now}
        for device in sorted(back):
            body = {"about": f"device {device}", "what": f"{device} answers again"}
            yield Note("alarm over", None, body)
        self._silent = set(now)

    def waste(self, stocks: Mapping[str, Stock]) -> Iterator[Note]:
        """Waste bottles that are full by the books, of each arm."""
        for arm, stock in stocks.items():
            room_ml = stock.waste_room_ml
            if arm in self._full or not room_ml or stock.waste_ml <= room_ml:
                continue
            self._full.add(arm)
            of = f" of the liquid handler {arm}" if arm else ""
            what = (
                f"{stock.waste_ml:.4g} mL were brought to the waste{of} by the books, its bottle "
                f"holds {room_ml:g} mL: empty it"
            )
            yield Note("alarm", None, {"about": f"waste {arm}".rstrip(), "what": what})

    def overdue(self, waiting: Iterable[Operation], now_s: float) -> Iterator[Note]:
        """Operations that should have begun and have not, and those that have at last.

        Args:
            waiting: All that wait for their turn.
            now_s: Campaign time.
        """
        late = {one.name: one for one in waiting if now_s > one.due_s + one.within_s}
        for name in sorted(late.keys() - self._overdue.keys()):
            one = late[name]
            past_min = (now_s - one.due_s) / 60
            what = f"{one.kind} of {one.vessel} was due {past_min:.3g} min ago and has not begun"
            yield Note("overdue", one.vessel, {"about": f"overdue {name}", "what": what})
        for name in sorted(self._overdue.keys() - late.keys()):
            one = self._overdue[name]
            what = f"{one.kind} of {one.vessel} waits no more"
            yield Note("overdue over", one.vessel, {"about": f"overdue {name}", "what": what})
        self._overdue = late
