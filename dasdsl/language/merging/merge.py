"""Three versions of a file → one: what only one side changed is taken, what both changed is marked and told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dasdsl.diagnostics import DasError
from dasdsl.frozen import frozen
from dasdsl.language.merging.bodies import Bodies
from dasdsl.language.merging.conflicts import Conflict, Side
from dasdsl.language.merging.edits import edits
from dasdsl.language.merging.entries import head_of
from dasdsl.language.merging.heads import Heads
from dasdsl.language.merging.rendering import rendered
from dasdsl.language.merging.threeway import Both, Text, marked, merged_lines
from dasdsl.language.printer import print_space
from dasdsl.language.reading import loads
from dasdsl.language.space import Space

MARKER: Final = 7
"""Characters of a conflict's marker, as git has them."""


@frozen(slots=True)
class Merge:
    """The merged text, with markers around what is in conflict."""

    text: str
    conflicts: tuple[Conflict, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is in conflict."""
        return not self.conflicts


def merge(base: Space | None, a: Space, b: Space, names: tuple[str, str] = ("A", "B"), marker: int = MARKER) -> Merge:
    """Merge two versions of a text; `base` is None where there was none, and `names` stand behind the markers."""
    heads = Heads()
    above = heads.merged(None if base is None else head_of(base), head_of(a), head_of(b))
    was = () if base is None else base.body
    bodies = Bodies(edits(was, a.body), edits(was, b.body))
    statements = tuple(rendered(bodies.merged(was)))
    below = merged_lines(() if base is None else base.below, a.below, b.below)
    conflicts = (*heads.conflicts, *bodies.conflicts, *_comments(below))
    text = "\n".join(marked((*above, *statements, *below), names, marker)) + "\n"
    return Merge(text if conflicts else canonical(text), conflicts)


def canonical(text: str) -> str:
    """The text in canonical form, as far as it can be read."""
    try:
        return print_space(loads(text))
    except DasError:
        return text


def _comments(lines: tuple[str | Both[Text], ...]) -> Iterator[Conflict]:
    for line in lines:
        if isinstance(line, Both):
            yield Conflict("end", "comment", Side(" ".join(line.a)), Side(" ".join(line.b)))
