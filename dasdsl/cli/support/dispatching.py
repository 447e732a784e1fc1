"""Finds the command, runs it, and turns every ending into an exit code."""

from __future__ import annotations

import argparse
import gc
import os
import pkgutil
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from typing import NoReturn, Protocol, cast

import dasdsl.cli
from dasdsl.cli.support.console import INTERRUPTED, message, report
from dasdsl.diagnostics import DasError

MISUSE = 2


class Command(Protocol):
    """What a command's file holds."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Do it; the result is the exit code."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the result is the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Looking for plugins of pydantic takes time at every start, and a check runs nobody else's code.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What is loaded stays: looking through it for garbage again and again takes a twentieth of a check.
    gc.set_threshold(100_000)
    try:
        code = dispatch(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        # what was ended by another signal says so
        message(getattr(stop, "what", "interrupted"))
        return int(getattr(stop, "exit_code", INTERRUPTED))
    except DasError as error:
        report(error.diagnostics, sys.stderr)
        return 1
    except BrokenPipeError:
        silence()
        return 1
    except OSError as error:
        message(f"error: {described(error)}")
        silence()
        return 1
    return code


def command() -> NoReturn:
    """Run the command of this process and leave at once.

    Python would first take apart, object by object, all that a command holds, which takes a tenth of a check. Where
    torch is loaded it does: threads and process groups end in order, but for a tracker that does not answer.
    """
    code = main()
    if "torch" in sys.modules and not _waits():
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _waits() -> bool:
    from dasdsl.trackers.apart import waiting

    return waiting()


def silence() -> None:
    """Drop what is still to be written to stdout where it cannot be: it would fail once more at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def described(error: OSError) -> str:
    """An error of the operating system on one line: what, and which file."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def dispatch(arguments: list[str]) -> int:
    """Find the command and run it."""
    if not arguments:
        print(overview(), file=sys.stderr)
        return MISUSE
    name, rest = arguments[0], arguments[1:]
    if name in ("-h", "--help"):
        print(overview())
        return 0
    if name == "--version":
        from importlib.metadata import version

        print(f"dasdsl {version('dasdsl')}")
        return 0
    if name not in commands():
        return misused(name)
    module = loaded(name)
    parser = argparse.ArgumentParser(prog=f"dasdsl {name}", description=summary(name))
    command = cast("Command", module)
    command.add_arguments(parser)
    try:
        options, unknown = parser.parse_known_args(rest)
        if unknown:
            parser.error(unrecognized(unknown, parser.format_help()))
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else MISUSE
    return command.run(options)


def unrecognized(unknown: Sequence[str], described: str) -> str:
    """What is wrong with arguments that a command does not have, and the option that was most likely meant."""
    from dasdsl.language.suggest import nearest

    known = re.findall(r"(?<!\S)--[a-z][a-z-]*", described.replace("[", " "))
    flags = (one.partition("=")[0] for one in unknown if one.startswith("--"))
    meant = next((found for flag in flags if (found := nearest(flag, known))), None)
    return f"unrecognized arguments: {' '.join(unknown)}" + (f"; did you mean `{meant}`?" if meant else "")


def commands() -> tuple[str, ...]:
    """The names of all commands, without loading one; what is a word of Python's has a `_` behind it as a file."""
    return tuple(
        module.name.removesuffix("_") for module in pkgutil.iter_modules(dasdsl.cli.__path__) if not module.ispkg
    )


def loaded(name: str) -> object:
    """A command's module."""
    return import_module(f"dasdsl.cli.{name}{'_' if iskeyword(name) else ''}")


def summary(name: str) -> str:
    """The first line of a command's docstring."""
    return (loaded(name).__doc__ or "").strip().partition("\n")[0]


def overview() -> str:
    """The help of `dasdsl` itself."""
    width = max(len(name) for name in commands())
    lines = [f"  {name:<{width}}  {summary(name)}" for name in commands()]
    head = "usage: dasdsl COMMAND …\n\nA search-space language and compiler for differentiable architecture search."
    tail = "`dasdsl COMMAND --help` says more about one; `dasdsl --version` says which version this is."
    return "\n".join((head, "", "commands:", *lines, "", tail))


def misused(name: str) -> int:
    """Say that there is no such command or option."""
    from dasdsl.language.suggest import nearest

    what = "option" if name.startswith("-") else "command"
    known = ("--help", "--version") if what == "option" else commands()
    found = nearest(name, known)
    hint = f"did you mean `{found}`?" if found else f"there are {', '.join(known)}"
    message(f"dasdsl: no {what} `{name}`; {hint}")
    return MISUSE
