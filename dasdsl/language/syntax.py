"""What the grammar makes of one line, before anything is looked up."""

from __future__ import annotations

from typing import assert_never

from dasdsl.frozen import frozen
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Bracket,
    Call,
    Choice,
    Dims,
    Expression,
    Group,
    Name,
    Number,
    Parenthesised,
    Range,
    Span,
    Written,
)


@frozen(slots=True)
class Word:
    """A word of the language: of a statement, of a field, or one that stands as a value."""

    text: str
    span: Span


Item = Word | Written


@frozen(slots=True)
class Clause:
    """A statement or the header of a block: an optional label, then words and values."""

    label: Word | Name | None
    items: tuple[Item, ...]


@frozen(slots=True)
class Line:
    """One line: a clause, the place of its `:` where it opens a block, and the statement behind that."""

    clause: Clause
    colon: Span | None = None
    inner: Clause | None = None


def moved(line: Line, number: int, columns: int) -> Line:
    """The line at its place in the file: equal lines are parsed once, wherever they stand."""
    mover = Mover(number, columns)
    return Line(
        mover.clause(line.clause),
        None if line.colon is None else mover.span(line.colon),
        None if line.inner is None else mover.clause(line.inner),
    )


@frozen(slots=True)
class Mover:
    """Moves trees from line 0, columns from 1, to the place where the text stands."""

    number: int
    columns: int

    def span(self, span: Span) -> Span:
        """A place."""
        return Span(self.number, span.column + self.columns, span.end_column + self.columns)

    def clause(self, clause: Clause) -> Clause:
        """A clause with all its items."""
        label = None if clause.label is None else self.word(clause.label)
        return Clause(label, tuple(self.item(item) for item in clause.items))

    def word(self, word: Word | Name) -> Word | Name:
        """A word or a name."""
        span = self.span(word.span)
        return Word(word.text, span) if isinstance(word, Word) else Name(word.name, span)

    def item(self, item: Item) -> Item:
        """A word or a value."""
        return Word(item.text, self.span(item.span)) if isinstance(item, Word) else self.written(item)

    def written(self, value: Written) -> Written:
        """A value."""
        span = self.span(value.span)
        match value:
            case AtMost(limit=limit):
                return AtMost(self.expression(limit), span)
            case Choice() | Number() | Name() | Binary() | Parenthesised():
                return self.side(value)
            case Dims(sides=sides):
                return Dims(tuple(self.side(side) for side in sides), span)
            case Bracket(groups=groups):
                return Bracket(tuple(Group(g.inputs, g.outputs, self.span(g.span)) for g in groups), span)
            case Call(name=name, arguments=arguments):
                return Call(name, tuple(self.side(argument) for argument in arguments), span)
            case _:
                assert_never(value)

    def side(self, side: Expression | Choice) -> Expression | Choice:
        """A side of dimensions."""
        if isinstance(side, Choice):
            return Choice(tuple(self.option(option) for option in side.options), self.span(side.span))
        return self.expression(side)

    def option(self, option: Expression | Range | Dims) -> Expression | Range | Dims:
        """An option of a choice."""
        match option:
            case Range(first=first, last=last, step=step):
                moved_step = None if step is None else self.expression(step)
                return Range(self.expression(first), self.expression(last), moved_step, self.span(option.span))
            case Dims(sides=sides):
                return Dims(tuple(self.side(side) for side in sides), self.span(option.span))
            case expression:
                return self.expression(expression)

    def expression(self, expression: Expression) -> Expression:
        """An expression."""
        span = self.span(expression.span)
        match expression:
            case Number(value=value, text=text):
                return Number(value, text, span)
            case Name(name=name):
                return Name(name, span)
            case Binary(operator=operator, left=left, right=right):
                return Binary(operator, self.expression(left), self.expression(right), span)
            case Parenthesised(inner=inner):
                return Parenthesised(self.expression(inner), span)
            case _:
                assert_never(expression)
