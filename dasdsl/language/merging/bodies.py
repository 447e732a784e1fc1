"""Merges the statements of a body, with their blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from dasdsl.frozen import frozen
from dasdsl.language.alignment.pieces import Match
from dasdsl.language.alignment.statements import Matches, align
from dasdsl.language.blocks import head_of
from dasdsl.language.merging.conflicts import Conflict, Side
from dasdsl.language.merging.edits import Body, Edits, Gap, gaps
from dasdsl.language.merging.headings import Heading
from dasdsl.language.merging.threeway import Both, Lines, Text, merged_lines
from dasdsl.language.naming import names, stem
from dasdsl.language.printer import body as printed
from dasdsl.language.space import Comments, Statement


@frozen(slots=True)
class Split:
    """Statements of which each side has others."""

    a: Body
    b: Body


@frozen(slots=True)
class Joined:
    """A statement of both sides as each would have its line, the comments around it, and what stands in its block."""

    a: Statement
    b: Statement
    above: Lines
    below: Lines
    body: tuple[Merged, ...]


Merged = Statement | Joined | Split


@dataclass
class Bodies:
    """Merges what two sides did to the statements of a base; conflicts are kept."""

    a: Edits
    b: Edits
    conflicts: list[Conflict] = field(default_factory=list[Conflict])

    def merged(self, base: Body) -> tuple[Merged, ...]:
        """The whole body."""
        return self.body(base, (self.a.matches, self.b.matches), "")

    def body(self, base: Body, sides: tuple[Matches, Matches], prefix: str) -> tuple[Merged, ...]:
        """One body; the names of its statements begin with `prefix`."""
        called = [prefix + name for name in _called(base)]
        out: list[Merged] = []
        for index, (mine, theirs) in enumerate(zip(*map(gaps, sides), strict=True)):
            place = f"before {called[index]}" if index < len(base) else f"after {called[-1]}" if called else prefix
            out += self.new(mine.new, theirs.new, place.rstrip(".") or "body")
            if index < len(base):
                out += self.kept(base[index], mine, theirs, called[index])
        return tuple(out)

    # ---- statements of the base --------------------------------------------------------------------------------------

    def kept(self, base: Statement, mine: Gap, theirs: Gap, name: str) -> tuple[Merged, ...]:
        """A statement of the base; nothing where one side took it away and the other left it as it was."""
        a, b = mine.statement, theirs.statement
        if a is not None and b is not None:
            return (self.joined(base, a, b, (mine.body, theirs.body), name),)
        side = a or b
        if side is None or text_of(side) == text_of(base):
            return ()
        return (self.split(name, _body(a), _body(b)),)

    def joined(
        self, base: Statement | None, a: Statement, b: Statement, inside: tuple[Matches, Matches], name: str
    ) -> Merged:
        """A statement that is on both sides; `base` is None for one that both added."""
        heading = Heading(base, a, b)
        one, other = heading.merged()
        if a.body and any(dispute.what == "" for dispute in heading.disputes):
            return self.split(name, (a,), (b,))
        for dispute in heading.disputes:
            sides = Side(dispute.a, a.span.line), Side(dispute.b, b.span.line)
            self.conflicts.append(Conflict(name, dispute.what, *sides))
        was = Comments() if base is None else base.comments
        above = self.comments(name, was.above, a.comments.above, b.comments.above)
        below = self.comments(name, was.below, a.comments.below, b.comments.below)
        return Joined(one, other, above, below, self.body(base.body if base else (), inside, f"{name}."))

    def comments(self, name: str, base: Text, a: Text, b: Text) -> Lines:
        """The comments around a statement."""
        found = merged_lines(base, a, b)
        for line in found:
            if isinstance(line, Both):
                self.conflicts.append(Conflict(name, "comment", Side(" ".join(line.a)), Side(" ".join(line.b))))
        return found

    def split(self, place: str, a: Body, b: Body) -> Split:
        """Statements of which each side has others."""
        sides = (Side("\n".join(printed(body, "")), body[0].span.line if body else None) for body in (a, b))
        self.conflicts.append(Conflict(place, "", *sides))
        return Split(a, b)

    # ---- statements that are new -------------------------------------------------------------------------------------

    def new(self, a: Body, b: Body, place: str) -> Iterator[Merged]:
        """What both sides put at one place: once where it is the same."""
        for statement in a:
            if self.disputed(statement, self.a, self.b, b):
                yield self.split(place, (statement,), ())
        for statement in b:
            if self.disputed(statement, self.b, self.a, a):
                yield self.split(place, (), (statement,))
        mine = tuple(one for one in a if not self.disputed(one, self.a, self.b, b))
        theirs = tuple(one for one in b if not self.disputed(one, self.b, self.a, a))
        for matched, group in groupby(align(mine, theirs), lambda match: match.a is not None and match.b is not None):
            found = list(group)
            yield from self.twice(found, place) if matched else self.beside(found, place)

    def disputed(self, statement: Statement, mine: Edits, theirs: Edits, others: Body) -> bool:
        """Whether one side moved a statement here that the other took away, or moved to another place."""
        text = text_of(statement)
        return mine.moved.get(id(statement)) in theirs.removed and all(text_of(other) != text for other in others)

    def twice(self, matches: list[Match[Statement]], place: str) -> Iterator[Merged]:
        """Statements that both sides added."""
        for match in matches:
            assert match.a is not None
            assert match.b is not None
            a, b = match.a, match.b
            if text_of(a) == text_of(b):
                yield a
            else:
                yield self.joined(None, a, b, (_new(a.body), _new(b.body)), f"{_both(a, b)} {place}".strip())

    def beside(self, matches: list[Match[Statement]], place: str) -> Iterator[Merged]:
        """Statements that only one side added; which of them come first, nobody knows where both did."""
        a = tuple(match.a for match in matches if match.a is not None)
        b = tuple(match.b for match in matches if match.b is not None)
        if a and b:
            yield self.split(place, a, b)
        else:
            yield from a or b


def text_of(statement: Statement) -> str:
    """All the text of a statement, its comments too."""
    return "\n".join(printed((statement,), ""))


def _both(a: Statement, b: Statement) -> str:
    """What two statements are called alike."""
    one, other = (statement.label or stem(statement) for statement in (a, b))
    return one if one == other else ""


def _called(body: Body) -> list[str]:
    """What statements are called in messages: the definition of a block after the block."""
    heads = map(head_of, body)
    return [name if head is None else f"block {head.name}" for name, head in zip(names(body), heads, strict=True)]


def _body(statement: Statement | None) -> Body:
    return () if statement is None else (statement,)


def _new(body: Body) -> Matches:
    """Statements that were not there before."""
    return tuple(Match(None, statement) for statement in body)
