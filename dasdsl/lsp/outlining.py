"""The outline of a text: the header with its names, the statements with their blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from dasdsl.frozen import frozen
from dasdsl.language.layout import Node
from dasdsl.language.syntax import Line
from dasdsl.lsp.clauses import clause_at
from dasdsl.lsp.documents import Document
from dasdsl.lsp.places import Place, written
from dasdsl.lsp.symbols import defined_block, end_of
from dasdsl.operations.core.values import Span

EntryKind = Literal["header", "name", "statement", "group", "block"]


@frozen(slots=True)
class Entry:
    """One thing in the outline: what it is called, the place of that, and where all of it begins and ends."""

    name: str
    kind: EntryKind
    span: Span
    start: Place
    end: Place
    detail: str = ""
    body: tuple[Entry, ...] = ()


def outline(document: Document) -> tuple[Entry, ...]:
    """The outline of a document."""
    return (*header(document), *entries(document, document.nodes))


def header(document: Document) -> Iterator[Entry]:
    """The header under the name of the space."""
    keys = document.header.keys
    named = next((key for key in ("space", "architecture") if (key,) in keys), None)
    if named is None or document.pages is None:
        return
    last = document.body_line - 1
    names = tuple(
        Entry(str(where[1]), "name", span, Place(span.line, span.column), Place(span.line, span.end_column))
        for where, span in keys.items()
        if len(where) == 2 and where[0] == "define"
    )
    end = Place(last, len(document.text.line(last)) + 1)
    value = document.header.values.get((named,), keys[named,])
    name = written(document.text, value) or named
    yield Entry(name, "header", keys[named,], Place(document.pages.header_line - 1, 1), end, named, names)


def entries(document: Document, nodes: Iterable[Node]) -> Iterator[Entry]:
    """The statements of a body; what stands below a line that does not parse takes its place."""
    for node in nodes:
        if node.line is None:
            yield from entries(document, node.body)
        else:
            yield entry(document, node, node.line)


def entry(document: Document, node: Node, line: Line) -> Entry:
    """A statement with its block."""
    label, call, last = line.clause.label, defined_block(line.clause), end_of(node)
    span = line.clause.items[0].span if label is None else label.span
    words = clause_at(node.code.code, 1).words or written(document.text, span)
    return Entry(
        name=call.name if call else words if label is None else written(document.text, span),
        kind="block" if call else "group" if line.colon else "statement",
        span=span,
        start=Place(span.line, span.column),
        end=Place(last, len(document.text.line(last)) + 1),
        detail=node.code.code,
        body=tuple(entries(document, node.body)),
    )
