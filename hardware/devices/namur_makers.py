"""What makers made of the NAMUR recommendation: commands, terminators, forms of an answer.

| maker | line, as delivered | an answer | a setting |
|---|---|---|---|
| IKA | 9600 7E1, blank CR LF (CR LF in some manuals) | value and channel, ``37.0 1`` | no answer |
| Heidolph | 9600 7E1, CR LF | the command and the value, ``IN_PV_1 37.0`` | its command |
| Julabo | 4800 7E1 (not confirmed), CR | the bare value, ``37.00`` | no answer |

Sources: IKA RCT digital p. 30, C-MAG HS 7 control p. 51, LR 1000 p. 18, HRC 2 p. 15; Heidolph MR
Hei-Connect and Julabo after public drivers only, no manual was seen: doubtful until tried.
Terminators are accepted in every form. In a station file the frame stands in quotes: ``"7E1"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hardware.devices.device import Command
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply

_NUMBER = r"-?\d+(?:\.\d+)?"
_VALUE = re.compile(rf"(?P<value>{_NUMBER})(?: (?P<channel>\d+))?")
_ERROR = re.compile(r"(?:STATUS )?(?P<code>-\d{1,3})\b.*")
ERRORS: Final[Mapping[int, str]] = MappingProxyType(
    {
        -83: "wrong parity",
        -84: "it does not know the instruction",
        -85: "the instruction came in a wrong order",
        -86: "it does not take the value",
        -87: "its memory is full",
    }
)
"""IKA, LR 1000 p. 18; other negative numbers are faults of the device."""


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that a device drives and measures.

    Attributes:
        measure: Asks for the measured value.
        wanted: Asks for the set-point.
        put: Sets it; unit and limits are those of the value.
        start: Switches the drive on.
        stop: Switches it off.
        internal: Asks the device's own probe, where it has another one than `measure` asks.
        running: Asks whether it is on (1 or 0), where the maker has that.
    """

    measure: Command
    wanted: Command
    put: Command
    start: Command
    stop: Command
    internal: Command | None = None
    running: Command | None = None


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Commands of a device-side watchdog; every one is answered by its value."""

    heat_and_stir_off: Command
    safe_values: Command
    safe: Mapping[str, Command]


@dataclass(frozen=True, slots=True)
class Maker:
    """One maker's dialect.

    Attributes:
        end: Terminator that is sent.
        who: Asks what it is.
        called: What stands in the answer of every device of the maker.
        outputs: By channel.
        status: Asks for errors.
        value: Number in an answer, given the request and the frame.
        answers_settings: Whether a setting is answered by its command.
        first: Sent before all else.
        gap_s: Silence before a request.
        watchdog: Where the devices have one.
    """

    end: bytes
    who: Command
    called: str
    outputs: Mapping[str, Output]
    status: Command
    value: Callable[[str, str], float]
    answers_settings: bool = False
    first: Command | None = None
    gap_s: float = 0.05
    watchdog: Watchdog | None = None


def with_channel(request: str, answer: str) -> float:
    """IKA: ``37.0 1`` answers ``IN_PV_1``, and ``IN_SP_1`` too."""
    match = _VALUE.fullmatch(answer)
    if match is None or match["channel"] is None:
        raise DamagedReply(f"'{answer}' is not a value and its channel")
    if not request.endswith(f"_{match['channel']}"):
        raise ForeignReply(f"channel {match['channel']} answered, '{request}' was asked")
    return float(match["value"])


def with_command(request: str, answer: str) -> float:
    """Heidolph: ``IN_PV_1 37.0`` answers ``IN_PV_1``."""
    command, _, value = answer.partition(" ")
    if command != request.split()[0]:
        raise ForeignReply(f"'{answer}' came, '{request}' was asked")
    return _bare(value)


def bare(request: str, answer: str) -> float:
    """Julabo: ``37.00`` answers anything."""
    return _bare(answer)


def _bare(answer: str) -> float:
    if not re.fullmatch(_NUMBER, answer):
        raise DamagedReply(f"'{answer}' is no number")
    return float(answer)


def repeated(request: str, answer: str) -> None:
    """IKA's ``@`` commands: the value comes back, perhaps with the number before the ``@``."""
    command, _, sent = request.partition("@")
    match = _VALUE.fullmatch(answer)
    if match is None or not command.endswith(match["channel"] or ""):
        raise ForeignReply(f"'{answer}' came, '{request}' was sent")
    if float(match["value"]) != float(sent):
        raise DeviceRefused(f"it answered {match['value']} to {request}")


def name(request: str, answer: str) -> str:
    """What a device calls itself; never a value."""
    if _VALUE.fullmatch(answer) or _ERROR.fullmatch(answer):
        raise ForeignReply(f"'{answer}' came, the name was asked")
    return answer.removeprefix(request).strip()


