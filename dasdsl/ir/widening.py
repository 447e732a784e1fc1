"""An architecture → a space around it that contains it: what was decided is opened again, a little further than it was.

Each layer is opened where the language allows it and the architecture stays a member: an axis that something reads as a
whole keeps its number, and channels that are added keep one maximum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from dasdsl.frozen import frozen
from dasdsl.ir.deepening import deepened
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.problems import bad_widening, not_closed
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.language import limits
from dasdsl.language.header.model import Header
from dasdsl.language.reading import loads
from dasdsl.language.reports import visible
from dasdsl.language.space import Space, Statement
from dasdsl.language.suggest import did_you_mean, listed
from dasdsl.language.unused import names_of_body
from dasdsl.language.words import BLOCK, SHARED
from dasdsl.language.writing import written_fields
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.values import Number, Options, Pads, Patterns, Side, UpTo, Written, limit
from dasdsl.operations.core.windowed import Windowed
from dasdsl.operations.core.windows import pads, per_side


@frozen(slots=True)
class Growth:
    """How much further a number of channels is opened: `times` its number, and `plus` so many."""

    times: Fraction = Fraction(1)
    plus: int = 0

    @classmethod
    def of(cls, value: float | str) -> Growth:
        """A factor (`1.5`, `x1.5`), or so many more (`+8`).

        Raises: DasError E321 for anything else, and for less than there is.
        """
        text = str(value)
        try:
            growth = cls(plus=int(text)) if text.startswith("+") else cls(times=Fraction(text.removeprefix("x")))
        except (ValueError, ZeroDivisionError):
            raise bad_widening(f"`{text}` does not say how many channels", "write `x1.5` or `+8`") from None
        if growth.times < 1:
            raise bad_widening(f"`{text}` leaves fewer channels than there are", "write a factor of at least 1")
        return growth

    def grown(self, number: int) -> int:
        """The number that there may be where there is this."""
        return min(ceil(number * self.times) + self.plus, limits.SIZE)

    def __str__(self) -> str:
        return f"x{float(self.times):g}" if self.times > 1 else f"+{self.plus}"


@frozen(slots=True)
class Widening:
    """What is opened, and how far; None leaves it as it is.

    `filters`: so much longer may each side be, and it may be as short as 1. `channels`: how many there may be.
    `groups`: at most so many patterns of inputs. `dilation`: so much larger may it be. `depth`: so many more copies may
    a repeat have, and as few as 1.
    """

    filters: int | None = 1
    channels: Growth | None = Growth(Fraction(3, 2))
    groups: int | None = None
    dilation: int | None = None
    depth: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("filters", 0), ("groups", 1), ("dilation", 0), ("depth", 0)):
            number = getattr(self, name)
            if number is not None and not least <= number <= limits.OPTIONS:
                raise bad_widening(f"`{name}` is {number}", f"write a whole number, {least} to {limits.OPTIONS:,}")

    def __str__(self) -> str:
        said = {
            "filters": None if self.filters is None else f"+{self.filters}",
            "channels": self.channels,
            "groups": self.groups,
            "dilation": None if self.dilation is None else f"+{self.dilation}",
            "depth": None if self.depth is None else f"+{self.depth}",
        }
        return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)


def widen(
    space: Space,
    *,
    filters: int | None = 1,
    channels: float | str | None = 1.5,
    groups: int | None = None,
    dilation: int | None = None,
    depth: int | None = None,
    only: Collection[str] = (),
    exclude: Collection[str] = (),
) -> Space:
    """A space around an architecture, which is one of its members.

    Each side of a filter may become `filters` longer, and as short as 1. There may be `channels` times as many of them
    (`"+8"`: so many more). Patterns and lists of what is read are opened; with `groups` all layers get patterns, at
    most so many. `dilation` may become so much larger. A `repeat` may have `depth` copies more, or as few as 1. None
    leaves a field as it is. `only` and `exclude` are names of layers or of blocks.
    Raises: DasError E320 where something is open already, E321 for options that cannot be.
    """
    wider = Widening(filters, None if channels is None else Growth.of(channels), groups, dilation, depth)
    program = elaborate(space)
    if program.decisions:
        raise not_closed(space.name)
    if wider.depth is not None:
        program = deepened(space, wider.depth, lambda opened: _chosen(opened, only, exclude))
    chosen = _chosen(program, only, exclude)
    copies = _copies(program)
    opened = {node.name: _opened(node, wider) if node.name in chosen else node.op for node in program.nodes}
    opened = _agreed(program, opened, copies)
    opened = _with_channels(program, opened, wider.channels, chosen, copies)
    widened = loads(str(_written(program, opened, wider)), f"{space.source.path} (widened)")
    if not elaborate(widened).decisions:
        raise bad_widening("nothing is opened", "choose other layers, or open more of them")
    return widened


Copies = Collection[tuple[str, ...]]
"""The nodes of each statement: several where it stands in a block that is used, or repeated."""


def _copies(program: Program) -> Copies:
    found: dict[int, list[str]] = {}
    for node in program.nodes:
        found.setdefault(id(node.statement), []).append(node.name)
    return [tuple(names) for names in found.values()]


def _chosen(program: Program, only: Collection[str], exclude: Collection[str]) -> frozenset[str]:
    """The nodes that are to be opened; the name of a block stands for all that is in it."""
    names = [node.name for node in program.nodes]

    def of(written: Collection[str]) -> Iterator[str]:
        for name in written:
            meant = [found for found in names if found == name or found.startswith(f"{name}.")]
            if not meant:
                raise bad_widening(
                    f"there is no layer `{name}`", did_you_mean(name, names, f"there are {listed(names)}")
                )
            yield from meant

    return frozenset(of(only) if only else names) - frozenset(of(exclude))


def _opened(node: Node, wider: Widening) -> Operation:
    """The operation with its filter and its connections opened."""
    op = node.op
    if isinstance(op, Windowed):
        op = _with_filters(op, wider)
    return _with_connections(op, node, wider.groups) if isinstance(op, Kernel) else op


def _with_filters(op: Windowed, wider: Widening) -> Windowed:
    """The filter opened; written pads become those of the largest, so that the taps stay where they are."""
    small, rank = op.sides, len(op.sides)
    large = tuple(side + (wider.filters or 0) for side in small)
    assert not isinstance(op.dilation, Options)
    near = per_side(op.dilation, rank, "dilation", ())
    far, dilation = near, op.dilation
    if wider.dilation is not None and len(set(near)) == 1 and max(large) > 1:
        far = tuple(number + wider.dilation for number in near)
        dilation = Options(tuple(range(1, far[0] + 1))) if far[0] > 1 else (1,)
    pad = op.pad
    if pad != "same" and (large, far) != (small, near):
        pairs = pads(pad, small, near, ())
        pad = _shortest(
            tuple(
                (before + D * (H // 2) - d * (h // 2), after + D * ((H - 1) // 2) - d * ((h - 1) // 2))
                for (before, after), D, H, d, h in zip(pairs, far, large, near, small, strict=True)
            )
        )
    filters: tuple[Side, ...] = small if wider.filters is None else tuple(_up_to(side) for side in large)
    return replace(op, filters=filters, dilation=dilation, pad=pad)


def _up_to(side: int) -> Side:
    return Options(tuple(range(1, side + 1))) if side > 1 else side


def _shortest(pairs: tuple[tuple[int, int], ...]) -> Pads:
    if not any(number for pair in pairs for number in pair):
        return "valid"
    return pairs[:1] if len(set(pairs)) == 1 else pairs


def _with_connections(op: Kernel, node: Node, groups: int | None) -> Kernel:
    """Patterns opened to as many as there are, or to `groups`; what is read opened to any."""
    sets = set(op.sets(node.site, {}))
    if isinstance(op.groups, Patterns) or groups is not None:
        return replace(op, groups=UpTo(max(len(sets), groups or 1)), reads=None)
    return replace(op, reads="any" if isinstance(op.reads, tuple) else None)


TOGETHER = (("filters", "dilation", "pad"), ("groups", "reads"))
"""Fields that are opened together or not at all."""


def _agreed(program: Program, ops: Mapping[str, Operation], copies: Copies) -> dict[str, Operation]:
    """What the copies of a statement are opened to differently, since they differ by parameters, stays."""
    out = dict(ops)
    for names in copies:
        for fields in TOGETHER:
            there = [field for field in fields if hasattr(out[names[0]], field)]
            if len({tuple(getattr(out[name], field) for field in there) for name in names}) > 1:
                for name in names:
                    before = {field: getattr(program[name].op, field) for field in there}
                    out[name] = replace(out[name], **before)
    return out


def _with_channels(
    program: Program, ops: Mapping[str, Operation], growth: Growth | None, chosen: Collection[str], copies: Copies
) -> dict[str, Operation]:
    """Channels opened where nothing keeps their number."""
    kept = _kept(program, ops, chosen, copies)
    out = dict(ops)
    for name, op in ops.items():
        if growth is not None and isinstance(op, Kernel) and name not in kept:
            out[name] = replace(op, channels=UpTo(growth.grown(limit(op.channels))))
    return out


def _kept(program: Program, ops: Mapping[str, Operation], chosen: Collection[str], copies: Copies) -> set[str]:
    """Sources whose number of channels stays: someone counts on it, or another stays that has to be alike."""
    kept = {INPUT, *program.output.axis.sources, *program.ties.crooked, *(program.sources.keys() - set(chosen))}
    for node in program.nodes:
        op = ops[node.name]
        if op.pins or op.numbered or (isinstance(op, Kernel) and _names_channels(op)):
            kept.update(node.site.axis.sources)
            kept.add(node.name)
    kept.update(names[0] for names in copies if len({program[name].op.produces for name in names}) > 1)
    alike = [*map(set, copies), *(set(program.ties.group(name)) for name in program.sources)]
    before = 0
    while len(kept) > before:
        before = len(kept)
        kept.update(name for names in alike if names & kept for name in names)
    return kept


def _names_channels(op: Kernel) -> bool:
    """Whether its text says by number which channels it reads, or that it reads all."""
    return isinstance(op.groups, Patterns) or isinstance(op.reads, tuple) or op.reads == "all"


# ---- text ------------------------------------------------------------------------------------------------------------


def _written(program: Program, ops: Mapping[str, Operation], wider: Widening) -> Space:
    """The space with these operations, and a comment that says what it is around."""
    space = program.space
    fields = {id(node.statement): _fields(node, ops[node.name]) for node in program.nodes}
    first, *others = (_statement(statement, fields) for statement in space.body)
    above = (f"# Around {visible(Path(space.source.path).name)}: {wider}.", *first.comments.above)
    body = (replace(first, comments=replace(first.comments, above=above)), *others)
    used = set(names_of_body(body))
    define = {name: Number(value) for name, value in space.names.items() if name in used and isinstance(value, int)}
    header = Header(
        space=space.name, input=space.input, data=space.header.data, define=define, search=space.header.search
    )
    return Space(header, body, below=space.below)


Fields = tuple[tuple[str, Written], ...]


def _fields(node: Node, op: Operation) -> Fields:
    """The fields as they were written, but for those that say something else now."""
    changed = {spec.name for spec in op.fields if getattr(op, spec.name) != getattr(node.op, spec.name)}
    now = dict(written_fields(op.words, {spec.name: getattr(op, spec.name) for spec in op.fields}))
    said = now | {name: value for name, value in node.statement.fields if name not in changed}
    return tuple((spec.name, said[spec.name]) for spec in op.fields if spec.name in said)


def _statement(statement: Statement, fields: Mapping[int, Fields]) -> Statement:
    """A statement with its block; the uses of a block decide each for itself, as its channels may differ."""
    words = BLOCK if statement.words == SHARED else statement.words
    body = tuple(_statement(inner, fields) for inner in statement.body)
    return replace(statement, words=words, fields=fields.get(id(statement), statement.fields), body=body)
