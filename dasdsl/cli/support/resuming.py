"""What commands share that can be interrupted and gone on with."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from types import FrameType

from dasdsl.cli.support.console import INTERRUPTED, message
from dasdsl.cli.support.memory import keep_freed

MISUSE = 2
NAMES = {"file": "FILE", "start": "--from"}
BESIDE = ("json", "device")
"""What can be given beside --resume: nothing of it is of the run, but of where it goes on."""


def add_resume(parser: ArgumentParser) -> None:
    """`--resume DIR`."""
    parser.add_argument(
        "--resume",
        metavar="DIR",
        help="go on with an interrupted run as it began; beside --json and --device, nothing else can be given with it",
    )


def resumable(command: str, options: Namespace, work: Callable[[Callable[[Path], None]], int]) -> int:
    """Do the work, which is given a function that is to be told the folder of a new run; the result is the exit code.

    After Ctrl-C or SIGTERM it says how to go on.
    """
    if options.resume is not None and _others(options):
        message(f"dasdsl {command}: --resume goes on as the run began, so {_others(options)} cannot be given with it")
        return MISUSE
    keep_freed()
    places: list[str] = [] if options.resume is None else [options.resume]

    def placed(folder: Path) -> None:
        places.append(str(folder))
        message(f"run in {folder}")

    try:
        with ended_in_order():
            return work(placed)
    except KeyboardInterrupt as stop:
        if not places:
            raise
        what, code = ending(stop)
        message(f"{what}go on with: dasdsl {command} --resume {quote(places[0])}")
        return code


@contextmanager
def ended_in_order() -> Generator[None]:
    """While this lasts, SIGTERM ends the command as Ctrl-C does, also before the training that would save a state."""
    from dasdsl.search.interrupts import Interrupted

    def end(signum: int, _: FrameType | None) -> None:
        raise Interrupted(signum)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def ending(stop: KeyboardInterrupt) -> tuple[str, int]:
    """How a message begins that says what was interrupted, and the exit code."""
    from dasdsl.search.interrupts import Interrupted

    if not isinstance(stop, Interrupted):
        return "interrupted; ", INTERRUPTED
    return f"{stop.what}; the state is saved, ", stop.exit_code


def _others(options: Namespace) -> str:
    """What was given beside --resume that only a new run takes."""
    given = {
        name: value for name, value in vars(options).items() if name not in (*BESIDE, "resume") and value is not None
    }
    return ", ".join(NAMES.get(name, f"--{name.replace('_', '-')}") for name in given)
