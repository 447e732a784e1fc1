"""The language server: takes what an editor asks, looks at the text, answers. What it knows is in the other files."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from importlib.metadata import version
from typing import Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcServerNotInitialized
from pygls.lsp.server import LanguageServer

from dasdsl.diagnostics import DasError
from dasdsl.language.formatting import format as formatted
from dasdsl.lsp.background import Counter, in_background
from dasdsl.lsp.completing import complete
from dasdsl.lsp.documents import document_of
from dasdsl.lsp.hovering import hover
from dasdsl.lsp.outlining import outline
from dasdsl.lsp.protocol import Editor
from dasdsl.lsp.renaming import CannotRename, rename, renameable
from dasdsl.lsp.symbols import symbols_of

PAUSE: Final = 0.15
"""Seconds without a change after which a text is checked."""
PATIENCE: Final = 1.0
"""Seconds that somebody who points at a word waits for the costs of its line."""


class Server(LanguageServer):
    """Knows, besides the open texts, whether it was asked to stop."""

    def __init__(self) -> None:
        # Whole texts: libraries disagree on where lines end, and a text is small.
        super().__init__("dasdsl", version("dasdsl"), text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.asked_to_stop = False
        self.counter = Counter()

    def editor(self, uri: str) -> Editor | None:
        """An open text as its editor sees it, None where it is not open.

        Raises: JsonRpcServerNotInitialized, where the editor has not introduced itself.
        """
        try:
            found = self.workspace.text_documents.get(uri)
        except RuntimeError:
            raise JsonRpcServerNotInitialized("the first request is `initialize`") from None
        if found is None:
            return None
        # what the library keeps is a member of an enumeration or, as the editor sent it, plain text
        encoding = types.PositionEncodingKind(self.workspace.position_encoding or "utf-16").value
        return Editor(document_of(found.source, found.path), encoding, takes_snippets(self.client_capabilities))

    def version_of(self, uri: str) -> int | None:
        """The version of an open text."""
        found = self.workspace.text_documents.get(uri)
        return None if found is None else found.version

    async def check(self, uri: str) -> None:
        """Show what is wrong with a text, unless it changes meanwhile."""
        editor, number = self.editor(uri), self.version_of(uri)
        if editor is None:
            return
        found = await in_background(lambda: editor.document.diagnostics)
        if self.version_of(uri) == number:
            shown = editor.diagnostics(found)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, number))


def takes_snippets(capabilities: types.ClientCapabilities) -> bool:
    """Whether the editor can insert text with places to fill in."""
    completion = capabilities.text_document.completion if capabilities.text_document else None
    item = completion.completion_item if completion else None
    return bool(item and item.snippet_support)


def serve() -> int:
    """Serve on stdin and stdout until the editor says goodbye; 1 where it just goes."""
    # Whatever goes wrong is told to the editor, which shows it; stderr would repeat it.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    server = made()
    # A stream of its own: the library closes it at the end, and stdout is not ours to close.
    server.start_io(stdout=os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    return 0 if server.asked_to_stop else 1


def made() -> Server:
    """A server with all that it can."""
    server = Server()
    follow(server)
    tell(server)
    change(server)
    return server


def follow(server: Server) -> None:
    """Opening, changing and closing texts; the end."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        await server.check(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        await asyncio.sleep(PAUSE)
        if server.version_of(params.text_document.uri) == params.text_document.version:
            await server.check(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))

    @server.feature(types.SHUTDOWN)
    def stops(_: None) -> None:
        server.asked_to_stop = True


def tell(server: Server) -> None:
    """What is only looked up."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        editor = server.editor(params.text_document.uri)
        if editor is None:
            return None
        document, place = editor.document, editor.place(params.position)
        costs = await server.counter.costs(document, PATIENCE)
        found = await in_background(lambda: hover(document, place, costs))
        return editor.hover(found) if found else None

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", "=", "<", "("]))
    def completed(params: types.CompletionParams) -> types.CompletionList | None:
        editor = server.editor(params.text_document.uri)
        return editor.completions(complete(editor.document, editor.place(params.position))) if editor else None

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outlined(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        editor = server.editor(params.text_document.uri)
        return editor.symbols(outline(editor.document)) if editor else None

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def defined(params: types.DefinitionParams) -> types.Location | None:
        editor = server.editor(params.text_document.uri)
        symbol = symbols_of(editor.document).at(editor.place(params.position)) if editor else None
        return types.Location(params.text_document.uri, editor.range(symbol.span)) if editor and symbol else None

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def referred(params: types.ReferenceParams) -> list[types.Location] | None:
        editor = server.editor(params.text_document.uri)
        symbols = symbols_of(editor.document) if editor else None
        symbol = symbols.at(editor.place(params.position)) if editor and symbols else None
        if editor is None or symbols is None or symbol is None:
            return None
        spans = symbols.places(symbol)[0 if params.context.include_declaration else 1 :]
        return [types.Location(params.text_document.uri, editor.range(span)) for span in spans]


def change(server: Server) -> None:
    """What changes a text."""

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def reformatted(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        editor = server.editor(params.text_document.uri)
        if editor is None:
            return None
        try:
            text = formatted(editor.document.source, editor.document.path)
        except DasError:
            return None
        return [] if text == editor.document.source else [types.TextEdit(editor.whole(), text)]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def can_rename(params: types.PrepareRenameParams) -> types.Range | None:
        editor = server.editor(params.text_document.uri)
        span = renameable(editor.document, editor.place(params.position)) if editor else None
        return editor.range(span) if editor and span else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def renamed(params: types.RenameParams) -> types.WorkspaceEdit | None:
        editor = server.editor(params.text_document.uri)
        if editor is None:
            return None
        try:
            edits = rename(editor.document, editor.place(params.position), params.new_name)
        except CannotRename as reason:
            raise JsonRpcException(str(reason), types.LSPErrorCodes.RequestFailed.value) from None
        changes = [types.TextEdit(editor.range(edit.span), edit.text) for edit in edits]
        return types.WorkspaceEdit(changes={params.text_document.uri: changes})
