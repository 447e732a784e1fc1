"""Inputs made of valid ones: a few lines of a file, with pieces put in, cut out, doubled or swapped."""

from __future__ import annotations

import json
import random
import textwrap

from dasdsl.language.words import reserved
from fuzz.seeds import SIGNS

PIECES = (
    *sorted(reserved()),
    *SIGNS,
    "0",
    "65536",
    "9" * 13,
    "\t",
    "\0",
    "\u202e",
    "é",
    "\udcff",
    "#",
    "(",
    "<",
    "[",
    ":",
)
LINES = 8
"""Most lines of a body that `shortened` leaves: what is wrong with an input shows in a few, and few are read soon."""


def dice(seed: int | str) -> random.Random:
    """The same throws for the same seed."""
    return random.Random(seed)  # noqa: S311 - inputs, no secrets


def mutated(data: str, thrown: random.Random) -> str:
    """A text with some pieces put in, cut out, doubled or swapped."""
    for _ in range(thrown.randint(1, 4)):
        at, length = thrown.randrange(len(data) + 1), thrown.choice((1, 1, 2, 8, 40))
        match thrown.randrange(4):
            case 0:
                data = data[:at] + thrown.choice(PIECES) + data[at:]
            case 1:
                data = data[:at] + data[at + length :]
            case 2:
                data = data[:at] + data[at : at + length] * 2 + data[at + length :]
            case _:
                data = data[:at] + thrown.choice(PIECES) + data[at + length :]
    return data


def shortened(target: str, data: str, thrown: random.Random) -> str:
    """A few lines of an input of a target in a row; the header of a file is kept whole."""
    match target:
        case "body" | "network":
            return lines_of(data, thrown)
        case "text":
            head, mark, body = data.partition("\n---\n")
            return head + mark + lines_of(body, thrown)
        case "compiled":
            try:
                found = json.loads(data)
                return json.dumps({**found, "text": shortened("text", found["text"], thrown)})
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                return data
        case _:
            return data


def lines_of(body: str, thrown: random.Random) -> str:
    """Some lines of a body in a row, moved to the left as far as they go."""
    lines = body.split("\n")
    at = thrown.randrange(len(lines))
    return textwrap.dedent("\n".join(lines[at : at + thrown.randint(1, LINES)]) + "\n")
