"""What stands for the output of what the other side does not have: a block around statements, an `identity`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dasdsl.ir.diffing.moves import Matches
from dasdsl.ir.diffing.parts import Part
from dasdsl.language.alignment.pieces import Way


def ends(matches: Matches, *, new: bool) -> Mapping[str, str]:
    """Such nodes of one side (the second where `new`), each with the node that stands for it there."""
    return dict(_ends(matches, new=new))


def end_of(name: str | None, known: Mapping[str, str]) -> str:
    """A node, or what stands for it."""
    name = name or ""
    while name in known:
        name = known[name]
    return name


def _ends(matches: Matches, *, new: bool) -> Iterator[tuple[str, str]]:
    for match in matches:
        part, other = (match.b, match.a) if new else (match.a, match.b)
        if part is not None and part.node is not None and other is None:
            if match.way is not None:
                yield part.name, _end(part, match.way)
            elif part.idle:
                yield part.name, part.node.inputs[0]
        yield from _ends(match.body, new=new)


def _end(part: Part, way: Way[Part]) -> str:
    """The last statement of the way, or where nothing is left what the block reads."""
    if way.body:
        return way.body[-1].what.name
    first = part
    while first.body:
        first = first.body[0]
    return first.node.inputs[0] if first.node else ""
