"""What fuzzing starts from: the files of the project, cut as each target wants them, and the words of the language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from dasdsl.language.words import reserved

ROOT = Path(__file__).parent.parent
SIGNS = (
    "<=",
    "..",
    "->",
    "<1..5>",
    "<16|32>",
    "[0-3 -> 0-1; none -> 2]",
    " x ",
    "\n    ",
    ":\n    ",
    "path: ",
    "()",
    "---\n",
)


def texts() -> Iterator[str]:
    """The text of every file of the language in the project."""
    for folder in ("spaces", "tests/golden"):
        for file in sorted((ROOT / folder).rglob("*.das")):
            yield file.read_text(encoding="utf-8")


def seeds(target: str) -> Iterator[bytes]:
    """Valid inputs of a target."""
    for text in texts():
        _, _, rest = text.partition("---\n")
        head, _, body = rest.partition("\n---\n")
        match target:
            case "body" | "network":
                yield body.encode()
            case "header":
                yield head.encode()
            case "compiled":
                yield json.dumps({"text": text, "path": "a.das"}).encode()
            case _:
                yield text.encode()


def dictionary() -> str:
    """Words and signs for the mutator, in the form of libFuzzer."""
    found = (*sorted(reserved()), *SIGNS)
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in found)
    return "".join(f'"{word}"\n' for word in escaped)
