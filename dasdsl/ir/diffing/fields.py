"""Two statements of one kind, field by field: what they mean is compared, not how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dasdsl.frozen import frozen
from dasdsl.ir.diffing.verdicts import Verdict, is_open, verdict
from dasdsl.ir.diffing.wording import said
from dasdsl.ir.program import Node
from dasdsl.language.printer import head
from dasdsl.language.space import Statement
from dasdsl.language.written import spell
from dasdsl.operations.core.fields import Field
from dasdsl.operations.core.filters import Filter
from dasdsl.operations.core.pooling import Pool
from dasdsl.operations.core.values import Options, Resolved
from dasdsl.operations.core.windowed import Windowed
from dasdsl.operations.core.windows import Pairs, pads, per_side

WIRING = ("groups", "reads")
"""Fields that are compared channel by channel."""


@frozen(slots=True)
class FieldChange:
    """A field that differs: how it is written ("" where it is left out), what that says, and what became of it."""

    field: str
    a: str
    b: str
    said_a: str
    said_b: str
    verdict: Verdict = ""


def texts(node: Node) -> dict[str, str]:
    """The fields of a node as they print, defaults left out and names replaced by what they stand for."""
    return {name: spell(value) for name, value in _closed(node).fields}


def text_of(node: Node) -> str:
    """A node as a statement, without its label and its block."""
    return head(_closed(node))


def _closed(node: Node) -> Statement:
    return Statement.of(node.op.words, {spec.name: _named(getattr(node.op, spec.name)) for spec in node.op.fields})


def _named(value: Resolved) -> Resolved:
    """A value, in which only names of `define` are left: the parameter of a block is no name outside."""
    if isinstance(value, tuple):
        return tuple(_named(item) if isinstance(item, Options) else item for item in value)
    return unshared(value) if isinstance(value, Options) and "." in (value.shared or "") else value


def settled(node: Node) -> dict[str, Resolved]:
    """What the fields come to, apart from its wiring: numbers for each side, pads as positions, nothing shared."""
    op, shape = node.op, node.site.shape
    values: dict[str, Resolved] = {
        spec.name: unshared(getattr(op, spec.name))
        for spec in op.fields
        if spec.name not in WIRING or node.kernel is None
    }
    if isinstance(op, Pool):
        window, stride, pads_of_sides = op.sizes(shape)
        values |= {"window": narrow(window), "stride": narrow(stride), "pad": pads_of_sides}
    if isinstance(op, Windowed):
        rank = len(shape) - 1
        values["stride"] = narrow(per_side(op.stride, rank, "stride", shape))
        if not isinstance(op.dilation, Options):
            values["dilation"] = narrow(per_side(op.dilation, rank, "dilation", shape))
        values["pad"] = op.sliding(shape).pads
    return values


def unshared(value: Resolved) -> Resolved:
    """A value without the names of decisions that it shares with others."""
    if isinstance(value, Options):
        return replace(value, shared=None)
    if isinstance(value, tuple):
        return tuple(replace(item, shared=None) if isinstance(item, Options) else item for item in value)
    return value


def narrow(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """One number where all sides have the same."""
    return numbers[:1] if len(set(numbers)) == 1 else numbers


def changes(a: Node, b: Node) -> Iterator[FieldChange]:
    """The fields that differ, but for the wiring; both nodes are of one kind."""
    mine, theirs = settled(a), settled(b)
    differing = [spec for spec in a.op.fields if spec.name in mine and not _alike(a, b, spec, mine, theirs)]
    if not differing:
        return
    texts_a, texts_b = texts(a), texts(b)
    for spec in differing:
        name = spec.name
        said_a, said_b = (_said(node, spec, value) for node, value in ((a, mine[name]), (b, theirs[name])))
        yield FieldChange(
            name, texts_a.get(name, ""), texts_b.get(name, ""), said_a, said_b, verdict(mine[name], theirs[name])
        )


def _alike(a: Node, b: Node, spec: Field, mine: Mapping[str, Resolved], theirs: Mapping[str, Resolved]) -> bool:
    """Whether a field says the same on both sides."""
    padded = isinstance(a.op, Windowed) and spec.name == "pad"
    return _padded_alike(a, b) if padded else mine[spec.name] == theirs[spec.name]


def distance(a: Mapping[str, Resolved], b: Mapping[str, Resolved]) -> int:
    """How far fields are apart, from 0 to 90: a choice that was made is nearer than another value."""
    differing = [
        name
        for name, value in a.items()
        if value != b[name] and (name != "pad" or a.get("filters") == b.get("filters"))
    ]
    near = ("closed", "opened", "narrowed", "widened")
    return min(sum(8 if verdict(a[name], b[name]) in near else 25 for name in differing), 90)


def _said(node: Node, spec: Field, value: Resolved) -> str:
    """A value in words; a pad as it is written."""
    own: Resolved = getattr(node.op, spec.name)
    return said(own if spec.name == "pad" or is_open(own) else value, spec)


def _padded_alike(a: Node, b: Node) -> bool:
    """Whether the pads are the same, or differ only by what a filter that was chosen leaves of them."""
    one, other = a.op, b.op
    assert isinstance(one, Windowed)
    assert isinstance(other, Windowed)
    if one.pad == other.pad:
        return True
    if len(one.sides) != len(other.sides):
        return False
    mine, theirs = one.sliding(a.site.shape).pads, other.sliding(b.site.shape).pads
    if one.sides == other.sides:
        return mine == theirs
    return (_is_searched(one) and _moved(a, other) == theirs) or (_is_searched(other) and _moved(b, one) == mine)


def _is_searched(op: Windowed) -> bool:
    return is_open(op.filters) or is_open(op.dilation)


def _moved(node: Node, other: Windowed) -> Pairs:
    """The pads of a node when it has the filter of the other one, its taps where they were."""
    op, shape = node.op, node.site.shape
    assert isinstance(op, Windowed)
    rank = len(op.sides)
    ones = (1,) * rank
    spreads = (_spread(op, rank), _spread(other, rank)) if isinstance(op.dilation, Options) else (ones, ones)
    closed = op.with_filter(Filter(other.sides, spreads[1], op.sides, spreads[0]))
    assert not isinstance(closed.dilation, Options)
    return pads(closed.pad, closed.sides, per_side(closed.dilation, rank, "dilation", shape), shape)


def _spread(op: Windowed, rank: int) -> tuple[int, ...]:
    """The largest dilation of each side."""
    numbers = (max(op.dilation.values),) if isinstance(op.dilation, Options) else op.dilation
    return per_side(numbers, rank, "dilation", ())
