"""What has a name in a text, where it is defined and used: names of `define`, labels, blocks, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Literal

from dasdsl.frozen import frozen
from dasdsl.language.layout import Node
from dasdsl.language.mentions import names_in
from dasdsl.language.syntax import Clause, Item, Word
from dasdsl.language.words import BLOCK, statements
from dasdsl.lsp.documents import Document, all_nodes
from dasdsl.lsp.places import Place
from dasdsl.operations.core.fields import Kind
from dasdsl.operations.core.values import Call, Name, Span, Written

SymbolKind = Literal["name", "label", "block", "parameter"]


@frozen(slots=True)
class Symbol:
    """Something with a name: where it is defined, and from which line to which it can be used."""

    kind: SymbolKind
    name: str
    span: Span
    first: int
    last: int
    parameters: tuple[str, ...] = ()

    def seen(self, line: int) -> bool:
        """Whether it can be used in a line."""
        return self.first <= line <= self.last


@frozen(slots=True)
class Use:
    """A place where a symbol is used."""

    span: Span
    symbol: Symbol


@frozen(slots=True)
class Symbols:
    """All symbols of a text, and all uses of them."""

    all: tuple[Symbol, ...]
    uses: tuple[Use, ...]

    def at(self, place: Place) -> Symbol | None:
        """The symbol that is defined or used at a place."""
        defined = (one for one in self.all if place.touches(one.span))
        used = (use.symbol for use in self.uses if place.touches(use.span))
        return next(defined, None) or next(used, None)

    def places(self, symbol: Symbol) -> tuple[Span, ...]:
        """The definition of a symbol and its uses."""
        return (symbol.span, *(use.span for use in self.uses if use.symbol == symbol))

    def visible(self, line: int, *kinds: SymbolKind) -> tuple[Symbol, ...]:
        """The symbols that can be used in a line; of two with one name, the last."""
        return tuple({one.name: one for one in self.all if one.kind in kinds and one.seen(line)}.values())


Scope = Mapping[str, Symbol]
"""The symbols that a place sees, by their names."""


@lru_cache(maxsize=16)
def symbols_of(document: Document) -> Symbols:
    """The symbols of a document."""
    finder = _Finder(document)
    finder.definitions()
    finder.blocks()
    finder.body(document.nodes, {}, {}, finder.last)
    return Symbols(tuple(finder.all), tuple(finder.uses))


@cache
def label_words() -> frozenset[str]:
    """The words that a label follows."""
    fields = (field for table in statements().values() for field in table)
    return frozenset(field.name for field in fields if field.kind is Kind.LABEL and field.keyword)


def clauses_of(node: Node) -> tuple[Clause, ...]:
    """The statement of a line, and the one behind its `:`; none where the line does not parse."""
    if node.line is None:
        return ()
    return (node.line.clause,) if node.line.inner is None else (node.line.clause, node.line.inner)


def defined_block(clause: Clause) -> Call | None:
    """The head of the block that a clause defines."""
    for word, item in zip(clause.items, clause.items[1:], strict=False):
        if isinstance(word, Word) and word.text == BLOCK and isinstance(item, Call):
            return item
    return None


def call_span(call: Call) -> Span:
    """The place of a call's name."""
    return Span(call.span.line, call.span.column, call.span.column + len(call.name))


def end_of(node: Node) -> int:
    """The last line of a statement with its block."""
    return end_of(node.body[-1]) if node.body else node.code.number


class _Finder:
    """Walks over a document: names and blocks first, since they are global."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.last = len(document.text.lines)
        self.all: list[Symbol] = []
        self.uses: list[Use] = []
        self.names: dict[str, Symbol] = {}
        self.heads: dict[str, Symbol] = {}

    def add(self, symbol: Symbol) -> Symbol:
        """One more symbol."""
        self.all.append(symbol)
        return symbol

    def use(self, name: str, span: Span, scope: Scope) -> None:
        """One use, where the name is known."""
        if name in scope:
            self.uses.append(Use(span, scope[name]))

    def use_names(self, value: Written, scope: Scope) -> None:
        """The uses in a value."""
        for name in names_in(value):
            self.use(name.name, name.span, scope)

    def definitions(self) -> None:
        """The names of `define`."""
        for where, span in self.document.header.keys.items():
            if len(where) == 2 and where[0] == "define":
                self.names[str(where[1])] = self.add(Symbol("name", str(where[1]), span, span.line, self.last))
        for value in self.document.definitions.values():
            self.use_names(value, self.names)

    def blocks(self) -> None:
        """The blocks; each is seen behind its definition."""
        for node in all_nodes(self.document.nodes):
            call = next(filter(None, map(defined_block, clauses_of(node))), None)
            if call is not None:
                parameters = tuple(name.name for argument in call.arguments for name in names_in(argument))
                symbol = Symbol("block", call.name, call_span(call), end_of(node) + 1, self.last, parameters)
                self.heads.setdefault(call.name, self.add(symbol))

    def body(self, nodes: Iterable[Node], labels: Scope, parameters: Scope, last: int) -> None:
        """The statements of a body that ends with this line; a label is seen behind the statement that it names."""
        seen = dict(labels)
        for node in nodes:
            inside, own = self.line(node, seen, parameters)
            self.body(node.body, inside, own, end_of(node))
            for number, clause in enumerate(clauses_of(node)):
                if isinstance(clause.label, Name):
                    ends = end_of(node) if number else last
                    label = self.add(Symbol("label", clause.label.name, clause.label.span, end_of(node) + 1, ends))
                    if number == 0:
                        seen.setdefault(label.name, label)

    def line(self, node: Node, labels: Scope, parameters: Scope) -> tuple[Scope, Scope]:
        """The uses in one line, and what its block sees: a block that is defined sees no label and its parameters."""
        for clause in clauses_of(node):
            call = defined_block(clause)
            if call is None:
                self.clause(clause, labels, parameters)
                continue
            names = (name for argument in call.arguments for name in names_in(argument))
            lines = node.code.number, end_of(node)
            parameters = {name.name: self.add(Symbol("parameter", name.name, name.span, *lines)) for name in names}
            labels = {}
        return labels, parameters

    def clause(self, clause: Clause, labels: Scope, parameters: Scope) -> None:
        """The uses in a statement."""
        values = {**self.names, **parameters}
        before: Item | None = None
        for item in clause.items:
            if isinstance(before, Word) and before.text in label_words() and isinstance(item, Name):
                self.use(item.name, item.span, labels)
            elif not isinstance(item, Word):
                if isinstance(item, Call):
                    self.use(item.name, call_span(item), self.heads)
                self.use_names(item, values)
            before = item
