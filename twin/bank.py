"""Cultures side by side in memory: a whole array lives on in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from twin import broth
from twin.culture import NO_STEP, STATES, Culture, Memory
from twin.errors import TwinError
from twin.integrator import LIVED


class Bank:
    """Cultures of one organism, which may also be used one by one as before.

    Args:
        cultures: At least one; they are moved to memory that they share.

    Raises:
        TwinError: Different organisms.
    """

    def __init__(self, cultures: Sequence[Culture]) -> None:
        if len({type(culture.organism) for culture in cultures}) > 1:
            raise TwinError("cultures of different organisms cannot live on together")
        self._cultures = tuple(cultures)
        self._observers: dict[str, list[Callable[[], float]]] = {}
        self._integrate = cultures[0].organism.integrator.several
        memories = [culture.memory() for culture in cultures]
        self._memory = Memory(*(np.stack(parts) for parts in zip(*memories, strict=True)))
        for culture, memory in zip(cultures, zip(*self._memory, strict=True), strict=True):
            culture.move_to(Memory(*memory))
        records = [culture.records() for culture in cultures]
        self._organisms, self._vessels = map(np.concatenate, zip(*records, strict=True))
        self._resolution_s = np.array([culture.resolution_s for culture in cultures])
        self._buffer_pk = np.array([one.organism.parameters.buffer_pk for one in cultures])

    def advance(self, until_s: NDArray[np.float64]) -> None:
        """See :meth:`Culture.advance`.

        Args:
            until_s: One time a culture, s.

        Raises:
            TwinError: The equations of one could not be integrated on.
        """
        lived_s = self._memory.clock[:, LIVED]
        rows = np.flatnonzero(until_s - lived_s > self._resolution_s)
        stuck = self._integrate(
            self._memory.state, self._organisms, self._vessels, self._memory.conditions,
            self._memory.clock, rows, until_s,
        )  # fmt: skip
        if stuck >= 0:
            raise TwinError(NO_STEP.format(lived_s[stuck]))

    def observe(self, channel: str) -> NDArray[np.float64]:
        """See :meth:`Culture.observe`; one value a culture.

        Raises:
            TwinError: No such channel.
        """
        if channel == "ph":
            return broth.acidities(self._memory.state, self._buffer_pk)
        if (column := STATES.get(channel)) is not None:
            return self._memory.state[:, column].copy()
        if channel not in self._observers:
            self._observers[channel] = [one.observer(channel) for one in self._cultures]
        return np.array([look() for look in self._observers[channel]])
