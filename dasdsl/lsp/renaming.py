"""Gives a name another text, everywhere it stands; or says why that cannot be."""

from __future__ import annotations

import re
from collections import Counter

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.language.header.definitions import IDENTIFIER
from dasdsl.language.words import openers, reserved
from dasdsl.lsp.documents import Document, all_nodes, document_of
from dasdsl.lsp.places import Place, Text, written
from dasdsl.lsp.symbols import Symbol, Symbols, symbols_of
from dasdsl.operations.core.values import Span


class CannotRename(Exception):
    """Raised with the reason, for the person who asked."""


@frozen(slots=True)
class Edit:
    """Text that takes the place of another."""

    span: Span
    text: str


def renameable(document: Document, place: Place) -> Span | None:
    """The place of the name at a place; None where there is none, or a part of it is not written out."""
    symbols = symbols_of(document)
    symbol = symbols.at(place)
    if symbol is None:
        return None
    return next(span for span in symbols.places(symbol) if place.touches(span))


def rename(document: Document, place: Place, name: str) -> tuple[Edit, ...]:
    """The edits that rename what stands at a place.

    Raises: CannotRename.
    """
    symbols = symbols_of(document)
    symbol = symbols.at(place)
    if symbol is None:
        raise CannotRename("there is no name here: labels, blocks, their parameters and names of `define` have one")
    check_name(symbol, name)
    check_places(document, symbols, symbol)
    edits = tuple(Edit(span, name) for span in dict.fromkeys(symbols.places(symbol)))
    check_meaning(document, edits)
    return edits


def check_name(symbol: Symbol, name: str) -> None:
    """Refuse what the language refuses.

    Raises: CannotRename.
    """
    taken = openers() if symbol.kind == "block" else reserved()
    if name in taken:
        raise CannotRename(f"`{name}` is a word of the language")
    if not IDENTIFIER.fullmatch(name):
        raise CannotRename(f"`{name}` is no name: names are made of letters, digits and `_`, and begin with no digit")
    if len(name) > limits.NAME:
        raise CannotRename(f"the name has {len(name)} characters; there may be {limits.NAME}")


def check_places(document: Document, symbols: Symbols, symbol: Symbol) -> None:
    """Refuse where some place cannot be edited, or may be one that is not known.

    Raises: CannotRename.
    """
    for span in symbols.places(symbol):
        if written(document.text, span) != symbol.name:
            raise CannotRename(f"line {span.line} spells `{symbol.name}` in another way: write it out first")
    whole = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(symbol.name)}(?![A-Za-z0-9_])")
    for node in all_nodes(document.nodes):
        if node.line is None and whole.search(node.code.code):
            raise CannotRename(f"line {node.code.number} has an error and may mean `{symbol.name}`: mend it first")


def check_meaning(document: Document, edits: tuple[Edit, ...]) -> None:
    """Refuse where a use would then belong to another definition, or something would be an error that is none now.

    Raises: CannotRename.
    """
    after = document_of(edited(document.text, edits), document.path)
    if shape(symbols_of(document)) != shape(symbols_of(after)):
        raise CannotRename(f"`{edits[0].text}` would then mean two things: there is one of this name already")
    known = Counter((found.code, found.line) for found in document.diagnostics)
    for found in after.diagnostics:
        known[found.code, found.line] -= 1
        if known[found.code, found.line] < 0:
            raise CannotRename(f"line {found.line} would be wrong: {found.message}")


def shape(symbols: Symbols) -> tuple[tuple[int, tuple[tuple[int, int], ...]], ...]:
    """Which definition each use belongs to: definitions and uses by their number, counted on each line."""
    spans = sorted(all_spans(symbols), key=lambda one: (one.line, one.column))
    order = {span: number for number, span in enumerate(spans)}
    uses = sorted((order[use.span], order[use.symbol.span]) for use in symbols.uses)
    return tuple((order[one.span], tuple(use for use in uses if use[1] == order[one.span])) for one in symbols.all)


def all_spans(symbols: Symbols) -> set[Span]:
    """The places of all definitions and uses."""
    return {one.span for one in symbols.all} | {use.span for use in symbols.uses}


def edited(text: Text, edits: tuple[Edit, ...]) -> str:
    """The text with the edits made."""
    source = text.source
    for edit in sorted(edits, key=lambda one: (one.span.line, one.span.column), reverse=True):
        start = text.offset(Place(edit.span.line, edit.span.column))
        end = text.offset(Place(edit.span.line, edit.span.end_column))
        source = source[:start] + edit.text + source[end:]
    return source
