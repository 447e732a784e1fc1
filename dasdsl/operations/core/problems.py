"""Problems are values with a place: each is a frozen dataclass that says what is wrong and what to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final, TypeVar

from dasdsl.frozen import frozen
from dasdsl.operations.core.values import NOWHERE, Span

HEAD: Final = "---\ndas: 1\nspace: example\ninput: "
"""What the examples of problems begin with, up to the shape of the input."""


@frozen(kw_only=True)
class Problem(ABC):
    """Something wrong with a text. The class's docstring explains the code; `example` is a text that provokes it."""

    code: ClassVar[str]
    severity: ClassVar[str] = "error"
    example: ClassVar[str]

    span: Span = NOWHERE
    notes: tuple[str, ...] = ()
    """What else leads to it: the use of a block in which it arises."""

    @abstractmethod
    def message(self) -> str:
        """What is wrong: lower case, no full stop."""

    @abstractmethod
    def help(self) -> str:
        """What to do about it."""


CATALOGUE: dict[str, type[Problem]] = {}

P = TypeVar("P", bound=Problem)


def catalogued(problem: type[P]) -> type[P]:
    """Enter a class of problems in the catalogue under its code (the code's only definition)."""
    if problem.code in CATALOGUE and CATALOGUE[problem.code].__qualname__ != problem.__qualname__:
        raise ValueError(f"two problems have the code {problem.code}")
    CATALOGUE[problem.code] = problem
    return problem


class Refused(Exception):
    """Raised by an operation that does not fit its input: `field` names the field to point at ("" for the word)."""

    def __init__(self, problem: Problem, field: str = "") -> None:
        super().__init__(problem.message())
        self.problem = problem
        self.field = field