def trouble(request: str, answer: str) -> str:
    """The error in a status; empty when there is none."""
    match = _ERROR.fullmatch(answer)
    if match is None:
        return ""
    code = int(match["code"])
    return f"status {code}: {ERRORS.get(code, answer)}"


def _ika(channel: int, put: str, unit: str, low: float, high: float, settle_s: float) -> Output:
    page = "RCT digital p. 30"
    return Output(
        measure=Command(f"IN_PV_{channel}", "read", 0.5, page, unit, tries=1),
        wanted=Command(f"IN_SP_{channel}", "read", 0.5, page, unit, tries=1),
        put=Command(f"OUT_SP_{channel} {put}", "set", 0.5, page, unit, low, high, settle_s),
        start=Command(f"START_{channel}", "set", 0.5, page),
        stop=Command(f"STOP_{channel}", "set", 0.5, page),
        internal=Command("IN_PV_2", "read", 0.5, page, unit, tries=1) if channel == 1 else None,
    )


def _watchdog() -> Watchdog:
    page = "C-MAG HS 7 control p. 51"
    return Watchdog(
        heat_and_stir_off=Command("OUT_WD1@{value:.0f}", "set", 0.5, page, "s", 20, 1500),
        safe_values=Command("OUT_WD2@{value:.0f}", "set", 0.5, page, "s", 20, 1500),
        safe=MappingProxyType(
            {
                "temperature": Command("OUT_SP_12@{value:.1f}", "set", 0.5, page, "degC", 0, 310),
                "stirring": Command("OUT_SP_42@{value:.0f}", "set", 0.5, page, "rpm", 0, 2000),
            }
        ),
    )


_HEI = "public drivers of MR Hei-Connect"
_JULABO = "public drivers of Julabo circulators"
MAKERS: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "ika": Maker(
            end=b" \r\n",
            who=Command("IN_NAME", "read", 0.5, "RCT digital p. 30"),
            called="",
            outputs={
                "temperature": _ika(1, "{value:.1f}", "degC", 0, 310, 600.0),
                "stirring": _ika(4, "{value:.0f}", "rpm", 50, 2000, 5.0),
            },
            status=Command("STATUS", "read", 0.5, "LR 1000 p. 18", tries=1),
            value=with_channel,
            watchdog=_watchdog(),
        ),
        "heidolph": Maker(
            end=b"\r\n",
            who=Command("SW_VERS", "read", 1.0, _HEI),
            called="",
            outputs={
                "temperature": Output(
                    measure=Command("IN_PV_1", "read", 1.0, _HEI, "degC", tries=1),
                    wanted=Command("IN_SP_1", "read", 1.0, _HEI, "degC", tries=1),
                    put=Command("OUT_SP_1 {value:.0f}", "set", 1.0, _HEI, "degC", 0, 300, 600.0),
                    start=Command("START_1", "set", 1.0, _HEI),
                    stop=Command("STOP_1", "set", 1.0, _HEI),
                    internal=Command("IN_PV_3", "read", 1.0, _HEI, "degC", tries=1),
                ),
                "stirring": Output(
                    measure=Command("IN_PV_5", "read", 1.0, _HEI, "rpm", tries=1),
                    wanted=Command("IN_SP_3", "read", 1.0, _HEI, "rpm", tries=1),
                    put=Command("OUT_SP_3 {value:.0f}", "set", 1.0, _HEI, "rpm", 100, 1400, 5.0),
                    start=Command("START_2", "set", 1.0, _HEI),
                    stop=Command("STOP_2", "set", 1.0, _HEI),
                ),
            },
            status=Command("STATUS", "read", 1.0, _HEI, tries=1),
            value=with_command,
            answers_settings=True,
            first=Command("PA_NEW", "set", 1.0, _HEI),
            gap_s=0.1,
        ),
        "julabo": Maker(
            end=b"\r",
            who=Command("VERSION", "read", 1.0, _JULABO),
            called="JULABO",
            outputs={
                "temperature": Output(
                    measure=Command("IN_PV_02", "read", 1.0, _JULABO, "degC", tries=1),
                    wanted=Command("IN_SP_00", "read", 1.0, _JULABO, "degC", tries=1),
                    put=Command(
                        "OUT_SP_00 {value:.1f}", "set", 1.0, _JULABO, "degC", -30, 200, 600.0
                    ),
                    start=Command("OUT_MODE_05 1", "set", 1.0, _JULABO),
                    stop=Command("OUT_MODE_05 0", "set", 1.0, _JULABO),
                    internal=Command("IN_PV_00", "read", 1.0, _JULABO, "degC", tries=1),
                    running=Command("IN_MODE_05", "read", 1.0, _JULABO, tries=1),
                ),
            },
            status=Command("STATUS", "read", 1.0, _JULABO, tries=1),
            value=bare,
            gap_s=0.25,
        ),
    }
)
