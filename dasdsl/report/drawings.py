"""The graph of a space as DOT, Mermaid or SVG, from what `dasdsl compile --json` says. Names of files are escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.report.numbers import short
from dasdsl.report.texts import printable

HEIGHT, GAP, MARGIN = 46, 26, 16
NARROWEST, LETTER = 200, 6.8
"""The width of a box, and how much of it a letter takes."""


def _label(node: Mapping[str, Any]) -> tuple[str, str]:
    """Two lines: what it is and its shape; what it costs and how much is open."""
    shape = "x".join(str(size) for size in node["shape"])
    costs = f"{short(node['params'])} params, {short(node['macs'])} MACs" if node["params"] else "no params"
    count = len(node["decisions"])
    marks = f", {count} open" if count else ""
    return printable(f"{node['name']}: {node['op']} → {shape}"), costs + marks


def _input(facts: Mapping[str, Any]) -> tuple[str, str]:
    return "input", printable(str(facts["input"]))


def dot(facts: Mapping[str, Any]) -> str:
    """Graphviz's language."""
    lines = ["digraph {", '  node [shape=box, fontname="sans-serif"];', f'  "input" [label="{_dot(*_input(facts))}"];']
    for node in facts["nodes"]:
        name = _dot(printable(node["name"]))
        lines.append(f'  "{name}" [label="{_dot(*_label(node))}"];')
        lines += [f'  "{_dot(printable(read))}" -> "{name}";' for read in node["reads"]]
    return "\n".join([*lines, "}", ""])


def _dot(*texts: str) -> str:
    return "\\n".join(text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)


def mermaid(facts: Mapping[str, Any]) -> str:
    """Mermaid's flowchart, as Markdown pages show it."""
    numbers = {"input": 0} | {node["name"]: index for index, node in enumerate(facts["nodes"], 1)}
    lines = ["flowchart TD", f'  n0["{_html(*_input(facts))}"]']
    for node in facts["nodes"]:
        own = f"n{numbers[node['name']]}"
        lines.append(f'  {own}["{_html(*_label(node))}"]')
        lines += [f"  n{numbers[read]} --> {own}" for read in node["reads"]]
    return "\n".join([*lines, ""])


def _html(*texts: str) -> str:
    # Mermaid reads `#` as the start of an entity
    return "<br>".join(escape(text).replace("#", "#35;") for text in texts)


def svg(facts: Mapping[str, Any]) -> str:
    """A drawing that stands on its own: rows by the longest way from the input, an arrow for each read."""
    depth = {"input": 0}
    rows: dict[int, list[str]] = {0: ["input"]}
    texts = {"input": _input(facts)}
    for node in facts["nodes"]:
        row = 1 + max(depth[read] for read in node["reads"])
        depth[node["name"]] = row
        rows.setdefault(row, []).append(node["name"])
        texts[node["name"]] = _label(node)
    letters = max(len(text) for lines in texts.values() for text in lines)
    grid = _Grid(max(len(row) for row in rows.values()), max(NARROWEST, round(letters * LETTER) + 20))
    places = {
        name: grid.place(row, column, len(names)) for row, names in rows.items() for column, name in enumerate(names)
    }
    edges = [(read, node["name"]) for node in facts["nodes"] for read in node["reads"]]
    skips = [depth[end] - depth[start] for start, end in edges]
    # arrows past other boxes swing out to the right
    swing = max((_swing(skip) for skip in skips if skip > 1), default=0)
    width = grid.width + swing
    height = 2 * MARGIN + len(rows) * (HEIGHT + GAP) - GAP
    arrows = [grid.arrow(places[a], places[b], skip) for (a, b), skip in zip(edges, skips, strict=True)]
    opened = {node["name"] for node in facts["nodes"] if node["decisions"]}
    boxes = [grid.box(places[name], texts[name], is_open=name in opened) for name in places]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{"".join(arrows)}{"".join(boxes)}</svg>\n'
    )


def _swing(skip: int) -> int:
    """How far an arrow over so many rows swings out."""
    return min(24 + 10 * skip, 120)


@frozen(slots=True)
class _Grid:
    """Rows of boxes, centred: `columns` at most, each box so wide."""

    columns: int
    box_width: int

    @property
    def width(self) -> int:
        return 2 * MARGIN + self.columns * (self.box_width + GAP) - GAP

    def place(self, row: int, column: int, count: int) -> tuple[float, float]:
        """The upper left corner of a box."""
        left = MARGIN + (self.columns - count) * (self.box_width + GAP) / 2 + column * (self.box_width + GAP)
        return left, MARGIN + row * (HEIGHT + GAP)

    def box(self, place: tuple[float, float], texts: tuple[str, str], *, is_open: bool) -> str:
        x, y = place
        fill, stroke = ("#fff4dc", "#c27803") if is_open else ("#f3f4f6", "#9ca3af")
        first, second = (escape(text) for text in texts)
        middle = x + self.box_width / 2
        return (
            f'<rect x="{x:g}" y="{y:g}" width="{self.box_width}" height="{HEIGHT}" rx="6" '
            f'fill="{fill}" stroke="{stroke}"/>'
            f'<text x="{middle:g}" y="{y + 19:g}" text-anchor="middle">{first}</text>'
            f'<text x="{middle:g}" y="{y + 36:g}" text-anchor="middle" fill="#6b7280">{second}</text>\n'
        )

    def arrow(self, start: tuple[float, float], end: tuple[float, float], skip: int) -> str:
        if skip > 1:
            right, out = self.box_width, _swing(skip)
            x1, y1, x2, y2 = start[0] + right, start[1] + HEIGHT / 2, end[0] + right, end[1] + HEIGHT / 2
            bend = max(x1, x2) + out
            line = f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"
            head = f"M{x2 + 7:g} {y2 - 4:g}L{x2:g} {y2:g}L{x2 + 7:g} {y2 + 4:g}"
        else:
            middle = self.box_width / 2
            x1, y1, x2, y2 = start[0] + middle, start[1] + HEIGHT, end[0] + middle, end[1]
            line = f"M{x1:g} {y1:g}L{x2:g} {y2:g}"
            head = f"M{x2 - 4:g} {y2 - 7:g}L{x2:g} {y2:g}L{x2 + 4:g} {y2 - 7:g}"
        return f'<path d="{line}{head}" fill="none" stroke="#6b7280"/>\n'
