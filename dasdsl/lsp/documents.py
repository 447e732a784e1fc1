"""A text with all that is known about it, each part when somebody asks; of a broken text what can be read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property, lru_cache

from dasdsl.diagnostics import Diagnostic
from dasdsl.frozen import frozen
from dasdsl.ir.examining import examined
from dasdsl.language import limits
from dasdsl.language.collecting import Enough, Problems
from dasdsl.language.header.nodes import Tree, compose
from dasdsl.language.header.reading import read_definitions
from dasdsl.language.layout import Layout, Node
from dasdsl.language.lines import Pages, pages
from dasdsl.lsp.places import Text
from dasdsl.operations.core.values import Written


@frozen
class Document:
    """A text and the path that problems are reported under."""

    source: str
    path: str = field(default="<text>", compare=False)

    @cached_property
    def text(self) -> Text:
        """The text with its lines and the way to positions."""
        return Text(self.source)

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that `dasdsl check` says."""
        return tuple(examined(self.source, self.path))

    @cached_property
    def pages(self) -> Pages | None:
        """The header and the body, None where they cannot be told apart."""
        try:
            return pages("\n".join(self.text.lines), Problems())
        except Enough:
            return None

    @cached_property
    def header(self) -> Tree:
        """The keys and scalars of the header."""
        parts = self.pages
        text = "" if parts is None or parts.header is None else "\n".join(parts.header)
        return Tree() if parts is None or len(text) > limits.HEADER else compose(text, parts.header_line)

    @cached_property
    def definitions(self) -> Mapping[str, Written]:
        """The values of `define` that can be read."""
        parts = self.pages
        if parts is None or parts.header is None or "define" not in self.header.data:
            return {}
        try:
            return read_definitions(self.header, parts.header, parts.header_line, Problems())
        except Enough:
            return {}

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The lines of the body in their blocks; a line that does not parse has no tree."""
        layout = Layout(Problems())
        found: list[Node] = []
        try:
            found.extend(layout.nodes(self.pages.body if self.pages else ()))
        except Enough:
            found.extend(layout.root.body)
        return tuple(found)

    @property
    def body_line(self) -> int:
        """The number of the first line of the body, one behind the text where there is none."""
        parts = self.pages
        return len(self.text.lines) + 1 if parts is None else parts.head.count("\n") + 2


def all_nodes(nodes: tuple[Node, ...] | list[Node]) -> Iterator[Node]:
    """The lines in the order of the text."""
    for node in nodes:
        yield node
        yield from all_nodes(node.body)


@lru_cache(maxsize=16)
def document_of(source: str, path: str) -> Document:
    """The document of a text: what is known of it is kept until it changes."""
    return Document(source, path)
