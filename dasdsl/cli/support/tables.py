"""Tables on stdout. Names come from files, so markup in them is escaped and nothing is coloured by them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from dasdsl.cli.support.console import colored
from dasdsl.report.numbers import short

WIDEST = 120
"""Columns of a table where the output is no terminal."""


def show(*renderables: RenderableType) -> None:
    """Print on stdout, as wide as a terminal is."""
    console = Console(
        file=sys.stdout,
        highlight=False,
        width=None if sys.stdout.isatty() else WIDEST,
        color_system="auto" if colored(sys.stdout) else None,
    )
    for renderable in renderables:
        console.print(renderable)


def show_program(facts: Mapping[str, Any]) -> None:
    """What `compile` says: a line a layer, then the space as a whole."""
    opened = {decision["name"]: decision for decision in facts["decisions"]}
    table = Table(box=None, pad_edge=False)
    for name, side in (("line", "right"), ("name", "left"), ("op", "left"), ("shape", "left"), ("params", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    table.add_column("MACs", justify="right")
    table.add_column("open", justify="left")
    for node in facts["nodes"]:
        shape = "x".join(str(size) for size in node["shape"])
        choices = ", ".join(_choice(node["name"], opened[name]) for name in node["decisions"])
        params, macs = (_range(node["smallest"][key], node[key]) for key in ("params", "macs"))
        table.add_row(str(node["line"]), escape(node["name"]), node["op"], shape, params, macs, escape(choices))
    largest, smallest = facts["largest"], facts["smallest"]
    costs = " to ".join(f"{short(cost['params'])} params, {short(cost['macs'])} MACs" for cost in (smallest, largest))
    size = facts["size"] if len(facts["size"]) <= 15 else f"10^{facts['size_log10']:.1f}"
    architectures = "1 architecture" if facts["size"] == "1" else f"{size} architectures"
    show(table, "", escape(f"{facts['space']}: input {facts['input']}, {architectures}"), f"from {costs}")


def _range(least: int, most: int) -> str:
    """`26..416`, one number where nothing is open, nothing where there is nothing."""
    if not most:
        return ""
    return short(most) if least == most else f"{short(least)}..{short(most)}"


def _choice(node: str, decision: Mapping[str, Any]) -> str:
    """A decision in a few words: `height 5`, `reads 2^24`, `groups 4 patterns`."""
    name = str(decision["name"]).removeprefix(f"{node}.").removeprefix("filters.")
    options = decision["options"]
    match decision["kind"]:
        case "subset":
            return f"{name} 2^{options['channels']}"
        case "patterns":
            return f"{name} {options['patterns']} patterns"
        case _:
            return f"{name} 1 of {len(options)}"
