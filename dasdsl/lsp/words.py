"""What the words of the language mean, for a person who points at one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dasdsl.language.closed import forms
from dasdsl.language.words import kinds, statements
from dasdsl.language.writing import written
from dasdsl.language.written import spell
from dasdsl.lsp.clauses import Clause, Token
from dasdsl.operations.core.fields import REQUIRED, Field
from dasdsl.operations.core.operation import registry

STRUCTURE: Final[Mapping[str, tuple[str, str]]] = {
    "path": ("a branch; `from LABEL` starts it at an earlier statement", "path: relu"),
    "block": (
        "a block that statements use by its name; each use decides for itself",
        "block body(c):\n    conv filters 3x3 channels c\n    relu",
    ),
    "shared block": (
        "a block whose uses all decide alike, each with weights of its own",
        "shared block cell(c):\n    conv filters <1|3>x3 channels c\n    relu",
    ),
}
"""What statements say that are no operations, each with an example."""


def about_statement(words: str) -> str:
    """One sentence about a statement."""
    return registry()[words].about if words in registry() else STRUCTURE[words][0]


def example_of(words: str) -> str:
    """A statement of these words that is complete."""
    return registry()[words].example if words in registry() else STRUCTURE[words][1]


def default_of(field: Field) -> str:
    """The default of a field as it would be written, "" where there is none to write."""
    return "" if field.default is REQUIRED or field.default is None else spell(written(field.default, field))


def field_line(field: Field) -> str:
    """A field in one line: what it says, and what is so where it is left out."""
    default = default_of(field)
    return f"`{field.name}`: {sentence(field.about or forms(field))}" + (f" Left out: `{default}`." if default else "")


def field_page(field: Field) -> str:
    """A field with all that it takes."""
    return field_line(field) if field.is_flag else f"{field_line(field)}\n\nTakes {forms(field)}."


def sentence(text: str) -> str:
    """Text that begins with a capital letter, where it begins with a word, and ends with a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def statement_page(words: str) -> str:
    """A statement with its fields and an example."""
    fields = [f"- {field_line(field)}" for field in statements()[words]]
    parts = (f"**{words}**: {about_statement(words)}", "\n".join(fields), fenced(example_of(words)))
    return "\n\n".join(part for part in parts if part)


def fenced(text: str) -> str:
    """Text of the language as a block."""
    return f"```dasdsl\n{text}\n```"


def word_page(clause: Clause, token: Token) -> str | None:
    """What a word in a statement says; None where it is none of the statement's words."""
    index = clause.tokens.index(token)
    if index < max(1, len(clause.words.split())):
        return first_word_page(clause.words)
    field = clause.field(token.text) or clause.valued(token)
    return None if field is None else field_page(field)


def first_word_page(words: str) -> str | None:
    """The page of a statement, or what may follow a first word that is none alone."""
    if words in statements():
        return statement_page(words)
    seconds = kinds(words)
    return "\n".join(f"- **{words} {one}**: {about_statement(f'{words} {one}')}" for one in seconds) or None
