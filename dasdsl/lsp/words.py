"""What the words of the language mean, for a person who points at one."""

from __future__ import annotations

from dasdsl.language.resolve import forms
from dasdsl.language.words import PATH, kinds, statements
from dasdsl.language.writing import written
from dasdsl.language.written import spell
from dasdsl.lsp.clauses import Clause, Token, is_flag
from dasdsl.operations.core.fields import REQUIRED, Field
from dasdsl.operations.core.operation import registry

PATH_ABOUT = "a branch; `from LABEL` starts it at an earlier statement"
"""What `path` says: it is a statement, but no operation."""
PATH_EXAMPLE = "path: relu"


def about_statement(words: str) -> str:
    """One sentence about a statement."""
    operation = registry().get(words)
    return operation.about if operation is not None else PATH_ABOUT if statements().get(words) == (PATH,) else ""


def example_of(words: str) -> str:
    """A statement of these words that is complete."""
    operation = registry().get(words)
    return PATH_EXAMPLE if operation is None else operation.example


def default_of(field: Field) -> str:
    """The default of a field as it would be written, "" where there is none to write."""
    return "" if field.default is REQUIRED or field.default is None else spell(written(field.default, field))


def field_line(field: Field) -> str:
    """A field in one line: what it says, and what is so where it is left out."""
    default = default_of(field)
    return f"`{field.name}`: {sentence(field.about or forms(field))}" + (f" Left out: `{default}`." if default else "")


def field_page(field: Field) -> str:
    """A field with all that it takes."""
    return field_line(field) if is_flag(field) else f"{field_line(field)}\n\nTakes {forms(field)}."


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
