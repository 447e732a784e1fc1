"""Merges headers key by key; what only one side changed stays as it was written there."""

from __future__ import annotations

from dataclasses import dataclass, field

from dasdsl.language.lines import FENCE
from dasdsl.language.merging.conflicts import Conflict, Side, beside
from dasdsl.language.merging.entries import EMPTY, Entries, Entry, read_head
from dasdsl.language.merging.threeway import Both, Lines, Text, arranged, indented, merged_lines, taken, three_way

HEADER = "header"

Pair = tuple[list[str], list[str]]
"""What stands on a line, once for each side."""


@dataclass
class Heads:
    """Merges the headers of three texts; conflicts are kept."""

    conflicts: list[Conflict] = field(default_factory=list[Conflict])

    def merged(self, base: str | None, a: str, b: str) -> Lines:
        """The lines of the header, the second fence included."""
        whole = three_way(base, a, b)
        if isinstance(whole, str):
            return tuple(whole.split("\n"))
        before, mine, theirs = (EMPTY if text is None else read_head(text) for text in (base, a, b))
        above = self.comments("", before.above, mine.above, theirs.above)
        inside = self.block(before.entries, mine.entries, theirs.entries, "")
        return (*above, FENCE, *inside, FENCE)

    def block(self, base: Entries, a: Entries, b: Entries, path: str) -> Lines:
        """The entries of a mapping, each on lines of its own."""
        out: list[str | Both[Text]] = []
        for key in arranged(*map(list, (base.by_key, a.by_key, b.by_key))):
            out += self.entry(base.by_key.get(key), a.by_key.get(key), b.by_key.get(key), f"{path}{key}")
        return (*out, *self.comments(path.rstrip("."), base.tail, a.tail, b.tail))

    def comments(self, path: str, base: Text, a: Text, b: Text) -> Lines:
        """Comments of the header."""
        found = merged_lines(base, a, b)
        for line in found:
            if isinstance(line, Both):
                what = f"comment at {path}" if path else "comment"
                self.conflicts.append(Conflict(HEADER, what, Side(" ".join(line.a)), Side(" ".join(line.b))))
        return found

    def clash(self, path: str, a: Entry | None, b: Entry | None) -> None:
        """Note that both sides changed an entry."""
        sides = (Side("") if entry is None else Side(entry.told, entry.line) for entry in (a, b))
        self.conflicts.append(Conflict(HEADER, path, *sides))

    # ---- one entry ---------------------------------------------------------------------------------------------------

    def entry(self, base: Entry | None, a: Entry | None, b: Entry | None, path: str) -> Lines:
        """One entry with the comments above it; nothing where one side took it away and the other left it as it was."""
        if a is not None and b is not None:
            above = self.comments(path, () if base is None else base.above, a.above, b.above)
            whole = three_way(None if base is None else base.text, a.text, b.text)
            text = self.written(base, a, b, path) if isinstance(whole, Both) else whole or ()
            return (*above, *text)
        side = a or b
        assert side is not None
        if base is None:
            return (*side.above, *side.text)
        if (base.above, base.text) == (side.above, side.text):
            return ()
        self.clash(path, a, b)
        mine, theirs = (() if entry is None else (*entry.above, *entry.text) for entry in (a, b))
        return (Both(mine, theirs),)

    def written(self, base: Entry | None, a: Entry, b: Entry, path: str) -> Lines:
        """An entry that both sides wrote anew: perhaps one of them left its value as it was, or both mean the same."""
        value = three_way(None if base is None else base.value, a.value, b.value)
        if isinstance(value, Both) or a.commented or b.commented or _blocks(a, b):
            return self.inner(base, a, b, path)
        chosen = min((entry for entry in (a, b) if entry.value == value), key=lambda entry: entry.text)
        return (*self.line(chosen.code, chosen.code, (base, a, b), path), *chosen.below)

    def line(self, mine: Text, theirs: Text, entries: tuple[Entry | None, Entry, Entry], path: str) -> Lines:
        """The lines of both sides, with the comment beside them; one where nothing is left open."""
        base, a, b = entries
        comment = three_way("" if base is None else base.beside, a.beside, b.beside)
        if isinstance(comment, Both):
            if mine == theirs:
                self.clash(path, a, b)
            return (Both(beside(mine, comment.a), beside(theirs, comment.b)),)
        if mine == theirs:
            return beside(mine, comment)
        return (Both(beside(mine, comment), beside(theirs, comment)),)

    # ---- a mapping in an entry ---------------------------------------------------------------------------------------

    def inner(self, base: Entry | None, a: Entry, b: Entry, path: str) -> Lines:
        """The value of both sides key by key, where that is possible."""
        before = Entries() if base is None or base.inner is None else base.inner
        if a.inner is not None and b.inner is not None:
            if _blocks(a, b) and not (before.entries and before.inline):
                opener = self.line(min(a.code, b.code), min(a.code, b.code), (base, a, b), path)
                margin = min(inner.margin for inner in (before, a.inner, b.inner) if inner.entries)
                inside = self.block(before, a.inner, b.inner, f"{path}.")
                return _held((*opener, *indented(inside, margin)), inside)
            if not any(map(_several_lines, (before, a.inner, b.inner))):
                return self.inline(before, (base, a, b), (a.inner, b.inner), path)
        self.clash(path, a, b)
        return (Both(a.text, b.text),)

    def inline(
        self, before: Entries, entries: tuple[Entry | None, Entry, Entry], inners: tuple[Entries, Entries], path: str
    ) -> Lines:
        """A mapping on one line; a line for each side where they disagree about a value."""
        mine: list[str] = []
        theirs: list[str] = []
        for key in arranged(*(list(inner.by_key) for inner in (before, *inners))):
            a, b = (inner.by_key.get(key) for inner in inners)
            found = self.pair(before.by_key.get(key), a, b, f"{path}.{key}")
            mine += found[0]
            theirs += found[1]
        if not mine and not theirs:
            return ()
        one, other = ((f"{entries[1].name}: {{{', '.join(side)}}}",) for side in (mine, theirs))
        return self.line(one, other, entries, path)

    def pair(self, base: Entry | None, a: Entry | None, b: Entry | None, path: str) -> Pair:
        """What both sides write for a key: the same, unless both changed it."""
        value = three_way(*(None if entry is None else entry.value for entry in (base, a, b)))
        if isinstance(value, Both):
            self.clash(path, a, b)
            mine, theirs = ([] if entry is None else [f"{entry.name}: {entry.raw}"] for entry in (a, b))
            return mine, theirs
        if value is None:
            return [], []
        text = min(f"{entry.name}: {entry.raw}" for entry in (a, b) if entry is not None and entry.value == value)
        return [text], [text]


def _held(lines: Lines, inside: Lines) -> Lines:
    """The lines of a mapping with what is inside; where nothing is left inside, a mapping goes as a whole."""
    left = [any(map(_says, taken(inside, side))) for side in (0, 1)]
    if all(left):
        return lines
    mine, theirs = (taken(lines, side) if left[side] else () for side in (0, 1))
    return (Both(mine, theirs),) if any(left) else inside


def _says(line: str) -> bool:
    """Whether a line is more than a comment."""
    return line.strip() != "" and not line.strip().startswith("#")


def _blocks(a: Entry, b: Entry) -> bool:
    """Whether both sides have a mapping on lines below the key."""
    return a.inner is not None and b.inner is not None and not a.inner.inline and not b.inner.inline


def _several_lines(inner: Entries) -> bool:
    """Whether a mapping cannot be written on one line."""
    return bool(inner.tail) or any(
        entry.above or "\n" in entry.raw or (entry.beside and not inner.inline) for entry in inner.entries
    )
