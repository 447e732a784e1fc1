"""What may stand at a place: words of statements and fields, values, names; by the tables of the language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from dasdsl.frozen import frozen
from dasdsl.language.header.schema import keys_of
from dasdsl.language.words import DEFINITIONS, kinds, opens, statements, words_of
from dasdsl.lsp.clauses import Clause, clause_at, clause_before, code_of
from dasdsl.lsp.documents import Document, all_nodes
from dasdsl.lsp.places import Place
from dasdsl.lsp.snippets import call_snippet, snippet_of
from dasdsl.lsp.symbols import Symbol, SymbolKind, symbols_of
from dasdsl.lsp.words import about_statement, example_of, field_line, sentence, statement_page
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.values import Span

ItemKind = Literal["statement", "field", "value", "name", "label", "block", "parameter", "snippet", "key"]
OPERATORS = frozenset({"+", "-", "*", "/", "x", "|", "..", "<=", "<", "(", ","})
"""Signs behind which an expression goes on."""
HEADER = "---\ndas: 1\nspace: ${1:name}\ninput: ${2:3x32x32}\n---\n${0}"


@frozen(slots=True)
class Item:
    """One thing that may stand: `text` is what is inserted, with places to fill in where it is a `snippet`."""

    label: str
    kind: ItemKind
    detail: str = ""
    page: str = ""
    text: str = ""
    snippet: bool = False


@frozen(slots=True)
class Completions:
    """What may stand at a place, instead of the part of a word that is written there."""

    items: tuple[Item, ...]
    span: Span


def complete(document: Document, place: Place) -> Completions:
    """What may stand at a place."""
    line = document.text.line(place.line)
    clause, word = clause_before(line, place.column)
    span = Span(place.line, place.column - len(word), place.column)
    if len(code_of(line)) < place.column - 1:
        return Completions((), span)
    if place.line < document.body_line:
        return Completions(tuple(in_header(document, place)), span)
    return Completions(tuple(in_body(document, place, clause)), span)


# ---- header ----------------------------------------------------------------------------------------------------------


def in_header(document: Document, place: Place) -> Iterator[Item]:
    """The keys of a header that are not written; where there is no header, all of one."""
    if document.pages is None and not any(line.strip() for line in document.text.lines[: place.line - 1]):
        yield Item("---", "snippet", "a header", text=HEADER, snippet=True)
        return
    before = document.text.line(place.line)[: place.column - 1]
    part = part_of(document, place.line, before)
    written = {where[-1] for where in document.header.keys if where[:-1] == part}
    if ":" not in re.split(r"[{,]", before)[-1]:
        for key, about in keys_of(*part).items():
            if key not in written:
                yield Item(key, "key", about, sentence(about), f"{key}: ")


def part_of(document: Document, line: int, before: str) -> tuple[str, ...]:
    """The key whose mapping a place is in: on its line behind `{`, or below it, indented."""
    if "{" not in before:
        outer = (text for text in reversed(document.text.lines[: line - 1]) if text[:1].strip())
        before = next(outer, "") if before[:1].isspace() else ""
    key = before.partition(":")[0].strip()
    return (key,) if key else ()


# ---- body ------------------------------------------------------------------------------------------------------------


def in_body(document: Document, place: Place, clause: Clause) -> Iterator[Item]:
    """What may stand behind a clause as far as it is written."""
    if not clause.tokens:
        yield from starts(document, place)
        return
    open_field = clause.open_field
    if clause.innermost == "[":
        return
    if clause.innermost or clause.tokens[-1].text in OPERATORS:
        yield from named(document, place, "name", "parameter")
    elif open_field is not None:
        yield from values(document, place, open_field)
    else:
        yield from behind(document, place, clause)


def behind(document: Document, place: Place, clause: Clause) -> Iterator[Item]:
    """Second words, values without a word of their own, and fields that are not written yet."""
    if not clause.rest:
        for second in kinds(clause.tokens[0].text) if clause.words in ("", clause.tokens[0].text) else ():
            words = f"{clause.tokens[0].text} {second}"
            yield Item(second, "statement", about_statement(words), statement_page(words))
    left = [field for field in clause.table if field.name not in clause.written]
    bare = [field for field in left if not field.keyword]
    for field in bare[:1] if not clause.rest else filter(words_of, bare):
        yield from values(document, place, field)
    for field in left:
        if field.keyword:
            yield Item(field.name, "field", field.about, field_line(field))


def values(document: Document, place: Place, field: Field) -> Iterator[Item]:
    """What a field may be, as far as it is words or names."""
    if field.kind is Kind.LABEL:
        yield from named(document, place, "label")
        return
    for word in words_of(field):
        yield Item(word, "value", field.about)
    if field.kind not in (Kind.WORD, Kind.CALL):
        yield from named(document, place, "name", "parameter")


def named(document: Document, place: Place, *which: SymbolKind) -> Iterator[Item]:
    """The names of these kinds that can be used here."""
    for symbol in symbols_of(document).visible(place.line, *which):
        yield Item(symbol.name, symbol.kind, f"line {symbol.span.line}")


def starts(document: Document, place: Place) -> Iterator[Item]:
    """Statements that may stand here, each as its words and as its example; uses of blocks that are complete."""
    around = tuple(headers(document, place))
    within = around[0][1] if around else ""
    paths = within != "" and opens(within) == "paths"
    for words in statements():
        if (words == "path") == paths and not (within and words in DEFINITIONS):
            page = statement_page(words)
            yield Item(words, "statement", about_statement(words), page)
            if example_of(words) != words:
                first = example_of(words).partition("\n")[0]
                yield Item(first, "snippet", about_statement(words), page, snippet_of(example_of(words)), snippet=True)
    if not paths:
        lines = [line for line, _ in around]
        blocks = symbols_of(document).visible(place.line, "block")
        yield from (call(block) for block in blocks if block.span.line not in lines)


def call(block: Symbol) -> Item:
    """The use of a block."""
    text = call_snippet(block.name, block.parameters)
    label = f"{block.name}({', '.join(block.parameters)})"
    return Item(label, "block", f"a block, line {block.span.line}", text=text, snippet=True)


def headers(document: Document, place: Place) -> Iterator[tuple[int, str]]:
    """The lines that open the blocks around a place, the innermost first, each with its statement's words."""
    code = code_of(document.text.line(place.line))[: place.column - 1]
    indent = len(code) - len(code.lstrip(" ")) if code.strip() else len(code)
    if ":" in code:
        yield place.line, clause_at(code, code.rindex(":") + 1).words
    before = [node for node in all_nodes(document.nodes) if node.code.number < place.line]
    for node in reversed(before):
        if node.code.indent < indent:
            indent = node.code.indent
            if node.code.code.endswith(":"):
                yield node.code.number, clause_at(node.code.code, 1).words
