"""From lines to statements: labels, blocks and what may stand where."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from dasdsl.frozen import frozen
from dasdsl.language import errors, limits
from dasdsl.language.blocks import Blocks
from dasdsl.language.clauses import bind_clause
from dasdsl.language.collecting import Problems
from dasdsl.language.layout import Node
from dasdsl.language.space import Comments, Statement
from dasdsl.language.syntax import Clause, Line, Word
from dasdsl.language.words import CALLED, DEFINITIONS, opens
from dasdsl.language.written import spell
from dasdsl.operations.core.operation import registry
from dasdsl.operations.core.values import Name


@dataclass(slots=True)
class Place:
    """The body that a statement stands in: of what, and the lines of the labels in it and around it."""

    within: str = ""
    labels: dict[str, int] = field(default_factory=dict[str, int])
    around: ChainMap[str, int] = field(default_factory=ChainMap[str, int])

    def inside(self, words: str) -> Place:
        """The body of a statement in this one; a block sees none of the labels around it."""
        return Place(words, {}, ChainMap() if words in DEFINITIONS else ChainMap(self.labels, *self.around.maps))


@frozen(slots=True)
class Binding:
    """Looks up the words of a whole file; `defined` are the names of its header."""

    problems: Problems
    defined: Collection[str] = ()
    blocks: Blocks = field(default_factory=Blocks)

    def bind(self, nodes: Iterable[Node], place: Place | None = None) -> Iterator[Statement]:
        """The statements of one body; lines with problems are left out, each problem noted."""
        place = place or Place()
        for node in nodes:
            if node.line is None:
                yield from self.bind(node.body, place)
                continue
            statement = self.statement(node.line, place)
            if statement is None:
                continue
            comments = Comments(node.above, node.code.comment, node.below)
            if statement.words in DEFINITIONS:
                with self.blocks.entered(statement, place.within, self.defined, self.problems):
                    body = self.body(node, node.line, statement, place)
            else:
                body = self.body(node, node.line, statement, place)
            plain = not body and comments == statement.comments
            yield statement if plain else replace(statement, body=body, comments=comments)

    def body(self, node: Node, line: Line, statement: Statement, place: Place) -> tuple[Statement, ...]:
        """What stands in the block of a statement: below it, or behind its `:`."""
        paths = opens(statement.words) == "paths"
        if not paths and not node.body and line.inner is None:
            return ()
        inside = place.inside(statement.words)
        below = tuple(self.bind(node.body, inside))
        inner = None if line.inner is None else self.statement(Line(line.inner), inside)
        body = below if inner is None else (*below, inner)
        least = registry()[statement.words].least_paths if paths else 0
        if len(body) < least and len(body) == len(node.body) + (line.inner is not None):
            self.problems.add(errors.binding.TooFewPaths(span=statement.span, statement=statement.words, least=least))
        return body

    def statement(self, line: Line, place: Place) -> Statement | None:
        """A line with its label, without its block; None where it is wrong as a whole."""
        label = self.label(line.clause, place)
        statement = bind_clause(line.clause, self.problems, self.blocks.sizes)
        if statement is None or not self.stands(statement, line, place.within):
            return None
        if not self.blocks.known(statement, self.problems):
            return None
        if statement.words in DEFINITIONS and line.clause.label is not None and label is not None:
            remedy = "delete it: a block is used by its own name"
            why = "cannot stand before the definition of a block"
            self.problems.add(errors.binding.BadLabel(span=line.clause.label.span, label=label, why=why, remedy=remedy))
        return statement if label is None else replace(statement, label=label)

    def stands(self, statement: Statement, line: Line, within: str) -> bool:
        """Whether a statement may stand here with the block that it has, or has not."""
        expected = opens(statement.words)
        if line.colon is not None and not expected:
            self.problems.add(errors.binding.OpensNoBlock(span=line.colon, statement=spelt(statement)))
            return False
        if line.colon is None and expected:
            paths = expected == "paths"
            self.problems.add(errors.binding.NeedsBlock(span=statement.span, statement=statement.words, paths=paths))
            return False
        paths = within != "" and opens(within) == "paths"
        if paths != (statement.words == "path"):
            self.problems.add(errors.binding.WrongPlace(span=statement.span, statement=spelt(statement), within=within))
            return False
        return True

    def label(self, clause: Clause, place: Place) -> str | None:
        """The label, which must be new in its body and those around it."""
        match clause.label:
            case None:
                return None
            case Word(text=text, span=span):
                self.problems.add(errors.binding.BadLabel(span=span, label=text, why="is a word of the language"))
                return None
            case Name(name=name, span=span):
                line = place.labels.get(name, place.around.get(name))
                if len(name) > limits.NAME:
                    why = f"has {len(name)} characters"
                    self.problems.add(errors.binding.BadLabel(span=span, label=f"{name[:20]}…", why=why))
                elif line is not None:
                    self.problems.add(errors.binding.RepeatedLabel(span=span, label=name, line=line))
                place.labels.setdefault(name, span.line)
                return name


def spelt(statement: Statement) -> str:
    """The words of a statement, or the use of a block, as a message shows them."""
    return spell(called) if (called := statement.get(CALLED.name)) else statement.words
