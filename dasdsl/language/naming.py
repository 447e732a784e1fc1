"""What statements are called where they have no label."""

from __future__ import annotations

from typing import Final

from dasdsl.language.space import Statement
from dasdsl.language.words import CALLED
from dasdsl.operations.core.values import Call

INPUT: Final = "input"
"""The name of the network's input, which no statement gets."""


def names(body: tuple[Statement, ...]) -> list[str]:
    """A name for each statement of a body: its label, or its word and a number that no label has."""
    taken = {statement.label for statement in body if statement.label} | {INPUT}
    counts: dict[str, int] = {}
    found: list[str] = []
    for statement in body:
        if statement.label:
            found.append(statement.label)
            continue
        word = stem(statement)
        counts[word] = counts.get(word, 0) + 1
        while f"{word}{counts[word]}" in taken:
            counts[word] += 1
        found.append(f"{word}{counts[word]}")
    return found


def stem(statement: Statement) -> str:
    """What the name of a statement without a label begins with: its first word, or that of the block that it uses."""
    called = statement.get(CALLED.name)
    return called.name if isinstance(called, Call) else statement.words.split()[0]
