"""Work that takes time, beside the answers: on a thread that nobody waits for at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from threading import Thread
from typing import Final, TypeVar

from dasdsl.lsp.documents import Document
from dasdsl.lsp.facts import Costs, costs_of

T = TypeVar("T")

KEPT: Final = 8
"""Texts whose costs are remembered."""


def in_background(work: Callable[[], T]) -> asyncio.Future[T]:
    """The result of work on a thread of its own, which ends with the process."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: Exception | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value, error = None, None
        try:
            value = work()
        except Exception as problem:  # noqa: BLE001 - raised again where the result is awaited
            error = problem
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, value, error)

    Thread(target=run, daemon=True).start()
    return result


class Counter:
    """Counts what lines cost, one text at a time: an editor asks again when it is done."""

    def __init__(self) -> None:
        self.known: dict[Document, Costs] = {}
        self.running: asyncio.Future[Costs] | None = None

    async def costs(self, document: Document, patience: float) -> Costs | None:
        """The costs of a text, None where they are not counted within so many seconds."""
        if document not in self.known and (self.running is None or self.running.done()):
            self.running = in_background(lambda: costs_of(document))
            self.running.add_done_callback(lambda done: self.keep(document, done))
        if document not in self.known and self.running is not None:
            await asyncio.wait((self.running,), timeout=patience)
        return self.known.get(document)

    def keep(self, document: Document, done: asyncio.Future[Costs]) -> None:
        """Remember the costs of a text, and forget those of the oldest."""
        if not done.cancelled() and done.exception() is None:
            self.known[document] = done.result()
            for old in list(self.known)[:-KEPT]:
                del self.known[old]
