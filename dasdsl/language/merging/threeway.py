"""Three versions of one thing: what only one side changed is taken, what both changed is kept twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from dasdsl.frozen import frozen
from dasdsl.language.alignment.sequences import Budget, Side, align

T = TypeVar("T")


@frozen
class Both(Generic[T]):
    """What both sides made of it."""

    a: T
    b: T


Text = tuple[str, ...]
"""Lines."""

Lines = tuple["str | Both[Text]", ...]
"""Lines, some of which both sides changed."""


def three_way(base: T, a: T, b: T) -> T | Both[T]:
    """The version that is changed, or both where both are."""
    if a == b or b == base:
        return a
    return b if a == base else Both(a, b)


def merged_lines(base: Text, a: Text, b: Text) -> Lines:
    """Lines, in runs between those that both sides kept (diff3)."""
    ours, theirs = _kept(base, a), _kept(base, b)
    out: list[str | Both[Text]] = []
    i = j = k = 0
    for line in (*(line for line in range(len(base)) if line in ours and line in theirs), len(base)):
        stop_a, stop_b = ours.get(line, len(a)), theirs.get(line, len(b))
        found = three_way(base[k:line], a[i:stop_a], b[j:stop_b])
        out += [found] if isinstance(found, Both) else found
        out += base[line : line + 1]
        i, j, k = stop_a + 1, stop_b + 1, line + 1
    return tuple(out)


def _kept(base: Text, other: Text) -> dict[int, int]:
    """Where each line of the base that is kept stands now."""
    mine, theirs = Side(base, [1] * len(base)), Side(other, [1] * len(other))
    pairs = align(mine, theirs, lambda _i, _j: None, Budget())
    return {i: j for i, j in pairs if i is not None and j is not None}


def settled(lines: Lines) -> Text | None:
    """The lines, if nothing about them is left open."""
    text = tuple(line for line in lines if isinstance(line, str))
    return text if len(text) == len(lines) else None


def taken(lines: Lines, side: int) -> Text:
    """The lines of one side."""
    found = ((line,) if isinstance(line, str) else (line.a, line.b)[side] for line in lines)
    return tuple(line for part in found for line in part)


def indented(lines: Iterable[str | Both[Text]], margin: str) -> Iterator[str | Both[Text]]:
    """Lines further to the right; empty ones stay empty."""
    for line in lines:
        if isinstance(line, Both):
            yield Both(_moved(line.a, margin), _moved(line.b, margin))
        else:
            yield from _moved((line,), margin)


def _moved(lines: Text, margin: str) -> Text:
    return tuple(margin + line if line else "" for line in lines)


def marked(lines: Iterable[str | Both[Text]], names: tuple[str, str], size: int) -> Iterator[str]:
    """Lines as git marks them."""
    for line in lines:
        if isinstance(line, str):
            yield line
            continue
        yield f"{'<' * size} {names[0]}"
        yield from line.a
        yield "=" * size
        yield from line.b
        yield f"{'>' * size} {names[1]}"


def arranged(base: Sequence[str], a: Sequence[str], b: Sequence[str]) -> list[str]:
    """The keys of both sides, each once: in the order of the side that changed it, else as far as possible of both."""
    if list(a) == list(base):
        return woven(b, a)
    return woven(a, b) if list(b) == list(base) else woven(*sorted((list(a), list(b))))


def woven(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """The keys of both, each once, in the order of the first; others before what they stand before in the second."""
    out: list[str] = []
    rest = list(second)
    for key in first:
        while key in rest and rest[0] != key:
            head = rest.pop(0)
            out += [head] if head not in first else []
        if rest and rest[0] == key:
            rest.pop(0)
        out.append(key)
    return [*out, *(key for key in rest if key not in first)]
