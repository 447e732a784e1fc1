"""Merges a statement without its block: label, words, fields and the comment beside it, each by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from dasdsl.frozen import frozen
from dasdsl.language.merging.threeway import Both, three_way
from dasdsl.language.printer import head
from dasdsl.language.space import Comments, Statement
from dasdsl.language.words import fields_of
from dasdsl.language.written import spell
from dasdsl.operations.core.values import Written

T = TypeVar("T", str, str | None, Written | None)

Field = tuple[str, Written]
Fields = tuple[Field, ...]

NEW: Final = object()
"""What a statement was before that both sides added: unlike anything."""


@frozen(slots=True)
class Dispute:
    """What both sides changed ("" for the whole statement), and how it reads on both ("" where it is not there)."""

    what: str
    a: str
    b: str


@dataclass
class Heading:
    """A statement on both sides, and what it was; None where both sides added it."""

    base: Statement | None
    a: Statement
    b: Statement
    disputes: list[Dispute] = field(default_factory=list[Dispute])

    def merged(self) -> tuple[Statement, Statement]:
        """The statement as each side would have it, without its block; both are equal where nothing is disputed."""
        was, a, b = self.base, self.a, self.b
        labels = self.pick("label", was.label if was else NEW, a.label, b.label)
        worded = self.worded()
        comments = self.pick("comment", was.comments.beside if was else NEW, a.comments.beside, b.comments.beside)
        one, other = (
            Statement(words, fields, label, comments=Comments(beside=comment))
            for (words, fields), label, comment in zip(worded, labels, comments, strict=True)
        )
        return one, other

    def pick(self, what: str, base: object, a: T, b: T) -> tuple[T, T]:
        """What both sides have in the end; noted where they have different things."""
        found = three_way(base, a, b)
        if not isinstance(found, Both):
            chosen = a if found == a else b
            return chosen, chosen
        self.disputes.append(Dispute(what, _text(a), _text(b)))
        return a, b

    def worded(self) -> tuple[tuple[str, Fields], tuple[str, Fields]]:
        """The words and fields of both sides; with other words, fields mean something else."""
        was, a, b = self.base, self.a, self.b
        if a.words == b.words:
            one, other = self.fields()
            return (a.words, one), (b.words, other)
        for changed, kept in ((a, b), (b, a)):
            if was is not None and (kept.words, kept.fields) == (was.words, was.fields):
                return (changed.words, changed.fields), (changed.words, changed.fields)
        self.disputes.append(Dispute("", head(a), head(b)))
        return (a.words, a.fields), (b.words, b.fields)

    def fields(self) -> tuple[Fields, Fields]:
        """The fields of both sides, in the order of the table."""
        was = self.base if self.base is not None and self.base.words == self.a.words else None
        one: list[Field] = []
        other: list[Field] = []
        for spec in fields_of(self.a.words):
            before = NEW if was is None else was.get(spec.name)
            values = self.pick(spec.name, before, self.a.get(spec.name), self.b.get(spec.name))
            for fields, value in zip((one, other), values, strict=True):
                fields.extend([] if value is None else [(spec.name, value)])
        return tuple(one), tuple(other)


def _text(value: str | Written | None) -> str:
    """A label, a comment or a value as it reads."""
    return value or "" if value is None or isinstance(value, str) else spell(value)
