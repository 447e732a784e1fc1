"""What differs between two networks, as a table: what `dasdsl diff` says, from its facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from dasdsl.report.numbers import short

NARROW: Final = 80
"""Columns of a terminal at which the table still is readable."""
WIDE: Final = 120
SHARES: Final = (20, 9, 16, 16, 14)
"""How the columns share a narrow terminal, a space behind each; `architecture.das` is what a search writes."""
STYLES: Final = {"added": "green", "removed": "red", "moved": "yellow"}
COSTS: Final = (("params", "params"), ("macs", "MACs"))

Row = tuple[str, str, str, str, str]


def differences(facts: Mapping[str, Any], names: tuple[str, str], width: int) -> Table:
    """A row for each thing that changed, and below them what the layer costs; in the last rows what all of it costs."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=False)
    spare = (min(max(width, NARROW), WIDE) - NARROW) // 3
    for title, share in zip(("layer", "", *names, ""), SHARES, strict=True):
        wider = share + (spare if share > SHARES[1] else 0)
        table.add_column(escape(title), max_width=wider, overflow="fold")
    for change, row in _rows(facts):
        table.add_row(*(escape(cell) for cell in row), style=STYLES.get(change))
    return table


def _rows(facts: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """Rows, each with the kind of change that it is of. Changes of no layer are the first of all changes."""
    layers = facts["layers"]
    others = len(facts["changes"]) - sum(len(layer["changes"]) for layer in layers)
    for change in facts["changes"][:others]:
        yield from _changed(change["layer"], [change])
    alike = Counter(map(_sign, layers))
    for layer in layers:
        yield from _layer(layer, alike.pop(_sign(layer), 0))
    yield from _costs("total", facts, "")


def _sign(layer: Mapping[str, Any]) -> str:
    """What the copies of one statement have in common, in a block or in a repeat: all but what they are called."""
    changes = [{key: value for key, value in change.items() if key != "layer"} for change in layer["changes"]]
    lines = [None if layer[side] is None else layer[side]["line"] for side in ("a", "b")]
    return repr((changes, lines, layer["params"], layer["macs"], layer["smallest"]))


def _layer(layer: Mapping[str, Any], alike: int) -> Iterator[tuple[str, Row]]:
    """What there is to say of a layer and of those that are like it, once."""
    if not alike:
        return
    changes = layer["changes"]
    called = [] if any(change["what"] == "statement" for change in changes) else list(_called(layer))
    title = "" if called else layer["layer"]
    rows = [*called, *_changed(title, changes)]
    if not changes:
        rows.append(("", (title, "reads", layer["a"]["reads"] or "", layer["b"]["reads"] or "", "")))
    rows += _costs("", layer, changes[0]["what"] if changes else "")
    if alike > 1:
        more = f"and {alike - 1} like it"
        rows[1:2] = [(rows[1][0], (more, *rows[1][1][1:]))] if len(rows) > 1 else [("", (more, "", "", "", ""))]
    yield from rows


def _called(layer: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """What a layer was called before, where that was something else."""
    a, b = layer["a"], layer["b"]
    if a is not None and b is not None and a["name"] != b["name"]:
        yield "", (layer["layer"], "called", a["name"], b["name"], "")


def _changed(title: str, changes: list[Mapping[str, Any]]) -> Iterator[tuple[str, Row]]:
    for index, change in enumerate(changes):
        row = ("" if index else title, change["what"], change["said_a"], change["said_b"], change["verdict"])
        yield change["what"], row


def _costs(title: str, facts: Mapping[str, Any], change: str) -> Iterator[tuple[str, Row]]:
    """What costs something else, from the smallest to the largest where that is not the same."""
    for key, name in COSTS:
        most, least = facts[key], facts["smallest"][key]
        if most["a"] == most["b"] and least["a"] == least["b"]:
            continue
        a, b = (_range(least[side], most[side]) for side in ("a", "b"))
        yield change, (title, name, a, b, _delta(most["a"], most["b"]))
        title = ""


def _range(least: int, most: int) -> str:
    return short(most) if least == most else f"{short(least)} to {short(most)}"


def _delta(a: int, b: int) -> str:
    """`-377, -91 %`, of the largest."""
    sign = "+" if b > a else "-"
    share = f", {sign}{_percent(abs(b - a) / a)}" if a and b else ""
    return f"{sign}{short(abs(b - a))}{share}" if a != b else ""


def _percent(share: float) -> str:
    """`96 %`, `0.35 %`."""
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.2g} %"
