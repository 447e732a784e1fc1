"""From matches of statements to what changed about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from textwrap import indent

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.costs import NOTHING, Range
from dasdsl.ir.diffing.difference import Change, Layer
from dasdsl.ir.diffing.ends import end_of
from dasdsl.ir.diffing.fields import FieldChange, text_of
from dasdsl.ir.diffing.fields import changes as field_changes
from dasdsl.ir.diffing.moves import Matches, Move
from dasdsl.ir.diffing.parts import PATH, Part
from dasdsl.ir.diffing.reading import wired
from dasdsl.ir.diffing.wording import options
from dasdsl.language.alignment.pieces import Match, Way
from dasdsl.language.printer import INDENT
from dasdsl.language.writing import choice
from dasdsl.language.written import spell
from dasdsl.operations.choose import Choose
from dasdsl.operations.core.selecting import Select
from dasdsl.operations.core.values import Options
from dasdsl.operations.optional import Optional
from dasdsl.operations.repeat import Repeat


@frozen
class Context:
    """What is known of both networks together.

    `same`: the node of `b` for each node of `a`. `ends`: for each side, what stands for the output of a block that the
    other side does not have. `rewired`: nodes of `a` that read other channels, however they are
    numbered. `sharing`: for each node of `a` what it decides together with others, where that differs.
    """

    same: Mapping[str, str]
    ends: tuple[Mapping[str, str], Mapping[str, str]]
    moves: Mapping[Part, Move]
    rewired: frozenset[str] = frozenset()
    sharing: Mapping[str, tuple[FieldChange, ...]] = field(default_factory=dict[str, tuple[FieldChange, ...]])

    def starts_alike(self, a: Part, b: Part) -> bool:
        """Whether two paths start at the same statement."""
        return self.same.get(end_of(a.start, self.ends[0])) == end_of(b.start, self.ends[1])


def layers(matches: Matches, context: Context) -> Iterator[Layer]:
    """The statements that changed, or that cost something else at the most."""
    for match in matches:
        layer = _layer(match, context)
        if layer is not None:
            yield layer
        yield from layers(match.body, context)


def _layer(match: Match[Part], context: Context) -> Layer | None:
    a, b = match.a, match.b
    if a is not None and b is not None:
        changes = tuple(_changed(a, b, context))
        return Layer(a, b, changes, a.cost, b.cost) if changes or a.most != b.most else None
    part = a or b
    assert part is not None
    if match.way is not None:
        change, cost = _around(part, match.way, new=a is None), _left(part, match.way)
    elif part.idle:
        return None
    elif part in context.moves:
        return _moved(context.moves[part]) if a is None else None
    else:
        cost = part.total
        part, change = _alone(part, new=a is None)
        a, b = part if a else None, part if b else None
    return Layer(a, b, (change,), cost if a else NOTHING, cost if b else NOTHING)


def _left(part: Part, way: Way[Part]) -> Range:
    """What a block costs besides one of its ways."""
    return part.total - sum((piece.what.total for piece in way.body), NOTHING)


def _alone(part: Part, *, new: bool) -> tuple[Part, Change]:
    """A statement that came or went; a term of a sum is also gone where zeros are chosen for it."""
    zeros = part.zeros if part.words == PATH else None
    if zeros is not None:
        choose = part.body[0]
        assert choose.node is not None
        assert isinstance(choose.node.op, Choose)
        return choose, _chosen(choose, choose.node.op, choose.body.index(zeros), new=new)
    text, short = written(part), summary(part)
    if new:
        return part, Change(part.name, "added", "", text, "", short)
    return part, Change(part.name, "removed", text, "", short, "")


def _around(part: Part, way: Way[Part], *, new: bool) -> Change:
    """A block that was put around statements or taken away from around them, or a choice that was made."""
    if part.node is not None and isinstance(part.node.op, Select):
        return _chosen(part, part.node.op, way.number, new=new)
    paths = [path.name.rpartition(".")[2] for path in part.body if path.words == PATH]
    where = f"{head(part)}: {paths[way.number]}" if paths else head(part)
    if new:
        return Change(part.name, "added", "", where, "", f"{where}: around what was there")
    return Change(part.name, "removed", where, "", f"{where}: around what is there", "")


def _chosen(part: Part, op: Select, number: int, *, new: bool) -> Change:
    """What a choice became."""
    match op:
        case Repeat(count=Options(values=values) as count, counts=counts):
            what, left, said, found = "count", spell(choice(count)), options(values), str(counts[number])
        case Optional():
            what, left, said, found = "present", op.words, "present or absent", ("present", "absent")[number]
        case _:
            what, left, said = "choice", op.words, f"{len(part.body)} paths"
            found = part.body[number].name.rpartition(".")[2]
    assert part.node is not None
    name = op.decision(part.node.site).name
    if new:
        return Change(part.name, what, found, left, found, said, "opened", name)
    return Change(part.name, what, left, found, said, found, "closed", name)


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
        found |= {one.field: one for one in field_changes(a.node, b.node)}
        found |= {one.field: one for one in wired(a.node, b.node, other=a.name in context.rewired)}
        for one in found.values():
            yield Change(b.name, one.field, one.a, one.b, one.said_a, one.said_b, one.verdict)
    elif (a.elsewhere or b.elsewhere) and not context.starts_alike(a, b):
        yield Change(b.name, "from", _start(a), _start(b))


def _start(path: Part) -> str:
    """Where a path is said to start."""
    return " ".join(spell(value) for _, value in path.statement.fields)


def head(part: Part) -> str:
    """A statement without its block: names are replaced by what they stand for."""
    if part.node is not None:
        return text_of(part.node)
    if part.words == PATH:
        return f"path from {_start(part)}" if part.elsewhere else PATH
    return f"copy {part.name.rpartition('.')[2]}"


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
