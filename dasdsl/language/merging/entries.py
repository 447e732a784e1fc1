"""A header as text by its keys: each entry as it was written, with the comments above it and beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dasdsl.frozen import frozen
from dasdsl.language.header.nodes import Data
from dasdsl.language.header.printing import print_header
from dasdsl.language.lines import FENCE
from dasdsl.language.merging.threeway import Text
from dasdsl.language.space import Space


@frozen
class Entry:
    """A key with its value.

    `name` and `raw` are key and value as they are written. `text` is all of it but the comments `above`; `code` is the
    same without the comment `beside` it and without the block below it. `inner` are the entries of a mapping.
    """

    key: str
    name: str
    line: int
    value: Data
    raw: str
    text: Text
    code: Text
    above: Text = ()
    beside: str = ""
    inner: Entries | None = None

    @property
    def told(self) -> str:
        """All of it on one line, for messages."""
        return " ".join(line.strip() for line in self.text)

    @property
    def below(self) -> Text:
        """The block below the line of its key."""
        return () if self.inner is None or self.inner.inline else self.text[len(self.code) :]

    @property
    def commented(self) -> bool:
        """Whether comments stand within its value."""
        several = self.code if len(self.code) > 1 else ()
        return any("#" in line for line in (*several, *self.below))


@frozen
class Entries:
    """The entries of a mapping; `inline` says that they stand in `{…}`, else they are `margin` further to the right."""

    entries: tuple[Entry, ...] = ()
    tail: Text = ()
    margin: str = ""
    inline: bool = False

    @cached_property
    def by_key(self) -> Mapping[str, Entry]:
        """The entries by their keys."""
        return {entry.key: entry for entry in self.entries}


@frozen
class Head:
    """A header: what stands above the first fence, and the entries."""

    above: Text
    entries: Entries


EMPTY: Final = Head((), Entries())


def head_of(space: Space) -> str:
    """The text of a header up to the second fence."""
    source = space.source
    return source.head if source.header is not None and source.header == space.header else print_header(space.header)


def read_head(head: str) -> Head:
    """The entries of a header, which is valid."""
    lines = tuple(head.split("\n"))
    first = next(index for index, line in enumerate(lines) if line.rstrip() == FENCE)
    return Head(lines[:first], _Reader(lines[first + 1 : -1], first + 2).root())


class _Reader:
    """Reads the lines between the fences; `number` is that of the first."""

    def __init__(self, lines: Text, number: int) -> None:
        self.lines = lines
        self.number = number
        self.text = "\n".join(lines)

    def root(self) -> Entries:
        """All entries."""
        node = yaml.compose(self.text, Loader=yaml.SafeLoader)
        return self.inner(node, 0, len(self.lines), 0) if isinstance(node, MappingNode) else Entries(tail=self.lines)

    def inner(self, node: MappingNode, start: int, stop: int, margin: int) -> Entries:
        """The entries of a mapping; in a block they take these lines, further to the right than the margin."""
        if node.flow_style:
            return Entries(tuple(self.inline(node)), inline=True)
        column = node.start_mark.column
        found: list[Entry] = []
        at = start
        for key, value in cast("list[tuple[ScalarNode, Node]]", node.value):
            entry = self.entry(key, value, at, column)
            found.append(entry)
            at = last_line(value) + 1
        return Entries(tuple(found), shifted(self.lines[at:stop], column), " " * (column - margin))

    def entry(self, key: ScalarNode, value: Node, at: int, column: int) -> Entry:
        """An entry of a block; the lines from `at` on are its own and those above it."""
        first, last = key.start_mark.line, last_line(value)
        block = isinstance(value, MappingNode) and not value.flow_style
        end = key.end_mark if block else value.end_mark
        ends = self.lines[end.line] if end.column or not block else ""
        behind = ends[end.column :].removeprefix(":") if block else ends[end.column :] if end.line == last else ""
        beside = behind.strip() if behind.strip().startswith("#") else ""
        lines = self.lines[first : first + 1] if block else self.lines[first : last + 1]
        code = (*lines[:-1], lines[-1][: len(lines[-1].rstrip()) - len(beside)].rstrip())
        return Entry(
            key.value,
            self.raw(key),
            self.number + first,
            plain(value),
            self.raw(value),
            shifted(self.lines[first : last + 1], column),
            shifted(code, column),
            shifted(self.lines[at:first], column),
            beside,
            self.inner(value, first + 1, last + 1, column) if isinstance(value, MappingNode) else None,
        )

    def inline(self, node: MappingNode) -> Iterator[Entry]:
        """The entries of `{…}`, each as it would stand on a line of its own."""
        for key, value in cast("list[tuple[ScalarNode, Node]]", node.value):
            inner = self.inner(value, 0, 0, 0) if isinstance(value, MappingNode) else None
            text = (f"{self.raw(key)}: {self.raw(value)}",)
            line = self.number + key.start_mark.line
            yield Entry(key.value, self.raw(key), line, plain(value), self.raw(value), text, text, inner=inner)

    def raw(self, node: Node) -> str:
        """The text of a node."""
        return self.text[node.start_mark.index : node.end_mark.index].rstrip()


def plain(node: Node) -> Data:
    """What a node says, every scalar as text."""
    if isinstance(node, MappingNode):
        pairs = cast("list[tuple[ScalarNode, Node]]", node.value)
        return {key.value: plain(value) for key, value in pairs}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in cast("list[Node]", node.value)]
    return str(node.value)


def last_line(node: Node) -> int:
    """The last line of a node: a block by itself goes on to where the next one starts."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return max(last_line(value) for _, value in cast("list[tuple[Node, Node]]", node.value))
    if isinstance(node, SequenceNode) and not node.flow_style:
        return max(last_line(item) for item in cast("list[Node]", node.value))
    end = node.end_mark
    return end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line


def shifted(lines: Text, columns: int) -> Text:
    """Lines so many columns to the left, as far as there is space."""
    return tuple(line[min(columns, len(line) - len(line.lstrip(" "))) :] for line in lines)
