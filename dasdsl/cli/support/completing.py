"""The scripts that make a shell complete commands, options and files: made by shtab from what the commands take."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from importlib import import_module
from typing import Any, Final, cast

from dasdsl.cli.support.dispatching import Command, commands, loaded, summary

SHELLS: Final = ("bash", "zsh", "tcsh")
TEXTS: Final = ("FILE", "A", "B")
"""What arguments are called that are `.das` files or compiled ones."""
FILES: Final = ("OUT", "D", "W")
"""What arguments are called that are other files, or may be."""
FOLDERS: Final = ("DIR",)


def script(shell: str) -> str:
    """What a shell has to run."""
    shtab = import_module("shtab")
    parser = ArgumentParser(prog="dasdsl", description="A search-space language and compiler.")
    parser.add_argument("--version", action="version", version="dasdsl")
    places = parser.add_subparsers(metavar="COMMAND")
    for name in commands():
        inner = places.add_parser(name, help=summary(name))
        cast("Command", loaded(name)).add_arguments(inner)
        for action in inner._actions:
            complete(action, shtab)
    return str(shtab.complete(parser, shell))


def complete(action: Action, shtab: Any) -> None:  # noqa: ANN401 - a module without types
    """Say what an argument may be, where that is more than a word."""
    kinds = {
        **dict.fromkeys(TEXTS, shtab.glob("*.das", "*.json")),
        **dict.fromkeys(FILES, shtab.FILE),
        **dict.fromkeys(FOLDERS, shtab.DIRECTORY),
    }
    if action.metavar in kinds:
        action.complete = kinds[action.metavar]  # type: ignore[attr-defined]
    elif action.metavar == "CODE":
        from dasdsl.cli.support.pages import pages

        action.choices = list(pages())
