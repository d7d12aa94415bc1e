"""How each family is spoken to by hand: line settings, its commands as bytes, answers in words."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hardware.errors import HardwareError
from hardware.framing import OemXor, Rtu, oem_frame, rtu_frame

if TYPE_CHECKING:
    from hardware.devices.device import Command


class UnknownFamily(HardwareError):
    """Nobody here speaks to such a device."""


Wire = Callable[[str, str, int], bytes]
"""A command as text, the device's address and the number of the exchange, to bytes."""
Explain = Callable[[bytes], Iterator[str]]
"""What came, in words."""


@dataclass(frozen=True)
class Dialect:
    """One family on a line.

    Attributes:
        baud: Its factory setting.
        frame: Its factory setting.
        address: Of a device as it leaves the factory; empty where it has none.
        end: What ends a command typed by hand.
        wire: Puts a command into the form of the wire.
        explain: Says what an answer means, as far as bytes alone tell.
        table: Where its commands stand, ``module:name`` or ``module:name.key`` in
            `hardware.devices`; without it ``COMMANDS`` of the module of its own name.
    """

    baud: int
    frame: str = "8N1"
    address: str = ""
    end: str = "\r"
    wire: Wire = lambda text, address, number: text.encode("latin-1")
    explain: Explain = lambda data: iter(())
    table: str = ""


# -- binary wires -----------------------------------------------------------------------------


def _arc_wire(text: str, address: str, number: int) -> bytes:
    """``03 register`` reads the measurement block that begins there."""
    code, register = text.split()
    return rtu_frame(struct.pack(">BBHH", int(address), int(code), int(register), 10))


def _arc_explain(data: bytes) -> Iterator[str]:
    from hardware.devices.hamilton_arc import BLOCKS, EXCEPTIONS, STATUS_BITS

    units = {block.unit_bit: block.unit for block in BLOCKS.values()}
    for frame in Rtu().feed(data):
        if frame[1] & 0x80:
            yield f"unit {frame[0]} refuses: {EXCEPTIONS.get(frame[2], f'exception {frame[2]}')}"
        elif len(frame) == 25:
            words = struct.unpack(">10H", frame[3:-2])
            unit, raw, status, low, high = (
                words[i + 1] << 16 | words[i] for i in range(0, len(words), 2)
            )
            shown = (
                struct.unpack(">f", number.to_bytes(4, "big"))[0] for number in (raw, low, high)
            )
            value, least, most = shown
            said = [text for bit, text in STATUS_BITS.items() if status & bit]
            yield (
                f"unit {frame[0]}: {value:g} {units.get(unit, f'(unit bit 0x{unit:x})')}, "
                f"range {least:g} to {most:g}, low word first; {'; '.join(said) or 'no error'}"
            )


def _oem_wire(text: str, address: str, number: int) -> bytes:
    return oem_frame(bytes([0x30 + int(address), 0x31 + number % 7]) + text.encode("ascii"))


def _dt_wire(text: str, address: str, number: int) -> bytes:
    return f"/{chr(0x30 + int(address))}{text}\r".encode("ascii")


def _pump_status(status: int, data: bytes) -> str:
    from hardware.devices.cavro import ERRORS

    state = "ready" if status & 0x20 else "moving"
    error = ERRORS.get(status & 0x0F, f"error {status & 0x0F}") if status & 0x0F else "no error"
    return f"{state}, {error}" + (f", answer {data.decode('ascii', 'replace')}" if data else "")


def _oem_explain(data: bytes) -> Iterator[str]:
    for frame in OemXor().feed(data):
        yield _pump_status(frame[2], frame[3:-2])


def _dt_explain(data: bytes) -> Iterator[str]:
    for match in re.finditer(rb"/0([@-\x7f])([^\x03]*)\x03", data):
        yield _pump_status(match[1][0], match[2])


def _evolver_wire(text: str, address: str, number: int) -> bytes:
    """``od_90r 1000``: the board's command and its values, separated by blanks."""
    return (",".join(text.split()) + ",_!").encode("ascii")


def _evolver_explain(data: bytes) -> Iterator[str]:
    for match in re.finditer(rb"([a-z_0-9]+?)([eb]),(.*?),end", data):
        board, kind, values = (part.decode() for part in match.groups())
        if kind == "e":
            yield f"the {board} board echoes; it acts only when '{board}a,,...,_!' follows"
        else:
            yield f"the {board} board: {values.count(',') + 1} readings in counts"


# -- answers that are words -------------------------------------------------------------------


def _words(meanings: Mapping[str, str]) -> Explain:
    """Explains lines by patterns; in a sentence ``{0}`` stands for the pattern's first group."""

    def explain(data: bytes) -> Iterator[str]:
        for line in filter(None, re.split(r"[\r\n]+", data.decode("ascii", "replace"))):
            for pattern, sentence in meanings.items():
                if match := re.fullmatch(pattern, line.strip()):
                    yield sentence.format(*match.groups(""))
                    break

    return explain


