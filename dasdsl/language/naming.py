"""What statements are called where they have no label."""

from __future__ import annotations

from typing import Final

from dasdsl.language.space import Statement

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
        word = statement.words.split()[0]
        counts[word] = counts.get(word, 0) + 1
        while f"{word}{counts[word]}" in taken:
            counts[word] += 1
        found.append(f"{word}{counts[word]}")
    return found
