"""A run's folder while a process works in it: held for it alone, and with a log of what is told."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from dasdsl.search import ranks
from dasdsl.search.events import Event, Listener, silent
from dasdsl.search.folder import Folder


def logged(folder: Folder, listener: Listener) -> Listener:
    """A listener that also keeps what is told in the log of the run; what is told again, is there once."""
    begun: set[str] = set()
    if not ranks.is_first():
        return silent

    def listen(event: Event) -> None:
        new = bool(event.facts) and not event.again
        if event.phase not in begun and not event.warning:
            begun.add(event.phase)
            # a line of this very step is of before the state that the run goes on from, unless it comes now
            folder.rewind(event.phase, event.step if new else event.step + 1)
        if new:
            folder.append({"phase": event.phase, "step": event.step, **event.facts})
        listener(event)

    return listen


@contextmanager
def held(folder: Folder) -> Generator[None]:
    """Hold the run for this process, or for the ranks that work in it together.

    Raises: DasError E505 where another process holds it.
    """
    with ExitStack() as stack:

        def hold() -> None:
            stack.enter_context(folder.lock())

        ranks.first(hold)
        yield
