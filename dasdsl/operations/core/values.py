"""Values as a person wrote them, with the place they stand at, and the numbers they resolve to.

*Written* values keep names and arithmetic (`4*c`, `<1..5>`); *resolved* values are plain numbers and sets of options.
Places never take part in equality: two spaces are equal where their texts mean the same words.
"""

from __future__ import annotations

from dataclasses import field

from dasdsl.frozen import frozen


@frozen(slots=True)
class Span:
    """A place on one line of a file: 1-based line and columns, counted in characters; the end column is exclusive."""

    line: int
    column: int
    end_column: int

    def to(self, other: Span) -> Span:
        """From the start of this place to the end of another on the same line."""
        return Span(self.line, self.column, max(self.end_column, other.end_column))


NOWHERE = Span(0, 0, 0)


def place() -> Span:
    """The dataclass field that holds a value's place."""
    return field(default=NOWHERE, compare=False, repr=False)


# ---- written ---------------------------------------------------------------------------------------------------------


@frozen(slots=True)
class Number:
    """An integer, or a decimal where a field takes one (`dropout 0.2`); `text` keeps a decimal as it was written."""

    value: int | float
    text: str = field(default="", compare=False)
    span: Span = place()


@frozen(slots=True)
class Name:
    """A name: from `define`, a block's parameter, a label, or one of a field's own words."""

    name: str
    span: Span = place()


@frozen(slots=True)
class Binary:
    """`left operator right`, the operator one of `+ - * /`; exact integer arithmetic."""

    operator: str
    left: Expression
    right: Expression
    span: Span = place()


@frozen(slots=True)
class Parenthesised:
    """`(inner)`, kept since `pad (a/b)/c` and `pad a/b` differ and since text is printed as it was written."""

    inner: Expression
    span: Span = place()


Expression = Number | Name | Binary | Parenthesised


@frozen(slots=True)
class Range:
    """`first..last` or `first..last by step`, an item of a choice."""

    first: Expression
    last: Expression
    step: Expression | None = None
    span: Span = place()


@frozen(slots=True)
class Choice:
    """`<a|b|c..d>`: exactly one of these."""

    options: tuple[Expression | Range | Dims, ...]
    span: Span = place()


@frozen(slots=True)
class AtMost:
    """`<=limit`: any subset of at most `limit`."""

    limit: Expression
    span: Span = place()


@frozen(slots=True)
class Dims:
    """`a x b x c`: one value a side."""

    sides: tuple[Expression | Choice, ...]
    span: Span = place()


@frozen(slots=True)
class Group:
    """`inputs -> outputs` of a pattern, or a list of inputs alone (`outputs` is then None); ranges stay ranges."""

    inputs: tuple[tuple[int, int], ...]
    outputs: tuple[tuple[int, int], ...] | None = None
    span: Span = place()


@frozen(slots=True)
class Bracket:
    """`[0-5,8 -> 0-11; none -> 12]` or `[0-11,14]`."""

    groups: tuple[Group, ...]
    span: Span = place()


@frozen(slots=True)
class Call:
    """`NAME(a, b)`: the use of a block, or its definition's head."""

    name: str
    arguments: tuple[Expression | Choice, ...]
    span: Span = place()


Written = Expression | Choice | AtMost | Dims | Bracket | Call


# ---- resolved --------------------------------------------------------------------------------------------------------


@frozen(slots=True)
class Options:
    """Exactly one of these numbers; `shared` names the decision where several places make the same one."""

    values: tuple[int, ...]
    shared: str | None = None


@frozen(slots=True)
class Shapes:
    """Exactly one of these filter shapes, each with one number a side."""

    values: tuple[tuple[int, ...], ...]


@frozen(slots=True)
class UpTo:
    """Any subset of at most `limit`."""

    limit: int


@frozen(slots=True)
class Pattern:
    """These outputs read exactly these inputs (positions of the input axis, ascending)."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@frozen(slots=True)
class Patterns:
    """Which inputs each output reads; the outputs of all patterns partition the layer's outputs."""

    patterns: tuple[Pattern, ...]


Side = int | Options
Filters = tuple[Side, ...] | Shapes
Count = int | Options | UpTo
Pads = str | tuple[tuple[int, int], ...]
Reads = str | tuple[int, ...]
Resolved = None | bool | int | float | str | Options | Shapes | UpTo | Patterns | tuple[object, ...]


def largest(side: Side) -> int:
    """The largest a side may become."""
    return max(side.values) if isinstance(side, Options) else side


def smallest(side: Side) -> int:
    """The smallest a side may become."""
    return min(side.values) if isinstance(side, Options) else side


def limit(count: Count) -> int:
    """The largest a count may become."""
    match count:
        case Options(values=values):
            return max(values)
        case UpTo(limit=most):
            return most
        case number:
            return number


def ranges(positions: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Ascending positions as inclusive ranges: `(0, 1, 2, 5)` is `((0, 2), (5, 5))`."""
    out: list[tuple[int, int]] = []
    for position in positions:
        if out and out[-1][1] == position - 1:
            out[-1] = (out[-1][0], position)
        else:
            out.append((position, position))
    return tuple(out)


def positions(spans: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Inclusive ranges as positions, in the order written."""
    return tuple(position for first, last in spans for position in range(first, last + 1))
