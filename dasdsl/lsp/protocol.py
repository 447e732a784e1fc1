"""Answers in the types of the Language Server Protocol; places become positions in the units of the editor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from lsprotocol import types

import dasdsl
from dasdsl.diagnostics import Diagnostic
from dasdsl.frozen import frozen
from dasdsl.language.reports import visible
from dasdsl.lsp.completing import Completions, Item, ItemKind
from dasdsl.lsp.documents import Document
from dasdsl.lsp.hovering import Hover
from dasdsl.lsp.outlining import Entry, EntryKind
from dasdsl.lsp.places import Encoding, Place, Position
from dasdsl.operations.core.values import Span

ITEM_KINDS: Final[Mapping[ItemKind, types.CompletionItemKind]] = {
    "statement": types.CompletionItemKind.Keyword,
    "field": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
    "name": types.CompletionItemKind.Constant,
    "label": types.CompletionItemKind.Reference,
    "block": types.CompletionItemKind.Function,
    "parameter": types.CompletionItemKind.Variable,
    "snippet": types.CompletionItemKind.Snippet,
    "key": types.CompletionItemKind.Property,
}
ENTRY_KINDS: Final[Mapping[EntryKind, types.SymbolKind]] = {
    "header": types.SymbolKind.Module,
    "name": types.SymbolKind.Constant,
    "statement": types.SymbolKind.Field,
    "group": types.SymbolKind.Namespace,
    "block": types.SymbolKind.Function,
}


@frozen(slots=True)
class Editor:
    """A document for an editor that counts in these units, and may take snippets."""

    document: Document
    encoding: Encoding
    snippets: bool = False

    def place(self, position: types.Position) -> Place:
        """The place of a position."""
        return self.document.text.place(Position(position.line, position.character), self.encoding)

    def position(self, place: Place) -> types.Position:
        """The position of a place."""
        found = self.document.text.position(place, self.encoding)
        return types.Position(found.line, found.character)

    def between(self, start: Place, end: Place) -> types.Range:
        """The range from one place to another."""
        return types.Range(self.position(start), self.position(end))

    def range(self, span: Span) -> types.Range:
        """The range of a span."""
        return self.between(Place(span.line, span.column), Place(span.line, span.end_column))

    def whole(self) -> types.Range:
        """The range of all."""
        return types.Range(types.Position(0, 0), self.position(self.document.text.end))

    def diagnostics(self, found: Iterable[Diagnostic]) -> list[types.Diagnostic]:
        """Problems; one without a place stands at the first line."""
        return [self._diagnostic(one) for one in found]

    def _diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        line, column = found.line or 1, found.column or 1
        end = Place(found.end_line or line, found.end_column or column)
        severity = types.DiagnosticSeverity.Warning if found.severity == "warning" else types.DiagnosticSeverity.Error
        page = page_of(found.code)
        return types.Diagnostic(
            range=self.between(Place(line, column), end),
            severity=severity,
            code=found.code,
            code_description=None if page is None else types.CodeDescription(page),
            source="dasdsl",
            message="\n".join(message_lines(found)),
        )

    def hover(self, found: Hover) -> types.Hover:
        """What is known about a place."""
        return types.Hover(markdown(found.text), self.range(found.span))

    def completions(self, found: Completions) -> types.CompletionList:
        """What may stand at a place, in the order in which it was found."""
        where = self.range(found.span)
        kept = [item for item in found.items if self.snippets or not item.snippet]
        return types.CompletionList(False, [self._item(item, where, number) for number, item in enumerate(kept)])

    def _item(self, item: Item, where: types.Range, number: int) -> types.CompletionItem:
        form = types.InsertTextFormat.Snippet if item.snippet else types.InsertTextFormat.PlainText
        return types.CompletionItem(
            label=item.label,
            kind=ITEM_KINDS[item.kind],
            detail=item.detail or None,
            documentation=markdown(item.page) if item.page else None,
            sort_text=f"{number:04}",
            insert_text_format=form,
            text_edit=types.TextEdit(where, item.text or item.label),
        )

    def symbols(self, entries: Iterable[Entry]) -> list[types.DocumentSymbol]:
        """The outline."""
        return [
            types.DocumentSymbol(
                name=entry.name,
                kind=ENTRY_KINDS[entry.kind],
                range=self.between(entry.start, entry.end),
                selection_range=self.range(entry.span),
                detail=entry.detail or None,
                children=self.symbols(entry.body),
            )
            for entry in entries
        ]


def markdown(text: str) -> types.MarkupContent:
    """Text that an editor renders."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def message_lines(found: Diagnostic) -> Iterator[str]:
    """What is wrong and what to do, without characters that fool a reader."""
    yield visible(found.message)
    yield from (f"note: {visible(note)}" for note in found.notes)
    if found.help:
        yield f"help: {visible(found.help)}"


def page_of(code: str) -> str | None:
    """Where the page of a code is, None where the pages are not on this machine."""
    page = errors_page()
    return None if page is None else f"{page}#{code.lower()}"


@cache
def errors_page() -> str | None:
    """The pages of the codes: inside the package where it was installed, beside it in a checkout."""
    package = Path(dasdsl.__file__).parent
    pages = (package / "docs" / "errors.md", package.parent / "docs" / "errors.md")
    return next((page.as_uri() for page in pages if page.exists()), None)
