"""Makes blocks out of indentation, and finds each comment and blank line its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from dasdsl.language import errors, limits
from dasdsl.language.collecting import Problems
from dasdsl.language.grammar import parsed_line
from dasdsl.language.lines import CodeLine
from dasdsl.language.syntax import Line, Mover, moved
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Span


@dataclass(slots=True)
class Node:
    """A line with the lines of its block. `line` is None where it does not parse."""

    line: Line | None
    code: CodeLine
    above: tuple[str, ...] = ()
    body: list[Node] = field(default_factory=list["Node"])
    below: tuple[str, ...] = ()
    """Comments and blank lines at the end of its block."""

    @property
    def opens(self) -> bool:
        """Whether lines may stand below it, indented."""
        return self.line is None or (self.line.colon is not None and self.line.inner is None)


ROOT: Final = CodeLine(0, -1, ":", "")


class Layout:
    """Walks over the lines of a body; `open` are the nodes whose blocks are open, each with its indentation."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.root = Node(None, ROOT)
        self.open: list[tuple[Node, int]] = [(self.root, 0)]
        self.pending: list[tuple[int, str]] = []
        self.last: Node | None = None
        self.statements = 0

    def nodes(self, lines: Iterable[CodeLine]) -> Iterator[Node]:
        """The top level, each node as soon as its block is complete: a file full of errors is not read to its end."""
        for line in lines:
            self.take(line)
            if len(self.root.body) > 1:
                yield self.root.body.pop(0)
        self.close()
        yield from self.root.body

    @property
    def below(self) -> tuple[str, ...]:
        """The comments and blank lines behind everything."""
        return self.root.below

    def take(self, line: CodeLine) -> None:
        """One more line."""
        if not line.code:
            self.pending.append((line.indent, line.comment))
            return
        self.count(line)
        self.descend(line)
        node = Node(self.parse(line), line, tuple(text for _, text in self.pending))
        self.pending.clear()
        self.open[-1][0].body.append(node)
        self.last = node

    def count(self, line: CodeLine) -> None:
        """Stop at the limit."""
        self.statements += 1
        if self.statements == limits.STATEMENTS + 1:
            self.problems.stop(errors.text.TooManyStatements(span=span_of(line)))

    def descend(self, line: CodeLine) -> None:
        """Open the block that begins with this line, or close those that end before it."""
        level = self.open[-1][1]
        if line.indent > level and self.last is not None and self.last.opens:
            self.enter(line)
        elif line.indent > level:
            self.misplaced(line, errors.text.UnexpectedIndent(span=margin_of(line)))
        elif line.indent < level:
            self.leave(line.indent)
            if line.indent != self.open[-1][1]:
                columns = tuple(indent + 1 for _, indent in self.open)
                self.misplaced(line, errors.text.BadDedent(span=margin_of(line), columns=columns))
        if self.last is not None and self.last.opens and self.open[-1][0] is not self.last and not self.last.body:
            self.report_empty(self.last)

    def misplaced(self, line: CodeLine, problem: Problem) -> None:
        """Note a wrong indentation once: the lines that share it are taken to belong where this one does."""
        if not line.broken:
            self.problems.add(problem)
        self.open.append((self.open[-1][0], line.indent))

    def enter(self, line: CodeLine) -> None:
        """Open the last line's block."""
        assert self.last is not None
        if len(self.open) == limits.NESTING + 1:
            self.problems.stop(errors.text.TooDeep(span=margin_of(line), what="blocks"))
        self.open.append((self.last, line.indent))

    def leave(self, indent: int) -> None:
        """Close the blocks that are deeper than this, and give them the comments that are."""
        deeper = [place for place, (column, text) in enumerate(self.pending) if text and column > indent]
        if deeper:
            count = deeper[-1] + 1
            column = self.pending[deeper[-1]][0]
            fitting = [node for node, level in self.open if level <= column]
            fitting[-1].below = (*fitting[-1].below, *(text for _, text in self.pending[:count]))
            del self.pending[:count]
        while len(self.open) > 1 and self.open[-1][1] > indent:
            self.open.pop()

    def parse(self, line: CodeLine) -> Line | None:
        """The line's tree, or None with its problem noted."""
        if line.broken:
            return None
        found = parsed_line(line.code)
        if isinstance(found, Problem):
            span = Mover(line.number, line.indent).span(found.span)
            self.problems.add(replace(found, span=span))
            return None
        return moved(found, line.number, line.indent)

    def report_empty(self, node: Node) -> None:
        """A block without statements, unless something else is wrong with its line."""
        if node.line is not None:
            assert node.line.colon is not None
            self.problems.add(errors.text.EmptyBlock(span=node.line.colon))

    def close(self) -> None:
        """The end of the text: blank lines at the very end are dropped."""
        while self.pending and not self.pending[-1][1]:
            self.pending.pop()
        if self.last is not None and self.last.opens and not self.last.body:
            self.report_empty(self.last)
        self.leave(0)
        self.root.below = (*self.root.below, *(text for _, text in self.pending))


def margin_of(line: CodeLine) -> Span:
    """The place of a line's indentation, or of its first character where there is none."""
    return Span(line.number, 1, line.indent + 1) if line.indent else Span(line.number, 1, 2)


def span_of(line: CodeLine) -> Span:
    """The place of a line's code."""
    return Span(line.number, line.indent + 1, line.indent + len(line.code) + 1)