_EZO = {
    r"\*OK": "done",
    r"\*ER": "it does not know this, or cannot do it",
    r"\*OV": "its supply voltage is too high",
    r"\*UV": "its supply voltage is too low",
    r"\*RS|\*RE": "it has just started again",
    r"\*SL": "it sleeps",
    r"\*WA": "it has just woken up",
    r"\?i,(.*),(.*)": "a {0} circuit, firmware {1}",
    r"\?Status,(.),(.*)": "last restart for reason {0} (P power, S software, B brown-out), {1} V",
    r"-?\d+(?:\.\d+)?": "a reading",
}
_SICS = {
    r"ES": "it does not know this command",
    r"ET": "what it received was damaged (parity, baud rate?)",
    r"EL": "it knows the command, not this parameter",
    r"SI? S +(.*)": "{0}, at rest",
    r"SI? D +(.*)": "{0}, still moving",
    r"(?:SI?|T|Z) I": "it cannot do that now, or did not come to rest",
    r"SI? \+": "above its range",
    r"SI? -": "below its range",
    r'I4 A "(.*)"': "its serial number is {0}",
    r"T S +(.*)": "tared at {0}",
}
_NAMUR = {r"(-?[\d.]+) (\d+)": "channel {1}: {0}", r"(-?[\d.]+)": "it echoes {0}"}
_GCODE = {
    r"ok.*": "done",
    r"!!.*": "it is halted; M999 clears that, then home it",
    r"error.*": "no",
}
_ALICAT = {
    r"\?": "it does not know this command",
    r"([A-Z]) .* (ADC|COM|EXH|GTA|MOV|OPL|OVR|P2O|POV|TMF|TOV|VOV).*": (
        "unit {0} reports {1}: its numbers are no measurement"
    ),
    r"([A-Z]) [-+].*": "a data frame of unit {0}; `columns` says what stands where",
}
_REGLO = {r"\*": "done", r"#": "it does not know this, or cannot do it"}

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "alicat": Dialect(19200, address="A", explain=_words(_ALICAT)),
        "atlas-ezo": Dialect(9600, explain=_words(_EZO)),
        "atlas-ezo-pump": Dialect(9600, explain=_words(_EZO)),
        "cavro": Dialect(38400, address="1", end="", wire=_oem_wire, explain=_oem_explain),
        "cavro-dt": Dialect(
            38400, address="1", end="", wire=_dt_wire, explain=_dt_explain, table="cavro:COMMANDS"
        ),
        "evolver": Dialect(9600, end="", wire=_evolver_wire, explain=_evolver_explain),
        "gcode": Dialect(115200, end="\n", explain=_words(_GCODE)),
        "hamilton-arc": Dialect(
            19200,
            "8N2",
            address="1",
            end="",
            wire=_arc_wire,
            explain=_arc_explain,
            table="hamilton_arc:BLOCKS",
        ),
        "hamilton-ml600": Dialect(9600, "7O1", address="a"),
        "hamilton-psd4": Dialect(9600, address="1", end="", wire=_dt_wire, explain=_dt_explain),
        "heidolph": Dialect(
            9600, "7E1", end="\r\n", explain=_words(_NAMUR), table="namur_makers:MAKERS.heidolph"
        ),
        "ika": Dialect(
            9600, "7E1", end=" \r\n", explain=_words(_NAMUR), table="namur_makers:MAKERS.ika"
        ),
        "ismatec": Dialect(9600, address="1", explain=_words(_REGLO)),
        "julabo": Dialect(4800, "7E1", explain=_words(_NAMUR), table="namur_makers:MAKERS.julabo"),
        "mt-sics": Dialect(9600, end="\r\n", explain=_words(_SICS)),
        "opentrons-heater-shaker": Dialect(
            115200, end="\n", explain=_words(_GCODE), table="opentrons:HEATER_SHAKER"
        ),
        "opentrons-temperature": Dialect(
            115200, end="\r\n\r\n", explain=_words(_GCODE), table="opentrons:TEMPERATURE_MODULE"
        ),
        "watson-marlow": Dialect(9600, "8N2", address="1"),
    }
)


def dialect(family: str) -> Dialect:
    """How a family is spoken to.

    Raises:
        UnknownFamily: Nobody here knows it.
    """
    if family not in DIALECTS:
        raise UnknownFamily(f"'{family}' is no family; known are {', '.join(DIALECTS)}")
    return DIALECTS[family]


def commands(family: str) -> dict[str, Command]:
    """A family's commands, by name."""
    where = dialect(family).table or f"{family.replace('-', '_')}:COMMANDS"
    module, _, path = where.partition(":")
    name, _, key = path.partition(".")
    table = getattr(import_module(f"hardware.devices.{module}"), name)
    return dict(_commands(table[key] if key else table, ""))


def _commands(part: object, name: str) -> Iterator[tuple[str, Command]]:
    """All commands of a table, however deep they stand in it; their names tell where."""
    from hardware.devices.device import Command
    from hardware.devices.hamilton_arc import Block

    if isinstance(part, Command):
        yield name, part
    elif isinstance(part, Block):  # a sensor has no commands but reading a block
        manual = "EPHUM011 p. 21, 23"
        yield name, Command(f"3 {part.register}", "read", 0.5, manual, part.unit)
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from _commands(value, f"{name} {key}".strip())
    elif is_dataclass(part):
        for item in fields(part):
            inner = "" if item.name == "outputs" else item.name
            yield from _commands(getattr(part, item.name), f"{name} {inner}".strip())
