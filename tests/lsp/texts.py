"""Texts with marked places."""

from __future__ import annotations

from dasdsl.lsp.documents import Document
from dasdsl.lsp.places import Place

HEAD = "---\ndas: 1\nspace: a\ninput: 3x8x8\ndefine: {p: 4, w: <8|16>}\n---\n"
"""The body begins in line 7."""
BRANCHES = HEAD + (
    "stem = conv filters <1..3>x3 channels w\n"
    "norm batch\n"
    "add:\n"
    "    path from stem: conv filters 3x3 channels w groups<=p\n"
    "    path: identity\n"
    "flatten\n"
    "linear channels 10\n"
)
BLOCKS = HEAD + (
    "block basic(c, k):\n"
    "    inner = conv filters k x k channels 4*c\n"
    "    add:\n"
    "        path from inner: relu\n"
    "        path: tanh\n"
    "basic(p, 3)\n"
    "residual: basic(4, <1|3>)\n"
    "basic(w, 1)\n"
)
SHARED = HEAD + (
    "shared block cell(c):\n"
    "    choose:\n"
    "        path: conv filters 3x3 channels c\n"
    "        path: conv filters 1x1 channels c\n"
    "    optional: conv filters 3x3 channels c\n"
    "repeat 2:\n"
    "    cell(16)\n"
    "cell(8)\n"
    "repeat <1..3>: conv filters 1x1 channels w groups p\n"
)


def marked(text: str) -> tuple[Document, Place]:
    """A text without its one `^`, and the place where that stood."""
    before, mark, after = text.partition("^")
    assert mark
    return Document(before + after), Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
