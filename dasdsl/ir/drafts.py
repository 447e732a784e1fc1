"""Closed statements on their way to text, before it is known which repeats and blocks come back.

A draft knows what its statement says now and what the source said, so that the copies of a block, which differ by its
arguments, are found to be equal again (language: a discovered architecture).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace

from dasdsl.frozen import frozen
from dasdsl.language.arithmetic import Names, evaluate
from dasdsl.language.clauses import is_default
from dasdsl.language.mentions import names_in
from dasdsl.language.resolve import resolve
from dasdsl.language.space import Statement
from dasdsl.language.words import USE, fields_of
from dasdsl.language.writing import written
from dasdsl.operations.core.fields import Field, Missing
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Call,
    Choice,
    Dims,
    Expression,
    Name,
    Number,
    Parenthesised,
    Resolved,
    Written,
)

SPLICE = ""
"""The words of a draft whose body stands in its place."""


@frozen
class Draft:
    """A closed statement.

    `values` are its fields that are not at their default, `said` what the source said, under the `names` that were
    known there (all of them numbers now). `fields` are what is printed; they mention parameters where all copies agree.
    `call` is the use of a block, whose body is the draft's; `values` are then the numbers of its parameters, and the
    arguments are closed once it is `united` with the same use in other copies.
    """

    words: str
    label: str | None
    values: Mapping[str, Resolved] = field(default_factory=dict[str, Resolved])
    fields: Mapping[str, Written] = field(default_factory=dict[str, Written])
    said: Mapping[str, Written] = field(default_factory=dict[str, Written])
    names: Names = field(default_factory=dict[str, int])
    call: Call | None = None
    united: bool = False
    body: tuple[Draft, ...] = ()

    @property
    def block(self) -> str | None:
        """The name of the block that it uses."""
        return None if self.call is None else self.call.name


def use_of(call: Call, label: str | None, numbers: Mapping[str, int], names: Names, body: tuple[Draft, ...]) -> Draft:
    """The draft of the use of a block, whose parameters are these numbers."""
    return Draft(USE, label, dict(numbers), names=names, call=call, body=body)


def draft_of(
    words: str, source: Statement, values: Mapping[str, Resolved], names: Names, body: tuple[Draft, ...]
) -> Draft:
    """The draft of a closed operation; values that are the default are dropped."""
    table = {spec.name: spec for spec in fields_of(words)}
    kept = {name: value for name, value in values.items() if value != table[name].default}
    fields = {name: written(value, table[name]) for name, value in kept.items()}
    return Draft(words, source.label, kept, fields, dict(source.fields), names, body=body)


def united(
    copies: Sequence[Draft],
    parameters: Collection[str] = (),
    kept: Collection[str] = (),
    outer: Sequence[Names] | None = None,
) -> Draft | None:
    """One draft that says what all copies say, each with its own values for the parameters; None where they differ.

    `kept` are the blocks that come back: of their uses only the arguments count. `outer` are the names under which the
    text of each copy will be read, where they are not its own: in a block that does not come back, whose body stands in
    its place, what was a parameter of it is one of the block around it, or nothing.
    """
    first = copies[0]
    scopes = [one.names for one in copies] if outer is None else outer
    if len({(one.words, one.label, len(one.body), one.block) for one in copies}) > 1:
        return None
    if first.block in kept:
        call = _united_call(copies, parameters, scopes)
        return None if call is None else replace(first, call=call, united=True)
    fields = _united_fields(copies, parameters, scopes)
    if fields is None:
        return None
    around = outer if first.block is None else scopes
    inner = [united(bodies, parameters, kept, around) for bodies in zip(*(one.body for one in copies), strict=True)]
    body = tuple(one for one in inner if one is not None)
    return replace(first, fields=fields, body=body) if len(body) == len(inner) else None


def _united_fields(
    copies: Sequence[Draft], parameters: Collection[str], scopes: Sequence[Names]
) -> dict[str, Written] | None:
    words = copies[0].words
    table = {} if words in (SPLICE, USE) else {spec.name: spec for spec in fields_of(words)}
    fields: dict[str, Written] = {}
    for name, spec in table.items():
        if not any(name in one.fields or name in one.said for one in copies):
            continue
        values = [one.values.get(name, _default(spec)) for one in copies]
        found = _in_words(copies[0], spec, values, parameters, scopes)
        if found is None and any(value != values[0] for value in values[1:]):
            return None
        value = copies[0].fields.get(name) if found is None else found
        if value is not None and not is_default(value, spec):
            fields[name] = value
    return fields


def _default(spec: Field) -> Resolved:
    return None if isinstance(spec.default, Missing) else spec.default


def _in_words(
    first: Draft, spec: Field, values: Sequence[Resolved], parameters: Collection[str], scopes: Sequence[Names]
) -> Written | None:
    """What the source said, where that mentions parameters and gives each copy its value."""
    said = first.said.get(spec.name)
    if said is None or not any(one.name in parameters for one in names_in(said)):
        return None
    said = closed(said.limit if isinstance(said, AtMost) else said, first.names, parameters)
    for names, value in zip(scopes, values, strict=True):
        try:
            if resolve(said, spec, names) != value:
                return None
        except Refused:
            return None
    return said


def _united_call(copies: Sequence[Draft], parameters: Collection[str], scopes: Sequence[Names]) -> Call | None:
    """The use of a block with arguments that are right in all copies."""
    first = copies[0].call
    assert first is not None
    found: list[Expression | Choice] = []
    for index, argument in enumerate(first.arguments):
        numbers = [list(one.values.values())[index] for one in copies]
        said = None if isinstance(argument, Choice) else _closed(argument, copies[0].names, parameters)
        if said is not None and _evaluates(said, scopes, numbers, parameters):
            found.append(said)
        elif len(set(numbers)) == 1 and isinstance(numbers[0], int):
            found.append(Number(numbers[0]))
        else:
            return None
    return Call(first.name, tuple(found))


def _evaluates(
    said: Expression, scopes: Sequence[Names], numbers: Sequence[Resolved], parameters: Collection[str]
) -> bool:
    """Whether an argument mentions parameters, and is each copy's number."""
    if not any(one.name in parameters for one in names_in(said)):
        return False
    try:
        return all(evaluate(said, names) == number for names, number in zip(scopes, numbers, strict=True))
    except Refused:
        return False


def closed(value: Written, names: Names, parameters: Collection[str]) -> Written:
    """A written value in which only parameters are left as names."""
    match value:
        case Dims(sides=sides):
            return Dims(tuple(side if isinstance(side, Choice) else _closed(side, names, parameters) for side in sides))
        case Number() | Name() | Binary() | Parenthesised():
            return _closed(value, names, parameters)
        case other:
            return other


def _closed(value: Expression, names: Names, parameters: Collection[str]) -> Expression:
    match value:
        case Name(name=name):
            number = names.get(name)
            return Number(number) if name not in parameters and isinstance(number, int) else value
        case Binary(operator=operator, left=left, right=right):
            return Binary(operator, _closed(left, names, parameters), _closed(right, names, parameters))
        case Parenthesised(inner=inner):
            return Parenthesised(_closed(inner, names, parameters))
        case Number():
            return value
