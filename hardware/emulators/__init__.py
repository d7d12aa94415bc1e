"""Emulated devices with parsers of their own, on memory, pseudo-terminals or TCP."""

from hardware.emulators.assay import AssayError, Laboratory
from hardware.emulators.build import Bench, emulate
from hardware.emulators.deck import Deck
from hardware.emulators.line import Emission, EmulatedLine, Emulator
from hardware.emulators.memory import MemoryPort
from hardware.emulators.plant import Plant
from hardware.emulators.serve import serve

__all__ = [
    "AssayError",
    "Bench",
    "Deck",
    "Emission",
    "EmulatedLine",
    "Emulator",
    "Laboratory",
    "MemoryPort",
    "Plant",
    "emulate",
    "serve",
]
