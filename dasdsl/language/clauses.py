"""From the items of one line to a statement with its fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from dasdsl.language import errors, limits
from dasdsl.language.blocks import mended_head
from dasdsl.language.closed import forms
from dasdsl.language.collecting import Problems
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Statement
from dasdsl.language.suggest import did_you_mean, listed, nearest
from dasdsl.language.syntax import Clause, Item, Word
from dasdsl.language.words import (
    DEFINITIONS,
    USE,
    called_elsewhere,
    field_words,
    fields_of,
    kinds,
    opens,
    statements,
    words_of,
)
from dasdsl.language.written import spell
from dasdsl.operations.core.fields import REQUIRED, Field, Kind
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Binary, Call, Name, Number, Parenthesised, Span, Written


def bind_clause(clause: Clause, problems: Problems, blocks: Collection[str] = ()) -> Statement | None:
    """A statement without its label; None where its words are unknown. `blocks` are those that can be used."""
    try:
        words, count = words_at(clause.items, blocks)
    except Refused as refused:
        problems.add(refused.problem)
        return None
    span = clause.items[0].span.to(clause.items[max(count - 1, 0)].span)
    items = clause.items[count:]
    if words in DEFINITIONS:
        items, problem = mended_head(items)
        if problem is not None:
            problems.add(problem)
    binder = _Binder(words, span, items)
    binder.walk()
    for problem in binder.problems[: limits.ERRORS_OF_A_LINE]:
        problems.add(problem)
    return Statement(words, binder.fields(), None, (), span, tuple(binder.places.items()))


def words_at(items: tuple[Item, ...], blocks: Collection[str] = ()) -> tuple[str, int]:
    """The longest words that name a statement, and how many items they are.

    The use of a block has none. Raises: Refused E050, E051.
    """
    first, second = items[0], items[1] if len(items) > 1 else None
    if isinstance(first, Call):
        return USE, 0
    if not isinstance(first, Word):
        raise Refused(unknown(first, items, blocks))
    if isinstance(second, Word) and f"{first.text} {second.text}" in statements():
        return f"{first.text} {second.text}", 2
    if first.text in statements():
        return first.text, 1
    if kinds(first.text):
        raise Refused(unknown_kind(first, second))
    raise Refused(unknown(first, items, blocks))


def unknown_kind(first: Word, second: Item | None) -> Problem:
    """A first word whose second is missing or misspelt."""
    choices = f"write `{first.text}` with one of {listed(kinds(first.text))}"
    match second:
        case Word(text=text, span=span) | Name(name=text, span=span):
            remedy = did_you_mean(text, kinds(first.text), choices)
            return errors.binding.UnknownKind(span=span, word=first.text, second=text, remedy=remedy)
        case _:
            return errors.binding.UnknownKind(span=first.span, word=first.text, second="", remedy=choices)


def unknown(first: Item, items: tuple[Item, ...], blocks: Collection[str]) -> Problem:
    """A statement that begins with no statement's word."""
    match first:
        case Word(text=text) | Name(name=text):
            pass
        case value:
            text = spell(value)
    starts = sorted({words.split()[0] for words in statements()})
    otherwise = f"the statements are {listed(starts)}"
    if isinstance(first, Word) and first.text in field_words():
        otherwise = owned(text) or otherwise
    elif len(items) > 1 and isinstance(items[1], Parenthesised) and isinstance(first, Name):
        otherwise = f"a call has no space before `(`: `{text}{spell(items[1])}`"
    elif text in blocks:
        remedy = f"`{text}` is a block, which is used with parentheses: `{text}(…)`"
        return errors.binding.UnknownStatement(span=first.span, text=text, remedy=remedy)
    meant = called_elsewhere(text)
    remedy = f"did you mean `{meant}`?" if meant else did_you_mean(text, starts, otherwise)
    return errors.binding.UnknownStatement(span=first.span, text=text, remedy=remedy)


