"""Print the script that makes a shell complete commands, options and files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dasdsl.cli.support.completing import SHELLS, script
from dasdsl.cli.support.extras import need


def add_arguments(parser: ArgumentParser) -> None:
    """`completion bash|zsh|tcsh`."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to run it")


def run(options: Namespace) -> int:
    """Print it."""
    need("completion", "dasdsl completion", "shtab")
    print(script(options.shell))
    return 0
