"""What is wrong, where, and what to do about it: the one form in which every room reports a problem to the user."""

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias, TypeVar

from dasdsl.frozen import frozen

Severity: TypeAlias = Literal["error", "warning"]
A = TypeVar("A")
B = TypeVar("B")


@frozen(slots=True)
class Diagnostic:
    """One problem.

    Lines and columns count from 1, in characters; `end_column` is the first column behind the place. All four are
    None where a problem has no place in a text, and `path` is None where the text has no name.
    `message` is lowercase and holds facts; remedies stand in `help` only; further facts are `notes`.
    """

    code: str
    severity: Severity
    message: str
    help: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`path:line:col: error[E103]: message`, then a line for each note and one for the help."""
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        head = f"{self.severity}[{self.code}]: {self.message}"
        lines = [f"{place}: {head}" if place else head]
        lines += [f"  note: {note}" for note in self.notes]
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class DasError(Exception):
    """Input that can't be used. Carries every diagnostic that was found, warnings included."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: list[Diagnostic] = list(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


def each(work: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """What the work makes of each item.

    Raises: DasError with everything that is wrong with any of them.
    """
    made: list[B] = []
    problems: list[Diagnostic] = []
    for item in items:
        try:
            made.append(work(item))
        except DasError as error:
            problems += error.diagnostics
    if problems:
        raise DasError(problems)
    return made


def problem(
    code: str,
    message: str,
    *,
    help: str | None = None,  # noqa: A002 - the name of the field it fills
    path: str | None = None,
    notes: tuple[str, ...] = (),
) -> DasError:
    """A single error that has no place in a source text."""
    return DasError([Diagnostic(code, "error", message, help=help, path=path, notes=notes)])


@frozen(slots=True)
class Kind:
    """A kind of problem: its code, a title, and what `dasdsl explain` says about it."""

    code: str
    title: str
    meaning: str

    def at(self, message: str, *, help: str, path: str | None = None, line: int | None = None) -> Diagnostic:  # noqa: A002
        """A problem of this kind, at a line of a file where it has one."""
        column = None if line is None else 1
        return Diagnostic(self.code, "error", message, help=help, path=path, line=line, column=column)

    def error(self, message: str, *, help: str, path: str | None = None, line: int | None = None) -> DasError:  # noqa: A002
        """The same as an exception, for a problem that leaves nothing more to look at."""
        return DasError([self.at(message, help=help, path=path, line=line)])
