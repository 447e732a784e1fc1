"""From matches of statements to what changed about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import indent

from dasdsl.ir.diffing.difference import Change, Layer
from dasdsl.ir.diffing.fields import FieldChange, changes, text_of
from dasdsl.ir.diffing.moves import Matches, Move
from dasdsl.ir.diffing.parts import NOTHING, Part
from dasdsl.ir.diffing.reading import wired
from dasdsl.language.alignment.pieces import Match
from dasdsl.language.printer import INDENT
from dasdsl.language.written import spell


@dataclass(frozen=True)
class Context:
    """What is known of both networks together.

    `same`: the node of `b` for each node of `a`. `rewired`: nodes of `a` that read other channels, however they are
    numbered. `sharing`: for each node of `a` what it decides together with others, where that differs.
    """

    same: Mapping[str, str]
    moves: Mapping[Part, Move]
    rewired: frozenset[str] = frozenset()
    sharing: Mapping[str, tuple[FieldChange, ...]] = field(default_factory=dict[str, tuple[FieldChange, ...]])


def layers(matches: Matches, context: Context) -> Iterator[Layer]:
    """The statements that changed, or that cost something else."""
    for match in matches:
        layer = _layer(match, context)
        if layer is not None and (layer.changes or layer.cost_a != layer.cost_b):
            yield layer
        yield from layers(match.body, context)


def _layer(match: Match[Part], context: Context) -> Layer | None:
    a, b = match.a, match.b
    if a is not None and b is not None:
        return Layer(a, b, tuple(_changed(a, b, context)), a.cost, b.cost)
    part = a or b
    assert part is not None
    if match.body:
        change, cost = _around(part, match.way, new=a is None), part.cost
    elif part in context.moves:
        return _moved(context.moves[part]) if a is None else None
    else:
        change, cost = _alone(part, new=a is None), part.total
    return Layer(a, b, (change,), cost if a else NOTHING, cost if b else NOTHING)


def _alone(part: Part, *, new: bool) -> Change:
    """A statement that came, or went."""
    text, short = written(part), summary(part)
    return Change(part.name, "added", "", text, "", short) if new else Change(part.name, "removed", text, "", short, "")


def _around(part: Part, way: Part | None, *, new: bool) -> Change:
    """A block that was put around statements, or taken away from around them."""
    where = head(part) if way is None else f"{head(part)}: {way.name.rpartition('.')[2]}"
    if new:
        return Change(part.name, "added", "", where, "", f"{where}: around what was there")
    return Change(part.name, "removed", where, "", f"{where}: around what is there", "")


def _moved(move: Move) -> Layer:
    was, now = (f"after {lone.after}" if lone.after else "first" for lone in (move.a, move.b))
    a, b = move.a.part, move.b.part
    return Layer(a, b, (Change(b.name, "moved", was, now),), a.total, b.total)


def _changed(a: Part, b: Part, context: Context) -> Iterator[Change]:
    """What changed about a statement that is on both sides."""
    if a.words != b.words:
        yield Change(b.name, "statement", head(a), head(b))
    elif a.node is not None and b.node is not None:
        found = {one.field: one for one in context.sharing.get(a.name, ())}
        found |= {one.field: one for one in changes(a.node, b.node)}
        found |= {one.field: one for one in wired(a.node, b.node, other=a.name in context.rewired)}
        for one in found.values():
            yield Change(b.name, one.field, one.a, one.b, one.said_a, one.said_b, one.verdict)
    elif (a.elsewhere or b.elsewhere) and context.same.get(a.start or "") != b.start:
        yield Change(b.name, "from", _start(a), _start(b))


def _start(path: Part) -> str:
    """Where a path is said to start."""
    return " ".join(spell(value) for _, value in path.statement.fields)


def head(part: Part) -> str:
    """A statement without its block: names are replaced by what they stand for."""
    return (
        text_of(part.node)
        if part.node is not None
        else " ".join(("path", *(["from", _start(part)] if part.elsewhere else [])))
    )


def written(part: Part) -> str:
    """A statement with its block, a line each."""
    colon = ":" if part.body else ""
    inner = (indent(written(one), INDENT) for one in part.body)
    return "\n".join((f"{head(part)}{colon}", *inner))


def summary(part: Part) -> str:
    """A statement on one line."""
    if not part.body:
        return head(part)
    inside = [one for inner in part.body for one in inner.all() if one.node is not None]
    return f"{head(part)}: {head(inside[0]) if len(inside) == 1 else f'{len(inside)} statements'}"
