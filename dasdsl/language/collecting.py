"""Collects problems, so that all those of a file are shown at once, and bounds their number."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from dasdsl.language import errors, limits
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import NOWHERE, Span


class Enough(Exception):
    """Raised where so many problems were found that reading on is no help."""


class Problems:
    """The problems of one text."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, problem: Problem, span: Span | None = None) -> None:
        """Note a problem, at a place where it does not know its own.

        Raises: Enough, at the limit.
        """
        if span is not None and problem.span == NOWHERE:
            problem = replace(problem, span=span)
        if len(self._found) == limits.ERRORS:
            self._found.append(errors.text.TooManyErrors(span=problem.span))
            raise Enough
        self._found.append(problem)

    def stop(self, problem: Problem) -> NoReturn:
        """Note a problem that makes the rest not worth reading.

        Raises: Enough.
        """
        self.add(problem)
        raise Enough

    def __len__(self) -> int:
        return len(self._found)

    def sorted(self) -> list[Problem]:
        """The problems in the order of the text."""
        return sorted(self._found, key=lambda problem: (problem.span.line, problem.span.column))