def owned(text: str) -> str | None:
    """Whose field it is, where it is one."""
    owners = [words for words, fields in statements().items() if any(f.name == text and f.keyword for f in fields)]
    return f"`{text}` is a field of {listed(owners[:6])}" if owners else None


@dataclass(slots=True)
class _Binder:
    """Walks over the items behind a statement's words."""

    words: str
    span: Span
    items: tuple[Item, ...]
    values: dict[str, Written] = field(default_factory=dict[str, Written])
    places: dict[str, Span] = field(default_factory=dict[str, Span])
    problems: list[Problem] = field(default_factory=list[Problem])
    near: set[str] = field(default_factory=set[str])
    """Fields that a misspelt word is likely to stand for, or that lack their value: they do not count as missing."""
    at: int = 0
    last: dict[str, int] = field(init=False)
    """Where each word stands for the last time: a line may be long, and each of its items asks what is behind it."""

    def __post_init__(self) -> None:
        self.last = {item.text: at for at, item in enumerate(self.items) if isinstance(item, Word)}

    @property
    def table(self) -> tuple[Field, ...]:
        return fields_of(self.words)

    def walk(self) -> None:
        """Take all items."""
        for one in self.table:
            if not one.keyword and self.at < len(self.items) and self.fits(self.items[self.at], one):
                self.take(one)
        keywords = {one.name: one for one in self.table if one.keyword}
        while self.at < len(self.items):
            item = self.items[self.at]
            one = keywords.get(item.text) if isinstance(item, Word) else None
            if one is None:
                self.stray(item, keywords)
            else:
                self.at += 1
                self.valued(item, one)
        self.missing()

    def fits(self, item: Item, one: Field) -> bool:
        """Whether an item may be the value of a field: a word only where the field has it."""
        return item.text in words_of(one) if isinstance(item, Word) else not self.misspelt(item)

    def misspelt(self, item: Written) -> bool:
        """Whether a value is a field's misspelt word rather than a value: another value follows it."""
        following = self.items[self.at + 1] if self.at + 1 < len(self.items) else None
        return isinstance(item, Name) and following is not None and not isinstance(following, Word)

    def take(self, one: Field) -> None:
        """The next item is the value of this field."""
        item = self.items[self.at]
        self.at += 1
        if one.name in self.values:
            self.problems.append(errors.binding.RepeatedField(span=item.span, field=one.name))
            return
        self.values[one.name] = Name(item.text, item.span) if isinstance(item, Word) else item
        self.places[one.name] = item.span

    def valued(self, word: Item, one: Field) -> None:
        """The value behind a field's word."""
        if one.is_flag:
            self.at -= 1
            self.take(one)
        elif self.at < len(self.items) and self.fits(self.items[self.at], one):
            if one.name in self.values:
                self.problems.append(errors.binding.RepeatedField(span=word.span, field=one.name))
                self.at += 1
            else:
                self.take(one)
        else:
            self.near.add(one.name)
            self.problems.append(errors.binding.MissingValue(span=word.span, field=one.name, forms=forms(one)))

    def stray(self, item: Item, keywords: dict[str, Field]) -> None:
        """An item that no field takes: most likely the field's word is misspelt."""
        self.at += 1
        text = leading(item)
        if text is None:
            self.unexpected(item)
            return
        guess = next((one.name for one in keywords.values() if one.is_called(text)), None) or nearest(text, keywords)
        self.near |= {guess} if guess else set[str]()
        remedy = f"did you mean `{guess}`?" if guess else self.instead(text, keywords)
        span = Span(item.span.line, item.span.column, item.span.column + len(text))
        self.problems.append(errors.binding.UnknownField(span=span, text=text, statement=self.words, remedy=remedy))
        while self.at < len(self.items) and not isinstance(self.items[self.at], Word | Name):
            self.at += 1

    def instead(self, text: str, keywords: dict[str, Field]) -> str:
        """What to write where no field of the statement is meant."""
        before = self.items[self.at - 2] if self.at > 1 else None
        if isinstance(before, Word) and before.text in keywords and keywords[before.text].is_flag:
            return f"`{before.text}` takes no value: it is written, or left out"
        if text[0] == "x" and text[1:].isdigit():
            return f"write `3x{text[1:]}` or `3 x {text[1:]}`"
        if not keywords and opens(self.words):
            return "what stands in its block comes behind a `:`, or below it, indented"
        fields = f"its fields are {listed(keywords)}" if keywords else "it has no fields"
        owners = owned(text)
        return fields if owners is None else f"{fields}; {owners}"

    def unexpected(self, item: Item) -> None:
        """A value without a word before it: most likely it is that of a field that has to be there."""
        takes = [one.name for one in self.table if one.keyword and one.name not in self.values]
        remedy = f"say which field it is: {listed(takes)}" if takes else "delete it"
        text = item.text if isinstance(item, Word) else spell(item)
        guess = None if isinstance(item, Word) else self.wanted(item)
        if guess is not None:
            self.near.add(guess.name)
            remedy = f"did you mean `{guess.name} {text}`?"
        called = self.values.get("block")
        name = f"{called.name}()" if isinstance(called, Call) else self.words
        self.problems.append(
            errors.binding.UnexpectedValue(span=item.span, written=text, statement=name, remedy=remedy)
        )

    def lacking(self) -> Iterator[Field]:
        """Required fields that are not there, nor meant by what is."""
        for one in self.table:
            if one.default is REQUIRED and one.name not in self.values and one.name not in self.near:
                yield one

    def wanted(self, item: Written) -> Field | None:
        """The required field that a value without a word is likely to be that of."""
        # a number alone is sooner how many channels there are than the side of a filter
        for one in sorted(self.lacking(), key=lambda one: isinstance(item, Number) and one.kind is Kind.FILTERS):
            if one.keyword and self.last.get(one.name, -1) < self.at:
                with suppress(Refused):
                    resolve(item, one, {})
                    return one
        return None

    def missing(self) -> None:
        """Required fields that are not there."""
        for one in self.lacking():
            name, sample = one.name if one.keyword else "", sample_of(self.words)
            self.problems.append(
                errors.binding.MissingField(span=self.span, statement=self.words, field=name, sample=sample)
            )

    def fields(self) -> tuple[tuple[str, Written], ...]:
        """The values in the order of the table, without those that only say what is so anyway."""
        kept = ((one, self.values[one.name]) for one in self.table if one.name in self.values)
        return tuple((one.name, value) for one, value in kept if not is_default(value, one))


