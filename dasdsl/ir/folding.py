"""Closed drafts → statements: the blocks whose uses ended equal come back, the others are written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dasdsl.frozen import frozen
from dasdsl.ir.drafts import SPLICE, Draft, united
from dasdsl.language import limits
from dasdsl.language.blocks import head_of, parameters_of
from dasdsl.language.mentions import names_in
from dasdsl.language.space import Statement
from dasdsl.language.words import USE
from dasdsl.operations.core.values import Call, Name, Number, Written


@frozen(slots=True)
class Block:
    """A block that comes back: its body, and which of the parameters of the source it still needs."""

    name: str
    words: str
    parameters: tuple[str, ...]
    wanted: tuple[int, ...]
    body: tuple[Draft, ...]


def folded(drafts: tuple[Draft, ...], source: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements of a closed space; `source` is the body of the space that it comes from."""
    uses: dict[str, list[Draft]] = {}
    for use in _uses(drafts):
        uses.setdefault(use.block or "", []).append(use)
    kept: dict[str, Block] = {}
    for statement in source:
        head = head_of(statement)
        block = None if head is None else _block(statement, head, uses.get(head.name, []), kept)
        if block is not None:
            kept[block.name] = block
    writer = _Writer(kept)
    body = writer.body(drafts, {}, set())
    return (*(writer.definition(block) for block in kept.values()), *body)


def _uses(drafts: Sequence[Draft]) -> Iterator[Draft]:
    for draft in drafts:
        if draft.words == USE:
            yield draft
        yield from _uses(draft.body)


def _block(statement: Statement, head: Call, uses: list[Draft], kept: Mapping[str, Block]) -> Block | None:
    """The block, where all its uses are equal but for its arguments."""
    if not uses:
        return None
    parameters = parameters_of(statement)
    found = united([Draft(SPLICE, None, body=use.body) for use in uses], parameters, kept)
    if found is None:
        return None
    mentioned = set(_mentioned(found.body, kept))
    wanted = tuple(index for index, name in enumerate(parameters) if name in mentioned)
    return Block(head.name, statement.words, tuple(parameters[index] for index in wanted), wanted, found.body)


def _mentioned(drafts: Sequence[Draft], kept: Mapping[str, Block]) -> Iterator[str]:
    """The names that the text of drafts mentions."""
    for draft in drafts:
        values: tuple[Written, ...] = tuple(draft.fields.values())
        block = kept.get(draft.block or "")
        if block is not None and draft.call is not None:
            values = tuple(draft.call.arguments[index] for index in block.wanted)
        else:
            yield from _mentioned(draft.body, kept)
        for value in values:
            yield from (name.name for name in names_in(value))


@frozen
class _Writer:
    """Writes drafts out. Labels stay where they are unique; where bodies are spliced together some get a number."""

    kept: Mapping[str, Block]

    def definition(self, block: Block) -> Statement:
        """The definition of a block."""
        head = Call(block.name, tuple(Name(parameter) for parameter in block.parameters))
        return Statement(block.words, (("head", head),), body=self.body(block.body, {}, set()))

    def body(self, drafts: Sequence[Draft], scope: Mapping[str, str], taken: set[str]) -> tuple[Statement, ...]:
        """A body; `scope` says what the labels that it sees are called now, `taken` are those it must not use."""
        out: list[Statement] = []
        self.into(out, drafts, dict(scope), set(taken))
        return tuple(out)

    def into(self, out: list[Statement], drafts: Sequence[Draft], scope: dict[str, str], taken: set[str]) -> None:
        """Statements one after the other."""
        for draft in drafts:
            start = len(out)
            if draft.words == SPLICE or (draft.words == USE and draft.block not in self.kept):
                # a block sees only its own labels
                self.into(out, draft.body, {} if draft.words == USE else dict(scope), taken)
            else:
                out.append(self.statement(draft, scope, taken))
            if draft.label is not None and len(out) > start:
                scope[draft.label] = self.labelled(out, draft.label, taken)

    def labelled(self, out: list[Statement], label: str, taken: set[str]) -> str:
        """The label of the last statement, which gets one where it has none."""
        last = out[-1]
        if last.label is None:
            out[-1] = last = replace(last, label=unique(label, taken))
            taken.add(str(last.label))
        return str(last.label)

    def statement(self, draft: Draft, scope: Mapping[str, str], taken: set[str]) -> Statement:
        """One statement with its block."""
        label = None if draft.label is None else unique(draft.label, taken)
        taken |= set() if label is None else {label}
        block = self.kept.get(draft.block or "")
        if block is not None and draft.call is not None:
            return Statement(USE, (("block", _called(block, draft, draft.call)),), label)
        fields = tuple((name, _renamed(name, value, scope)) for name, value in draft.fields.items())
        return Statement(draft.words, fields, label, self.body(draft.body, scope, taken))


def _called(block: Block, draft: Draft, call: Call) -> Call:
    """The use of a block: where it was not united with others its arguments are numbers."""
    numbers = list(draft.values.values())
    arguments = call.arguments if draft.united else tuple(Number(_number(number)) for number in numbers)
    return Call(block.name, tuple(arguments[index] for index in block.wanted))


def _renamed(field: str, value: Written, scope: Mapping[str, str]) -> Written:
    """A value, in which the label that a path begins at is called what it is called now."""
    return Name(scope.get(value.name, value.name)) if field == "from" and isinstance(value, Name) else value


def _number(value: object) -> int:
    assert isinstance(value, int), value
    return value


def unique(label: str, taken: set[str]) -> str:
    """The label, with a number where it is taken."""
    number, found = 1, label
    while found in taken:
        number += 1
        found = f"{label[: limits.NAME - 8]}_{number}"
    return found
