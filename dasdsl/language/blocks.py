"""The blocks that a file defines: their heads, and where they are used."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dasdsl.language import errors, limits
from dasdsl.language.collecting import Problems
from dasdsl.language.space import Statement
from dasdsl.language.suggest import did_you_mean, listed
from dasdsl.language.syntax import Item, Word
from dasdsl.language.words import DEFINITIONS, USE
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Call, Name, Parenthesised


@dataclass(slots=True)
class Blocks:
    """The blocks defined so far, with the number of their parameters; `inside` are those being defined."""

    sizes: dict[str, int] = field(default_factory=dict[str, int])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    inside: list[str] = field(default_factory=list[str])

    @contextmanager
    def entered(
        self, statement: Statement, within: str, defined: Collection[str], problems: Problems
    ) -> Generator[None]:
        """While the body of a statement is read: the block that it defines is known behind it."""
        head = head_of(statement)
        if head is None:
            yield
            return
        if within:
            problems.add(errors.blocks.BlockPlace(span=statement.span, name=head.name))
        if head.name in self.lines:
            problems.add(errors.blocks.RepeatedBlock(span=head.span, name=head.name, line=self.lines[head.name]))
        self.check_parameters(head, defined, problems)
        self.inside.append(head.name)
        yield
        self.inside.pop()
        self.sizes.setdefault(head.name, len(head.arguments))
        self.lines.setdefault(head.name, statement.span.line)

    def check_parameters(self, head: Call, defined: Collection[str], problems: Problems) -> None:
        """Parameters are names, each once, that stand for nothing else."""
        seen: set[str] = set()
        for parameter in head.arguments:
            name = parameter.name if isinstance(parameter, Name) else ""
            whys = {
                "is no name": not name,
                "stands twice": name in seen,
                "stands for something else in `define`": name in defined,
                f"is longer than {limits.NAME} characters": len(name) > limits.NAME,
            }
            why = next((reason for reason, holds in whys.items() if holds), None)
            if why is not None:
                what = f"the parameter `{name}` {why}" if name else f"a parameter {why}"
                remedy = f"write names that are not used otherwise: `block {head.name}(c, k):`"
                problems.add(errors.blocks.BadHead(span=parameter.span, what=what, remedy=remedy))
            seen.add(name)

    def known(self, statement: Statement, problems: Problems) -> bool:
        """Whether a statement is no use of a block, or the use of one that is known, with as many arguments."""
        called = statement.get("block")
        if statement.words != USE or not isinstance(called, Call):
            return True
        if called.name in self.inside:
            problems.add(errors.blocks.RecursiveBlock(span=called.span, name=called.name))
            return False
        if called.name not in self.sizes:
            otherwise = f"the blocks before it are {listed(self.sizes)}" if self.sizes else "no block stands before it"
            remedy = did_you_mean(called.name, self.sizes, f"{otherwise}; a block is defined before it is used")
            problems.add(errors.blocks.UnknownBlock(span=called.span, name=called.name, remedy=remedy))
            return False
        if len(called.arguments) != self.sizes[called.name]:
            problems.add(
                errors.blocks.WrongArguments(
                    span=called.span,
                    name=called.name,
                    found=len(called.arguments),
                    wanted=self.sizes[called.name],
                    line=self.lines[called.name],
                )
            )
            return False
        return True


def mended_head(items: tuple[Item, ...]) -> tuple[tuple[Item, ...], Problem | None]:
    """What stands behind `block`, and what is wrong with it where it is clear what is meant."""
    match items:
        case (Word(text=name) | Name(name=name), Parenthesised(inner=Name() as parameter)):
            parameters = (parameter,)
        case (Word(text=name) | Name(name=name),):
            parameters = ()
        case _:
            return items, None
    first = items[0]
    called = f"{name}({', '.join(one.name for one in parameters)})"
    if isinstance(first, Word):
        what, remedy = f"`{name}` is a word of the language", f"choose another name: `block my_{called}:`"
    elif parameters:
        what, remedy = f"a space stands between `{name}` and its parameters", f"write `block {called}:`"
    else:
        what, remedy = f"`{name}` has no parentheses", f"write `block {called}:`, with its parameters if it has some"
    return (Call(name, parameters, first.span),), errors.blocks.BadHead(span=first.span, what=what, remedy=remedy)


def head_of(statement: Statement) -> Call | None:
    """The name and the parameters of the block that a statement defines, None where it defines none."""
    head = statement.get("head") if statement.words in DEFINITIONS else None
    return head if isinstance(head, Call) else None


def parameters_of(statement: Statement) -> tuple[str, ...]:
    """The names of the parameters of the block that a statement defines."""
    head = head_of(statement)
    return () if head is None else tuple(one.name for one in head.arguments if isinstance(one, Name))
