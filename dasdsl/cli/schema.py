"""Print the JSON Schema of a header, for editors that complete and check YAML."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dasdsl.cli.support.console import print_json


def add_arguments(parser: ArgumentParser) -> None:
    """`schema`, which takes nothing."""


def run(_: Namespace) -> int:
    """Print it."""
    from dasdsl.language.header.schema import header_schema

    print_json(header_schema())
    return 0
