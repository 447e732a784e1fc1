"""Serve editors: the Language Server Protocol on stdin and stdout."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from dasdsl.cli.support.console import message
from dasdsl.cli.support.extras import need


def add_arguments(parser: ArgumentParser) -> None:
    """`lsp [--stdio]`."""
    parser.add_argument("--stdio", action="store_true", help="what it does anyway; many editors say it")


def run(_: Namespace) -> int:
    """Serve until the editor says goodbye."""
    need("lsp", "dasdsl lsp", "pygls", "lsprotocol")
    from dasdsl.lsp.server import serve

    if sys.stdin.isatty():
        message("editors start this command and talk to it on stdin; Ctrl-D ends it")
    return serve()
