"""Colours `.das` text wherever Pygments does: `pygmentize`, Sphinx, MkDocs, rich. The words are the language's own."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, default, include, using, words
from pygments.lexers.data import YamlLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, Whitespace

from dasdsl.language.words import kinds, openers, statements, words_of
from dasdsl.operations.core.fields import Kind

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
END = r"(?![A-Za-z0-9_])"


def first_words() -> tuple[str, ...]:
    """What a statement begins with."""
    return tuple(sorted(openers()))


def second_words() -> tuple[str, ...]:
    """What follows some first words: `batch` after `norm`."""
    return tuple(sorted({second for first in openers() for second in kinds(first)}))


def field_names() -> tuple[str, ...]:
    """What introduces a value."""
    return tuple(sorted({field.name for table in statements().values() for field in table if field.keyword}))


def label_names() -> tuple[str, ...]:
    """What introduces a label."""
    fields = (field for table in statements().values() for field in table)
    return tuple(sorted({field.name for field in fields if field.keyword and field.kind is Kind.LABEL}))


def value_words() -> tuple[str, ...]:
    """What stands as a value."""
    return tuple(sorted({word for table in statements().values() for field in table for word in words_of(field)}))


class DasLexer(RegexLexer):
    """The header is YAML, the body one statement a line; a text without a header is all body."""

    name = "dasdsl"
    aliases: ClassVar = ["dasdsl", "das"]
    filenames: ClassVar = ["*.das"]
    mimetypes: ClassVar = ["text/x-dasdsl"]

    tokens: ClassVar = {
        "root": [
            (r"(?:[ \t]*(?:#[^\n]*)?\n)+", Comment.Single),
            (r"---[ \t]*\n", Punctuation, ("body", "header")),
            default("body"),
        ],
        "header": [
            (r"---[ \t]*(?:\n|\Z)", Punctuation, "#pop"),
            (r"[^\n]*\n|[^\n]+", using(YamlLexer, ensurenl=False, stripnl=False)),
        ],
        "body": [default("clause")],
        "space": [
            (r"[ \t\r]+", Whitespace),
            (r"#[^\n]*", Comment.Single),
        ],
        # the start of a statement: behind a margin, a label, or the `:` of a block
        "clause": [
            (r"\n", Whitespace),
            include("space"),
            (rf"({NAME})([ \t]*)(=)", bygroups(Name.Label, Whitespace, Operator)),
            (words(first_words(), suffix=END), Keyword, ("rest", "second")),
            (rf"{NAME}(?=\()", Name.Function, "rest"),
            default("rest"),
        ],
        "second": [
            (r"[ \t]+", Whitespace),
            (words(second_words(), suffix=END), Keyword, "#pop"),
            default("#pop"),
        ],
        "rest": [
            (r"\n", Whitespace, "#pop"),
            (r":", Punctuation, "#pop"),
            include("space"),
            (
                rf"({'|'.join(label_names())})([ \t]+)({NAME}){END}",
                bygroups(Name.Attribute, Whitespace, Name.Label),
            ),
            (words(field_names(), suffix=END), Name.Attribute),
            (words(value_words(), suffix=END), Keyword.Constant),
            (r"(?<=[0-9>)])x", Operator.Word),
            (r"(?:x|by|none)(?![A-Za-z0-9_])", Operator.Word),
            (rf"{NAME}(?=\()", Name.Function),
            (NAME, Name.Variable),
            (r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-wyz_])", Number),
            (r"<=|->|\.\.|[<>|+*/=-]", Operator),
            (r"[()\[\],;]", Punctuation),
        ],
    }

    @staticmethod
    def analyse_text(text: str) -> float:
        """How sure one can be that a text is of this language."""
        head = text.removeprefix("\ufeff").lstrip()
        return 0.9 if head.startswith("---\n") and "\ndas: " in head[:2000] else 0.0
