"""The graph of a space as DOT, Mermaid or SVG, from what `dasdsl compile --json` says. Names of files are escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dasdsl.report.numbers import short

WIDTH, HEIGHT, GAP, MARGIN = 250, 46, 26, 16


def _label(node: Mapping[str, Any]) -> tuple[str, str]:
    """Two lines: what it is and its shape; what it costs and how much is open."""
    shape = "x".join(str(size) for size in node["shape"])
    costs = f"{short(node['params'])} params, {short(node['macs'])} MACs" if node["params"] else "no params"
    count = len(node["decisions"])
    marks = f", {count} open" if count else ""
    return _plain(f"{node['name']}: {node['op']} → {shape}"), costs + marks


def _input(facts: Mapping[str, Any]) -> tuple[str, str]:
    return "input", _plain(str(facts["input"]))


def _plain(text: str) -> str:
    """What has no place in a drawing, or in XML at all, becomes a mark."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def dot(facts: Mapping[str, Any]) -> str:
    """Graphviz's language."""
    lines = ["digraph {", '  node [shape=box, fontname="sans-serif"];', f'  "input" [label="{_dot(*_input(facts))}"];']
    for node in facts["nodes"]:
        name = _dot(_plain(node["name"]))
        lines.append(f'  "{name}" [label="{_dot(*_label(node))}"];')
        lines += [f'  "{_dot(_plain(read))}" -> "{name}";' for read in node["reads"]]
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
    widest = max(len(row) for row in rows.values())
    places = {
        name: _place(row, column, len(names), widest)
        for row, names in rows.items()
        for column, name in enumerate(names)
    }
    width = 2 * MARGIN + widest * (WIDTH + GAP) - GAP
    height = 2 * MARGIN + len(rows) * (HEIGHT + GAP) - GAP
    arrows = [_arrow(places[read], places[node["name"]]) for node in facts["nodes"] for read in node["reads"]]
    opened = {node["name"] for node in facts["nodes"] if node["decisions"]}
    boxes = [_box(places[name], texts[name], is_open=name in opened) for name in places]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{"".join(arrows)}{"".join(boxes)}</svg>\n'
    )


def _place(row: int, column: int, count: int, widest: int) -> tuple[float, float]:
    left = MARGIN + (widest - count) * (WIDTH + GAP) / 2 + column * (WIDTH + GAP)
    return left, MARGIN + row * (HEIGHT + GAP)


def _box(place: tuple[float, float], texts: tuple[str, str], *, is_open: bool) -> str:
    x, y = place
    fill, stroke = ("#fff4dc", "#c27803") if is_open else ("#f3f4f6", "#9ca3af")
    first, second = (escape(text) for text in texts)
    middle = x + WIDTH / 2
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="{stroke}"/>'
        f'<text x="{middle:g}" y="{y + 19:g}" text-anchor="middle">{first}</text>'
        f'<text x="{middle:g}" y="{y + 36:g}" text-anchor="middle" fill="#6b7280">{second}</text>\n'
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1, x2, y2 = start[0] + WIDTH / 2, start[1] + HEIGHT, end[0] + WIDTH / 2, end[1]
    head = f"M{x2 - 4:g} {y2 - 7:g}L{x2:g} {y2:g}L{x2 + 4:g} {y2 - 7:g}"
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}{head}" fill="none" stroke="#6b7280"/>\n'
