"""The words of the language, collected from the operations; nothing is listed twice."""

from __future__ import annotations

from functools import cache
from typing import Final

from dasdsl.operations.core.fields import Field, Kind, plainly
from dasdsl.operations.core.operation import Opens, registry

PATH: Final = Field("from", Kind.LABEL, default=None, about="the statement whose output the path starts at")
"""The field of `path`, which is no operation: it says what an input of one is made of."""
BLOCK: Final = "block"
SHARED: Final = "shared block"
DEFINITIONS: Final = (BLOCK, SHARED)
"""What defines a block: also no operations, since only the uses of a block are any."""
HEAD: Final = Field("head", Kind.CALL, keyword=False, about="the name of the block with its parameters: `body(c, k)`")
USE: Final = "NAME()"
"""What stands for the words of the use of a block, `body(64, 3)`, which has none."""
CALLED: Final = Field("block", Kind.CALL, keyword=False, about="the name of the block with its arguments")
SEPARATORS: Final = frozenset({"x", "from"})
"""Words that stand between others."""


@cache
def statements() -> dict[str, tuple[Field, ...]]:
    """The fields of every statement by its words, `norm batch` under both."""
    operations = {words: operation.fields for words, operation in registry().items()}
    return operations | {"path": (PATH,)} | dict.fromkeys(DEFINITIONS, (HEAD,))


def fields_of(words: str) -> tuple[Field, ...]:
    """The fields of a statement, that of a block's use among them."""
    return (CALLED,) if words == USE else statements()[words]


def opens(words: str) -> Opens:
    """What stands in the block of a statement."""
    if words == USE:
        return ""
    return "body" if words == "path" or words in DEFINITIONS else registry()[words].opens


@cache
def openers() -> frozenset[str]:
    """The words a statement may begin with."""
    return frozenset(words.split()[0] for words in statements())


@cache
def _elsewhere() -> dict[str, str]:
    return {name: words for words, operation in registry().items() for name in operation.also}


def called_elsewhere(word: str) -> str | None:
    """The words of the statement that other tools call so."""
    return _elsewhere().get(plainly(word))


@cache
def kinds(word: str) -> tuple[str, ...]:
    """The second words that may follow a first (`batch`, `group` … after `norm`)."""
    return tuple(words.split()[1] for words in statements() if words.startswith(f"{word} "))


@cache
def field_words() -> frozenset[str]:
    """The words that introduce a field, and those that stand as values."""
    found: set[str] = set()
    for fields in statements().values():
        for field in fields:
            found |= {field.name} if field.keyword else set[str]()
            found |= set(words_of(field))
    return frozenset(found)


@cache
def reserved() -> frozenset[str]:
    """Every word that cannot be a label, a parameter or a `define` name."""
    seconds = {second for words in statements() for second in words.split()[1:]}
    return openers() | seconds | field_words() | SEPARATORS


OF_KIND: Final = {Kind.PADS: ("same", "valid"), Kind.READS: ("all", "any")}


def words_of(field: Field) -> tuple[str, ...]:
    """The words that may stand as this field's value."""
    return field.words or OF_KIND.get(field.kind, ())
