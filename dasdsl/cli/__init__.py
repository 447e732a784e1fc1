"""The `dasdsl` command. One thin file a command; the file is loaded only when its command is used.

To add a command, write `dasdsl/cli/NAME.py` with

- a docstring whose first line says what the command does (`dasdsl --help` shows it),
- `add_arguments(parser)`, which adds to an `argparse.ArgumentParser`,
- `run(options) -> int`, which returns the exit code: 0 for yes, 1 for no.

Nothing else has to know of it. What is wrong is raised as `DasError`; `main` shows it on stderr and exits with 1, as it
does for an `OSError`. Misuse exits with 2 (`parser.error` from within argparse types), Ctrl-C with 130. Results go to
stdout, progress and messages to stderr. `dasdsl.cli.support.console` has what commands share. Imports that take time
(torch, networkx) stand inside `run`.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from dasdsl.cli.support.console import message, report
from dasdsl.diagnostics import DasError

INTERRUPTED = 130
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
    try:
        code = dispatch(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        message("interrupted")
        return INTERRUPTED
    except DasError as error:
        report(error.diagnostics, sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        message(f"error: {explain(error)}")
        return 1
    return code


def explain(error: OSError) -> str:
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
        options = parser.parse_args(rest)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else MISUSE
    return command.run(options)


def commands() -> tuple[str, ...]:
    """The names of all commands, without loading one."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


def loaded(name: str) -> object:
    """A command's module."""
    return import_module(f"{__name__}.{name}")


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
