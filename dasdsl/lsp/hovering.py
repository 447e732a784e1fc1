"""What a place in a text means: the word's documentation, what a name stands for, what the line makes and costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dasdsl.diagnostics import Diagnostic
from dasdsl.frozen import frozen
from dasdsl.ir.cataloguing import catalogue
from dasdsl.language.header.schema import description_of
from dasdsl.language.written import spell
from dasdsl.lsp.clauses import clause_at, code_of, token_at
from dasdsl.lsp.documents import Document
from dasdsl.lsp.facts import Costs, facts_of, told
from dasdsl.lsp.places import Place
from dasdsl.lsp.symbols import Symbol, symbols_of
from dasdsl.lsp.words import sentence, word_page
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.operation import Cost
from dasdsl.operations.core.values import Span

PARAGRAPH: Final = "\n\n"
NOTHING: Final = (Cost(), Cost())


@frozen(slots=True)
class Hover:
    """Text in Markdown about a place."""

    text: str
    span: Span


def hover(document: Document, place: Place, costs: Costs | None) -> Hover | None:
    """What is known about a place; None where that is nothing. The costs are None while they are being counted."""
    if place.column > len(code_of(document.text.line(place.line))) + 1:
        return None
    parts = [part for part in (about_word(document, place), about_line(document, place.line, costs)) if part]
    parts += about_problems(document, place)
    if not parts:
        return None
    return Hover("\n\n---\n\n".join(parts), word_span(document, place))


def word_span(document: Document, place: Place) -> Span:
    """The word at a place, or the place."""
    symbols = symbols_of(document)
    symbol = symbols.at(place)
    if symbol is not None:
        return next(span for span in symbols.places(symbol) if place.touches(span))
    token = token_at(clause_at(document.text.line(place.line), place.column), place.column)
    return Span(place.line, token.column, token.end) if token else Span(place.line, place.column, place.column)


def about_word(document: Document, place: Place) -> str | None:
    """What the word at a place means."""
    symbol = symbols_of(document).at(place)
    if symbol is not None:
        return about_symbol(document, symbol)
    if place.line < document.body_line:
        return about_key(document, place)
    clause = clause_at(document.text.line(place.line), place.column)
    token = token_at(clause, place.column)
    return None if token is None else word_page(clause, token)


def about_key(document: Document, place: Place) -> str | None:
    """What a key of the header says."""
    for where, span in document.header.keys.items():
        if place.touches(span):
            keys = tuple(str(key) for key in where)
            about = description_of(*keys)
            return f"`{'.'.join(keys)}`: {sentence(about)}" if about else None
    return None


def about_symbol(document: Document, symbol: Symbol) -> str:
    """What a name stands for."""
    line = symbol.span.line
    match symbol.kind:
        case "name":
            value = document.definitions.get(symbol.name)
            return f"`{symbol.name}`" + (f" = `{spell(value)}`" if value is not None else "") + f", line {line}"
        case "label":
            return f"`{symbol.name}`: `{code_of(document.text.line(line)).strip()}`, line {line}"
        case "block":
            return f"`{symbol.name}({', '.join(symbol.parameters)})`: a block, line {line}"
        case "parameter":
            return f"`{symbol.name}`: a parameter of the block in line {line}"


def about_line(document: Document, line: int, costs: Costs | None) -> str | None:
    """What a line makes of what it reads, what it costs, what is open in it."""
    found = facts_of(document).get(line)
    if found is None:
        return None
    shapes = ", ".join(f"{shown(reads)} → {shown(makes)}" for reads, makes in found.shapes)
    counted = ("counting params and MACs …",) if costs is None else cost_lines(*costs.get(line, NOTHING))
    makes = "  \n".join((shapes, *counted))
    opened = "\n".join(f"- {told(decision)}" for decision in found.decisions)
    return f"{makes}\n\nopen:\n\n{opened}" if opened else makes


def cost_lines(smallest: Cost, largest: Cost) -> Iterator[str]:
    """What a line costs, where it costs something."""
    if smallest + largest != Cost():
        yield cost_line("params", smallest.params, largest.params)
        yield cost_line("MACs", smallest.macs, largest.macs)


def cost_line(what: str, smallest: int, largest: int) -> str:
    """What a line costs in the smallest and in the largest architecture."""
    return f"{what} {smallest:,}" if smallest == largest else f"{what} {smallest:,} to {largest:,}"


def shown(shape: Shape) -> str:
    """A shape as it is written."""
    return "x".join(str(size) for size in shape)


def about_problems(document: Document, place: Place) -> list[str]:
    """What the codes of the problems at a place mean."""
    known = catalogue()
    codes = dict.fromkeys(found.code for found in document.diagnostics if covers(found, place))
    meanings = {code: known[code].__doc__ or "" for code in codes if code in known}
    return [f"**{code}**: {' '.join(meaning.split(PARAGRAPH)[0].split())}" for code, meaning in meanings.items()]


def covers(found: Diagnostic, place: Place) -> bool:
    """Whether a problem stands at a place."""
    if found.line is None or found.column is None:
        return False
    return place.touches(Span(found.line, found.column, found.end_column or found.column))
