"""Reads YAML as text with places: every scalar stays as written, and pydantic gives it a type later.

Only events are used: no object is constructed, nothing recurses beyond a fixed depth, and what a header does not need
of YAML (tags, anchors, aliases, merge keys, directives) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from dasdsl.language import errors
from dasdsl.language.lines import FORBIDDEN
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Span

Data = str | list["Data"] | dict[str, "Data"]
Where = tuple[str | int, ...]

DEEPEST: Final = 8
LEAKS: Final = (ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError)
"""What the scanner of YAML lets out on odd escapes and directives besides its own errors."""


@dataclass(slots=True)
class Tree:
    """A header as plain data, with the places of keys and of values."""

    data: dict[str, Data] = field(default_factory=dict[str, Data])
    keys: dict[Where, Span] = field(default_factory=dict[Where, Span])
    values: dict[Where, Span] = field(default_factory=dict[Where, Span])
    problems: list[Problem] = field(default_factory=list[Problem])


def compose(text: str, line: int) -> Tree:
    """The header's data; its first line has this number. A problem that ends reading is the last of its problems."""
    composer = _Composer(text, line)
    try:
        composer.document()
    except Refused as refused:
        composer.tree.problems.append(refused.problem)
    except yaml.YAMLError as error:
        composer.tree.problems.append(composer.broken(error))
    except LEAKS:
        composer.tree.problems.append(errors.header.BadYaml(span=composer.place, detail="this is not YAML"))
    return composer.tree


class _Composer:
    """Walks over the events of one document."""

    def __init__(self, text: str, line: int) -> None:
        self.lines = text.split("\n")
        self.line = line
        self.place = Span(line, 1, 2)
        self.tree = Tree()
        self._loader = yaml.SafeLoader(text)

    def next(self) -> Event:
        """The next event; its place is kept for problems that have none."""
        event: Event = self._loader.get_event()
        self.place = self.span(event)
        return event

    def span(self, event: Event) -> Span:
        """Where an event stands, without the quotes of a scalar; at most to the end of its first line."""
        start, end = cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)
        quote = 1 if isinstance(event, ScalarEvent) and event.style in ("'", '"') else 0
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        last = end.column - quote if end.line == start.line else len(text)
        column = start.column + quote
        return Span(self.line + start.line, column + 1, max(last, column + 1) + 1)

    def document(self) -> None:
        """The only document: a mapping."""
        self.next()
        event = self.next()
        if isinstance(event, StreamEndEvent):
            return
        assert isinstance(event, DocumentStartEvent)
        if event.version or event.tags:
            raise Refused(errors.header.YamlFeature(span=self.place, feature="a directive"))
        data = self.node(self.next(), ())
        if not isinstance(data, dict):
            raise Refused(
                errors.header.BadYaml(
                    span=self.tree.values[()], detail="the header is not a mapping from keys to values"
                )
            )
        self.tree.data = data
        self.next()
        event = self.next()
        if not isinstance(event, StreamEndEvent):
            raise Refused(errors.header.BadYaml(span=self.place, detail="the header ends above this line"))

    def node(self, event: Event, where: Where) -> Data:
        """A scalar, a list or a mapping."""
        self.plain(event)
        self.tree.values[where] = self.span(event)
        if len(where) > DEEPEST:
            raise Refused(errors.header.HeaderTooDeep(span=self.place))
        if isinstance(event, ScalarEvent):
            return self.scalar(event)
        if isinstance(event, MappingStartEvent):
            return self.mapping(where)
        assert isinstance(event, SequenceStartEvent)
        items: list[Data] = []
        while not isinstance(event := self.next(), SequenceEndEvent):
            items.append(self.node(event, (*where, len(items))))
        return items

    def scalar(self, event: ScalarEvent) -> str:
        """Its text, which must be text: escapes in quotes can write any character."""
        if FORBIDDEN.search(event.value):
            raise Refused(errors.header.BadYaml(span=self.place, detail="a control character in a value"))
        return event.value

    def mapping(self, where: Where) -> dict[str, Data]:
        """Keys and values; a key that stands twice is noted, and its second value dropped."""
        data: dict[str, Data] = {}
        while not isinstance(event := self.next(), MappingEndEvent):
            key = self.key(event)
            place, path = self.place, (*where, key)
            if key not in data:
                self.tree.keys[path] = place
                data[key] = ""
                data[key] = self.node(self.next(), path)
                continue
            self.tree.problems.append(errors.header.DuplicateKey(span=place, key=key, line=self.tree.keys[path].line))
            first = self.tree.values[path]
            self.node(self.next(), path)
            self.tree.values[path] = first
        return data

    def key(self, event: Event) -> str:
        """The text of a key."""
        self.plain(event)
        if not isinstance(event, ScalarEvent):
            raise Refused(errors.header.BadYaml(span=self.place, detail="a key that is not a word"))
        if event.value == "<<" and event.style is None:
            raise Refused(errors.header.YamlFeature(span=self.place, feature="a merge key"))
        return self.scalar(event)

    def plain(self, event: Event) -> None:
        """Refuse what only YAML itself needs."""
        for feature, found in (
            ("an alias", isinstance(event, AliasEvent)),
            ("an anchor", getattr(event, "anchor", None) is not None),
            ("a tag", getattr(event, "tag", None) is not None),
        ):
            if found:
                raise Refused(errors.header.YamlFeature(span=self.property_place(event), feature=feature))

    def property_place(self, event: Event) -> Span:
        """The place of what stands before a value: the first run of characters that are no spaces."""
        start = cast("yaml.Mark", event.start_mark)
        text = self.lines[start.line][start.column :]
        length = len(text) - len(text.lstrip()) + len(text.split(maxsplit=1)[0])
        return Span(self.line + start.line, start.column + 1, start.column + 1 + length)

    def broken(self, error: yaml.YAMLError) -> Problem:
        """What YAML itself says."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        span = self.place
        if mark is not None:
            # The end of the header is where it stops making sense, not one line below it.
            line = min(mark.line, len(self.lines) - 1)
            column = mark.column if line == mark.line else len(self.lines[line])
            span = Span(self.line + line, column + 1, column + 2)
        said = getattr(error, "problem", None) or "this is not YAML"
        return errors.header.BadYaml(span=span, detail=readable(said))


REWORDED: Final[tuple[tuple[str, Callable[[re.Match[str]], str]], ...]] = (
    (r"expected ',' or '}', but got .*", lambda _: "`{` is not closed, or a `,` is missing"),
    (r"expected ',' or ']', but got .*", lambda _: "`[` is not closed, or a `,` is missing"),
    (r"could not find expected ':'", lambda _: "a key without `:`"),
    (r"mapping values are not allowed here", lambda _: "a second `:` on one line"),
    (r"found character '(.)' that cannot start any token", lambda m: f"`{m[1]}` cannot stand here"),
    (r"found character '\\t' that cannot start any token", lambda _: "a tab cannot stand here"),
)


def readable(said: str) -> str:
    """YAML's own words, the frequent ones said better."""
    for pattern, better in REWORDED:
        if found := re.fullmatch(pattern, said):
            return better(found)
    return said[:1].lower() + said[1:]
