"""The commands together, and the one place where errors become sentences and exit codes.

Commands import what they need when they run, so that ``inoculum --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import IntEnum

import typer

from orchestrator.cli import care, data, designing, devices, files, nights, operating, queueing

app = typer.Typer(
    name="inoculum",
    help="Designed experiments on arrays of mini-bioreactors, from a protocol file to a report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Start with: inoculum init my-study",
)
for command in (
    files.init,
    files.check,
    designing.design,
    designing.augment,
    nights.rehearse,
    nights.run,
    nights.resume,
    nights.emulate,
    operating.tell,
    operating.status,
    operating.watch,
    queueing.serve,
    devices.stop,
    data.analyze,
    data.ports,
    care.doctor,
    care.talk,
    files.schema,
):
    app.command()(command)
app.add_typer(queueing.queue, name="queue")


class Exit(IntEnum):
    """Exit codes; programs rely on them."""

    DONE = 0
    WRONG_INPUT = 1
    USAGE = 2
    DEVICE_FAILED = 3
    VESSELS_LOST = 4
    INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; a user's mistake never shows a traceback."""
    try:
        app(args=None if arguments is None else list(arguments))
    except KeyboardInterrupt:
        _leave("interrupted", Exit.INTERRUPTED)
    except OSError as error:
        _leave(_file_trouble(error), Exit.WRONG_INPUT)
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        _leave(str(error), code)


def _exit_code(error: Exception) -> Exit | None:
    """The code for an error that its user can mend; None for a mistake of ours."""
    modules = sys.modules
    device = [("hardware.errors", "HardwareError"), ("orchestrator.engine.worker", "StationFault")]
    wrong = [
        ("orchestrator.protocol.diagnostics", "SourceErrors"),
        ("orchestrator.campaign", "CampaignError"),
        ("orchestrator.desk.calling", "NobodyThere"),
        ("orchestrator.desk.calling", "OrderRefused"),
        ("orchestrator.alarms.notify", "NotifyError"),
        ("orchestrator.schedule.prove", "PlanExtraMissing"),
        ("orchestrator.records.store", "RecordsError"),
        ("designs.errors", "DesignError"),
        ("analysis.errors", "ModelError"),
        ("twin.errors", "TwinError"),
        ("hardware.emulators.assay", "AssayError"),
    ]
    for names, code in ((device, Exit.DEVICE_FAILED), (wrong, Exit.WRONG_INPUT)):
        # Looked up rather than imported: a module that was never loaded raised nothing.
        kinds = tuple(getattr(modules[m], name) for m, name in names if m in modules)
        if isinstance(error, kinds):
            return code
    return None


def _file_trouble(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _leave(message: str, code: Exit) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(int(code))