def leading(item: Item) -> str | None:
    """The word that an item begins with: `chanels` of `chanels - 4`."""
    match item:
        case Word(text=text) | Name(name=text) | Call(name=text):
            return text
        case Binary(left=left):
            return leading(left)
        case _:
            return None


def is_default(value: Written, one: Field) -> bool:
    """Whether a value without names is the field's default."""
    if one.default is REQUIRED or not is_plain(value, words_of(one)):
        return False
    try:
        return resolve(value, one, {}) == one.default
    except Refused:
        return False


def is_plain(value: Written, words: tuple[str, ...]) -> bool:
    """Whether a value has neither names nor anything open: nothing else is a default."""
    match value:
        case Number():
            return True
        case Name(name=name):
            return name in words
        case Binary(left=left, right=right):
            return is_plain(left, ()) and is_plain(right, ())
        case Parenthesised(inner=inner):
            return is_plain(inner, ())
        case _:
            return False


SAMPLES: Final = {"block": "block body(c):", "shared block": "shared block cell(c):", "path": "path: relu"}
"""Complete statements of those that are no operations."""


def sample_of(words: str) -> str:
    """A statement that is complete."""
    from dasdsl.operations.core.operation import registry

    return SAMPLES[words] if words in SAMPLES else registry()[words].example.split("\n")[0]
