"""Whether a closed operation is one of those that an open one may become, and by which options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dasdsl.ir.program import Node
from dasdsl.language.printer import spelt
from dasdsl.language.writing import written
from dasdsl.operations.core.decisions import OneOf, Outcomes
from dasdsl.operations.core.values import Options, Shapes
from dasdsl.operations.core.windowed import Windowed
from dasdsl.operations.core.windows import per_side

Choices = dict[str, set[int]]
"""For each decision the options that would do."""

CONNECTIONS = ("channels", "groups", "reads")
"""What is compared channel by channel, by those who know which channel is which."""
TAPS = ("filters", "dilation", "pad")
"""What is compared by where the filter's taps are."""
WIDEN = "open it further; `dasdsl widen` makes a space around an architecture"
SAME = "the space needs the statements of the architecture, in the same order"


class Differs(Exception):
    """A statement of the architecture is none that the space's statement may become."""

    def __init__(self, node: Node, what: str, remedy: str = WIDEN) -> None:
        super().__init__(what)
        self.node, self.what, self.remedy = node, what, remedy


def choices(mine: Node, theirs: Node) -> Choices:
    """The options by which the operation of a space becomes that of an architecture; both have the same words.

    Raises: Differs where there are none, or where something else is not the same.
    """
    found: Choices = {}
    for name, indices in _choices(mine, theirs):
        found[name] = found.get(name, indices) & indices
        if not found[name]:
            raise Differs(theirs, f"would need two options of `{name}` at once")
    _compare(mine, theirs, found)
    return found


def _choices(mine: Node, theirs: Node) -> Iterator[tuple[str, set[int]]]:
    for decision in theirs.decisions:
        if not isinstance(decision, OneOf):
            continue
        match decision.role:
            case "filter" | "dilation":
                yield from ((decision.name, indices) for indices in _filter(mine, theirs, decision))
            case "count":
                yield decision.name, _counts(mine, theirs, decision)
            case "groups":
                assert mine.kernel is not None
                yield decision.name, _option(mine, theirs, decision, "groups", mine.kernel.groups)
            case "choice" | "depth":
                raise Differs(theirs, f"is a choice between {len(decision.options)} branches")


def _option(mine: Node, theirs: Node, decision: OneOf, field: str, wanted: object) -> set[int]:
    """The option that is this."""
    found = {index for index, option in enumerate(decision.options) if option == wanted}
    if not found:
        raise _field(mine, theirs, field)
    return found


def _filter(mine: Node, theirs: Node, decision: OneOf) -> Iterator[set[int]]:
    assert isinstance(mine.op, Windowed)
    assert isinstance(theirs.op, Windowed)
    if decision.role == "dilation":
        for number in _dilations(mine.op):
            yield _option(mine, theirs, decision, "dilation", number)
    elif isinstance(theirs.op.filters, Shapes):
        yield _option(mine, theirs, decision, "filters", mine.op.sides)
    else:
        for side in theirs.op.side_indices(theirs.site, decision.name):
            yield _option(mine, theirs, decision, "filters", mine.op.sides[side])


def _dilations(op: Windowed) -> tuple[int, ...]:
    assert not isinstance(op.dilation, Options)
    return per_side(op.dilation, len(op.sides), "dilation", ())


def _counts(mine: Node, theirs: Node, decision: OneOf) -> set[int]:
    """The counts that have all the channels: what is above them nobody needs to read."""
    assert mine.kernel is not None
    count = mine.kernel.outputs
    found = {i for i, option in enumerate(decision.options) if isinstance(option, int) and option >= count}
    if not found:
        raise _field(mine, theirs, "channels")
    return found


def _compare(mine: Node, theirs: Node, found: Choices) -> None:
    """What is closed on both sides must be the same."""
    if theirs.op.numbered:
        return
    elsewhere = {*(CONNECTIONS if theirs.kernel else ()), *(TAPS if isinstance(theirs.op, Windowed) else ())}
    for spec in theirs.op.fields:
        if spec.name not in elsewhere and _plain(getattr(mine.op, spec.name)) != _plain(getattr(theirs.op, spec.name)):
            raise _field(mine, theirs, spec.name)
    if isinstance(theirs.op, Windowed):
        _compare_taps(mine, theirs, found)


def _plain(value: object) -> object:
    """`2x2` is `2`."""
    return value[:1] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _compare_taps(mine: Node, theirs: Node, found: Choices) -> None:
    """The filter that is chosen must stand where that of the architecture stands."""
    assert isinstance(mine.op, Windowed)
    assert isinstance(theirs.op, Windowed)
    outcomes: Outcomes = {name: min(indices) for name, indices in found.items()}
    closed = theirs.op.with_filter(theirs.op.chosen(theirs.site, outcomes))
    if closed.sides != mine.op.sides:
        raise _field(mine, theirs, "filters")
    if _dilations(closed) != _dilations(mine.op):
        raise _field(mine, theirs, "dilation")
    if closed.sliding(theirs.site.shape).pads != mine.op.sliding(mine.site.shape).pads:
        was = _said(replace(mine, op=closed), "pad")
        raise Differs(theirs, f"becomes {was} with that filter, and is {_said(mine, 'pad')} in the architecture")


def _field(mine: Node, theirs: Node, name: str) -> Differs:
    return Differs(theirs, f"has {_said(theirs, name)} here and {_said(mine, name)} in the architecture")


def _said(node: Node, name: str) -> str:
    """A field as it would be written."""
    spec = next(spec for spec in node.op.fields if spec.name == name)
    value = getattr(node.op, name)
    return f"no `{name}`" if value is None else f"`{spelt(spec, written(value, spec))}`"
