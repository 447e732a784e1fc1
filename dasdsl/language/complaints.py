"""Says what is wrong with a line that does not parse, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dasdsl.language import errors
from dasdsl.language.parsing import UnexpectedTokenError
from dasdsl.language.tables import END
from dasdsl.language.words import openers
from dasdsl.operations.core.problems import Problem
from dasdsl.operations.core.values import Span

CLOSING: Final = {"(": ")", "<": ">", "[": "]"}
NAMED: Final = {
    "INT": "a number",
    "DECIMAL": "a number",
    "NAME": "a name",
    "WORD": "a word",
    "X": "`x`",
    "MORE": "`>`",
    "RPAR": "`)`",
    "RBRACKET": "`]`",
    "LPAR": "`(`",
    "BAR": "`|`",
    "DOTS": "`..`",
    "ARROW": "`->`",
    "NONE": "`none`",
    "COLON": "`:`",
    "SEMICOLON": "`;`",
    "COMMA": "`,`",
}
REMEDIES: Final = {
    "=": "a field takes its value without `=`; a label stands first: `stem = relu`",
    ",": "fields are separated by spaces; the arguments of a call by `,`, without a space before `(`",
    ":": "a line opens one block, with one `:` and at most one plain statement behind it",
    "|": "options stand in a choice: `<3|5>`",
    "..": "a range stands in a choice: `<1..5>`",
    "->": "patterns stand in brackets: `groups [0-5 -> 0-11; 6 -> 12]`",
    ";": "`;` separates patterns in brackets; a statement ends with its line",
    "by": "`by` follows a range: `<1..9 by 2>`",
}
LISTED: Final = re.compile(r"[0-9]+(x[0-9]+)*( *, *[0-9]+(x[0-9]+)*)+")
"""Numbers or sizes with commas between them."""
ALONE: Final = re.compile(r"< *([0-9]{1,9})( *$| +(?!x\b)[a-z])")
"""A number behind a `<`, and then nothing or a word."""
WORD: Final = re.compile(r" *([a-z0-9]+)")
MARK: Final = re.compile(r"<=|->|[(<\[\])>]")


def about_token(code: str, unexpected: UnexpectedTokenError) -> Problem:
    """What is wrong where a token does not fit."""
    token = unexpected.token
    opened = innermost(code, len(code))
    if token.type == END:
        if opened is not None:
            return unclosed(code, opened)
        end = len(code) + 1
        return errors.syntax.EndsEarly(span=Span(0, end, end + 1), expected=expected(unexpected.expected))
    span = Span(0, token.column, token.column + len(token.text))
    around = innermost(code, token.column - 1)
    if around is not None and code[around] == "<" and token.type in ("LESS", "AT_MOST"):
        return errors.syntax.NestedChoice(span=span)
    if around is not None and (opened == around or token.text in CLOSING.values()) and token.type != "COMMA":
        return unclosed(code, around)
    otherwise = f"what may follow is {expected(unexpected.expected)}"
    return errors.syntax.Unexpected(
        span=span, found=token.text, remedy=remedy(code, token.column - 1, token.text) or otherwise
    )


def remedy(code: str, index: int, text: str) -> str | None:
    """What to do about a token, where more can be said than what may follow."""
    if text == "x" and (opened := innermost(code, index)) is not None and code[opened] == "(":
        return "sides stand without parentheses: `3x3`"
    if text == "x":
        return "`x` stands between two sides: `3x3`, `k x k`"
    if text in CLOSING.values():
        return f"nothing is open that `{text}` could close"
    if text == "," and (listed := next(spanning(LISTED, code, index), None)) is not None:
        return about_listed(listed.split(","), innermost(code, index), code)
    if text == "," and (following := WORD.match(code, index + 1)) is not None and following[1] in openers():
        return "a statement ends with its line"
    if text == "=" and index and code[index - 1] == "<":
        return "write `<=` as one sign"
    return REMEDIES.get(text)


def spanning(pattern: re.Pattern[str], code: str, index: int) -> Iterator[str]:
    """What fits a pattern around a place, without spaces."""
    return (found[0].replace(" ", "") for found in pattern.finditer(code) if found.start() < index < found.end())


def about_listed(numbers: list[str], opened: int | None, code: str) -> str:
    """What to write instead of numbers with commas between them: sides, a decimal, or a choice."""
    if opened is not None and code[opened] == "(":
        return f"sides are written `{'x'.join(numbers)}`; the arguments of a call stand without a space before `(`"
    if len(numbers) == 2 and numbers[0] == "0":
        return f"a decimal is written `{'.'.join(numbers)}`"
    return f"options stand in a choice: `<{'|'.join(numbers)}>`"


def unclosed(code: str, index: int) -> errors.syntax.Unclosed:
    """The bracket at this index is not closed."""
    opened, alone = code[index], ALONE.match(code, index)
    number = alone[1] if alone else ""
    return errors.syntax.Unclosed(
        span=Span(0, index + 1, index + 2), opened=opened, closed=CLOSING[opened], number=number
    )


def innermost(code: str, end: int) -> int | None:
    """The index of the innermost bracket that is open at `end`."""
    stack: list[int] = []
    for mark in MARK.finditer(code, 0, end):
        if mark[0] in CLOSING:
            stack.append(mark.start())
        elif stack and mark[0] == CLOSING[code[stack[-1]]]:
            stack.pop()
    return stack[-1] if stack else None


def expected(terminals: frozenset[str]) -> str:
    """The names of what may follow, as a sentence has them."""
    names = sorted({NAMED[terminal] for terminal in terminals if terminal in NAMED})
    if not names:
        return "the end of the line"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def about_character(code: str, index: int) -> Problem:
    """What is wrong where no token begins."""
    character = code[index]
    if not character.isascii():
        return errors.syntax.NotAscii(span=Span(0, index + 1, index + 2), character=character)
    if character in "0123456789":
        text = re.compile(r"[0-9A-Za-z_]+(\.[0-9A-Za-z_]+)?").match(code, index)
        assert text is not None
        span = Span(0, index + 1, text.end() + 1)
        return errors.syntax.BadNumber(span=span, text=shortened(text[0]), remedy=about_number(text[0]))
    return errors.syntax.UnknownCharacter(span=Span(0, index + 1, index + 2), character=character)


def about_number(text: str) -> str:
    """What to do about something that begins with a digit and is no number."""
    if re.fullmatch(r"[0-9][0-9_]*", text):
        return f"write `{text.replace('_', '').lstrip('0') or '0'}`" if len(text) < 20 else "write a shorter number"
    if "X" in text:
        return "write a small `x` between sides: `3x3`"
    return "put a space between a number and a word; a name starts with a letter"


def shortened(text: str) -> str:
    """Text that still fits into a message."""
    return text if len(text) <= 30 else f"{text[:27]}..."
