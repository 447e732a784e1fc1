"""The lines of merged statements, in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dasdsl.language.merging.bodies import Joined, Merged, Split
from dasdsl.language.merging.threeway import Both, Text, indented, settled
from dasdsl.language.printer import INDENT, beside, head
from dasdsl.language.printer import body as printed
from dasdsl.language.space import Comments, Statement


def rendered(merged: Iterable[Merged], margin: str = "") -> Iterator[str | Both[Text]]:
    """The lines; where both sides changed something, as little as possible stands twice."""
    for one in merged:
        whole = clean(one)
        if whole is not None:
            yield from printed((whole,), margin)
        elif isinstance(one, Joined):
            yield from _joined(one, margin)
        elif isinstance(one, Split):
            yield Both(tuple(printed(one.a, margin)), tuple(printed(one.b, margin)))


def clean(merged: Merged) -> Statement | None:
    """The statement, where nothing about it is left open."""
    if isinstance(merged, Statement):
        return merged
    if isinstance(merged, Split) or head_of(merged.a, False) != head_of(merged.b, False):
        return None
    above, below = settled(merged.above), settled(merged.below)
    body = [clean(inner) for inner in merged.body]
    whole = tuple(inner for inner in body if inner is not None)
    if above is None or below is None or len(whole) < len(body):
        return None
    return replace(merged.a, comments=Comments(above, merged.a.comments.beside, below), body=whole)


def _joined(joined: Joined, margin: str) -> Iterator[str | Both[Text]]:
    yield from indented(joined.above, margin)
    one, other = (margin + head_of(side, bool(joined.body)) for side in (joined.a, joined.b))
    yield one if one == other else Both((one,), (other,))
    yield from rendered(joined.body, margin + INDENT)
    yield from indented(joined.below, margin + INDENT)


def head_of(statement: Statement, opens: bool) -> str:
    """The line of a statement with the comment beside it."""
    return beside(f"{head(statement)}:" if opens else head(statement), statement.comments.beside)
