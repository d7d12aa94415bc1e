"""A culture that stands still: what the emulators touch is seen without biology in between."""

from collections.abc import Callable
from types import SimpleNamespace

from twin import Culture, Reagent


class StandInCulture(Culture):
    """Channels are plain numbers; additions and withdrawals change the volume only."""

    now_s = 0.0

    def __init__(self, **values: float) -> None:
        self.values = {"ph": 7.0, "do": 80.0, "od": 1.0, "temperature": 37.0, "volume": 10.0}
        self.values |= values
        self.organism = SimpleNamespace(units={"biomass": "g/L", "glucose": "g/L"})
        self.added: list[tuple[float, Reagent]] = []
        self.advances = 0

    def advance(self, t_s: float) -> None:
        self.now_s = t_s
        self.advances += 1

    def set(self, name: str, value: float) -> None:
        self.values[name] = value

    def add(self, volume_ml: float, reagent: Reagent) -> None:
        self.values["volume"] += volume_ml
        self.added.append((volume_ml, reagent))

    def withdraw(self, volume_ml: float) -> dict[str, float]:
        self.values["volume"] -= volume_ml
        return self.composition()

    def observer(self, channel: str) -> Callable[[], float]:
        return lambda: self.values[channel]

    def composition(self) -> dict[str, float]:
        return {"biomass": self.values["od"] * 0.4, "glucose": self.values.get("glucose", 5.0)}
