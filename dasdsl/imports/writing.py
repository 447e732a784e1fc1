"""Steps → the body of a text: chains as lines, joins as blocks, what is read from afar by labels.

Between a value and what all its ways lead to there are paths. Where they share nothing they become the blocks of one
statement. What several of them share is written before it, under a label, from which they start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import networkx as nx

from dasdsl.imports.steps import Step

INDENT = "    "


@dataclass
class Line:
    """A statement; the step that it is the first of, with its label and its blocks."""

    text: str
    step: Step | None = None
    label: str = ""
    paths: list[Path] = field(default_factory=list["Path"])


@dataclass
class Path:
    """A block of a statement that joins; `start` is the label that it begins at, empty for what stands before it."""

    start: str
    lines: list[Line]


def written(steps: Sequence[Step], start: str, end: str) -> list[Line]:
    """The lines that make the value `end` of `start`."""
    body = _Body(_Graph.of(steps), start, {}, count())
    body.go(end)
    if not body.lines:
        return [Line("identity")]
    used = {path.start for line in _all(body.lines) for path in line.paths}
    named = (line.label for line in _all(body.lines) if line.label in used)
    names = {label: f"at{number}" for number, label in enumerate(filter(None, named), 1)}
    for line in _all(body.lines):
        line.label = names.get(line.label, "")
        for path in line.paths:
            path.start = names.get(path.start, "")
    return body.lines


def text_of(lines: Iterable[Line], indent: str = "") -> Iterator[tuple[str, Line | None]]:
    """Each line of the text, with what it is of."""
    for line in lines:
        label = f"{line.label} = " if line.label else ""
        yield f"{indent}{label}{line.text}{':' if line.paths else ''}", line
        if line.text == "residual":
            yield from text_of(line.paths[0].lines, indent + INDENT)
            continue
        for path in line.paths:
            yield f"{indent}{INDENT}path{' from ' + path.start if path.start else ''}:", None
            yield from text_of(path.lines or [Line("identity")], indent + 2 * INDENT)


def _all(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        for path in line.paths:
            yield from _all(path.lines)


@dataclass(frozen=True)
class _Graph:
    """The steps by what they make."""

    steps: Mapping[str, Step]
    readers: Mapping[str, set[str]]
    order: Mapping[str, int]

    @classmethod
    def of(cls, steps: Sequence[Step]) -> _Graph:
        readers: dict[str, set[str]] = {}
        for step in steps:
            for name in step.inputs:
                readers.setdefault(name, set()).add(step.name)
        return cls({s.name: s for s in steps}, readers, {s.name: k for k, s in enumerate(steps)})

    def cone(self, end: str, sources: Iterable[str]) -> set[str]:
        """What is computed on the way from any of the sources to a value, itself included."""
        stop, found, left = set(sources), set[str](), [end]
        while left:
            name = left.pop()
            if name not in stop and name not in found:
                found.add(name)
                left += self.steps[name].inputs
        return found

    def through(self, end: str, sources: Iterable[str]) -> list[str]:
        """What every way to a value goes through, in order, the value last: a source where all begin at that one."""
        if end in (known := set(sources)):
            return [end]
        graph: nx.DiGraph[str] = nx.DiGraph()
        for name in self.cone(end, known):
            graph.add_edges_from((read, name) for read in self.steps[name].inputs)
        # no step has an empty name
        graph.add_edges_from(("", source) for source in known & set(graph))
        before = nx.immediate_dominators(graph, "")
        found = [end]
        while before[found[-1]] not in ("", None):
            found.append(before[found[-1]])
        return found[::-1]


class _Body:
    """A block while it is written: its lines, the value that the next one reads, and the labels that it can see."""

    def __init__(self, graph: _Graph, current: str, labels: Mapping[str, str], numbers: Iterator[int]) -> None:
        self.graph, self.current, self.labels = graph, current, dict(labels)
        self.numbers = numbers
        self.lines: list[Line] = []
        self.made: dict[str, Line] = {}

    def go(self, end: str) -> None:
        """Write what makes a value, so that the next line reads it."""
        first, *rest = self.graph.through(end, {self.current, *self.labels})
        if first != self.current and first in self.labels:
            inside = rest[:1] if rest and not self.graph.steps[rest[0]].joins else []
            self._jump(first, inside)
            rest = rest[len(inside) :]
        elif first != self.current:
            # its own ways begin at several values
            rest = [first, *rest]
        for name in rest:
            self._one(name)

    def _jump(self, source: str, inside: Sequence[str]) -> None:
        """Go on from a label: a statement of one path that starts there, with the next step in it if that is plain."""
        lines = [line for name in inside for line in _lines(self.graph.steps[name])]
        self._add([source, *inside][-1], [Line("add", paths=[Path(self.labels[source], lines)])])

    def _one(self, name: str) -> None:
        step = self.graph.steps[name]
        if not step.joins:
            self._add(name, _lines(step))
            return
        sources = {self.current, *self.labels}
        shared = self._shared(step, sources)
        if shared:
            self._label(self.current)
            for one in shared:
                self.go(one)
                self._label(one)
        paths = [self._path(read) for read in step.inputs]
        empty = [not path.start and not path.lines for path in paths]
        if step.statements == ("add",) and len(paths) == 2 and sum(empty) == 1 and not any(p.start for p in paths):
            self._add(name, [Line("residual", step, paths=[paths[empty.index(False)]])])
        else:
            self._add(name, [Line(step.statements[0], step, paths=paths)])

    def _shared(self, step: Step, sources: set[str]) -> list[str]:
        """What is on the way to more than one input of a step, and read by what is not: in order."""
        around = set[str]().union(*(self.graph.cone(read, sources) for read in step.inputs), {step.name})
        found = set[str]()
        while True:
            # what has a label is written on its own, and shares with others what leads to it
            cones = [self.graph.cone(end, sources | found) for end in step.inputs]
            cones += [self.graph.cone(end, sources | found - {end}) for end in found]
            counts = Counter(name for cone in cones for name in cone)
            often = {name for name, count in counts.items() if count > 1} - found
            if not often:
                return sorted(found, key=lambda name: self.graph.order[name])
            found |= {name for name in often if (self.graph.readers[name] & around) - often}
            found |= {name for name in often if step.inputs.count(name) > 1}

    def _path(self, end: str) -> Path:
        if end == self.current:
            return Path("", [])
        first = self.graph.through(end, {self.current, *self.labels})[0]
        start = first if first in self.labels and first != self.current else self.current
        body = _Body(self.graph, start, self.labels, self.numbers)
        body.go(end)
        return Path("" if start == self.current else self.labels[start], body.lines)

    def _label(self, value: str) -> None:
        """Give the current value a name."""
        if value in self.labels:
            return
        if value not in self.made:
            # what stood before this block
            self._add(value, [Line("identity")])
        self.labels[value] = self.made[value].label = f"at{next(self.numbers)}"

    def _add(self, name: str, lines: list[Line]) -> None:
        self.lines += lines
        self.made[name] = lines[-1]
        self.current = name


def _lines(step: Step) -> list[Line]:
    first, *rest = step.statements
    return [Line(first, step), *map(Line, rest)]
