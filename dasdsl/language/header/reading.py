"""From the lines of a header to its model, every problem at its exact place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dasdsl.language import errors, limits
from dasdsl.language.amounts import COSTS
from dasdsl.language.collecting import Problems
from dasdsl.language.header.definitions import check_name, defined
from dasdsl.language.header.model import READERS, Header
from dasdsl.language.header.nodes import Tree, Where, compose
from dasdsl.language.header.scalars import Bad, Stray, Wrong
from dasdsl.language.suggest import did_you_mean, listed, nearest
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Choice, Expression, Span

Places = tuple[tuple[str, Span], ...]
SAMPLES: Final = {"das": "das: 1", "space": "space: NAME", "input": "input: 3x32x32"}
FLAGS: Final = ("device", "precision", "gate_learning_rate")
"""What `search:` cannot say, and flags can: it is of a machine, or of one run."""


def read_header(lines: tuple[str, ...], first: int, problems: Problems) -> tuple[Header, Places, Places] | None:
    """The header of these lines, the first of which has this number, the places of names in `define`, and of limits.

    None where something is wrong with it.
    """
    text = "\n".join(lines)
    if len(text) > limits.HEADER:
        problems.add(errors.header.HeaderTooLong(span=Span(first - 1, 1, 4), length=len(text)))
        return None
    tree = compose(text, first)
    before = len(problems)
    for problem in tree.problems:
        problems.add(problem)
    if any(problem.code in ("E032", "E033", "E034", "E042") for problem in tree.problems):
        return None
    definitions = read_definitions(tree, lines, first, problems)
    data: dict[str, Any] = dict(tree.data)
    if "define" in data:
        data["define"] = definitions
    check_names(tree, first, problems)
    values = typed(data, tree, problems)
    if "input" not in data and not misspelt(tree, ("input",)):
        problems.add(missing("input", first))
    if len(problems) != before:
        return None
    header = Header(**values)
    limited = ((what, tree.values.get(("search", "limit", what))) for what in COSTS)
    return (
        header,
        tuple((name, tree.keys["define", name]) for name in header.define),
        tuple((what, span) for what, span in limited if span is not None),
    )


def read_definitions(
    tree: Tree, lines: tuple[str, ...], first: int, problems: Problems
) -> dict[str, Expression | Choice]:
    """The written values of `define:`."""
    found: dict[str, Expression | Choice] = {}
    raw = tree.data.get("define", {})
    if not isinstance(raw, dict):
        remedy = "write names and values: `define: {p: 4}`"
        detail = "is no mapping" if raw else "has no value"
        problems.add(errors.header.BadValue(span=tree.values[("define",)], key="define", detail=detail, remedy=remedy))
        return found
    for name, value in raw.items():
        where: Where = ("define", name)
        place = tree.values[where]
        try:
            check_name(name, tree.keys[where])
            if not isinstance(value, str) or not value:
                remedy = "write a number, an expression or a choice: `4`, `2*c`, `<16|32>`"
                detail = "is a list or a mapping" if value else "has no value"
                raise Refused(errors.header.BadValue(span=place, key=name, detail=detail, remedy=remedy))
            source = lines[place.line - first][place.column - 1 : place.end_column - 1]
            found[name] = defined(name, value, place, exact=source == value)
        except Refused as refused:
            problems.add(refused.problem)
    return found


def check_names(tree: Tree, first: int, problems: Problems) -> None:
    """The edition is named, and exactly one of `space` and `architecture` names the file."""
    named = [key for key in ("space", "architecture") if key in tree.data]
    if len(named) == 2:
        places = (tree.keys[(key,)] for key in named)
        problems.add(errors.header.BothNames(span=max(places, key=lambda span: (span.line, span.column))))
    if not named and not misspelt(tree, ("space", "architecture")):
        problems.add(missing("space", first))
    if "das" not in tree.data and not misspelt(tree, ("das",)):
        problems.add(missing("das", first))


def missing(key: str, first: int) -> Problem:
    """A key that every file has."""
    return errors.header.MissingKey(span=Span(first - 1, 1, 4), key=key, sample=SAMPLES[key])


def misspelt(tree: Tree, keys: Iterable[str]) -> bool:
    """Whether an unknown key of the header is likely to stand for one of these: then that is the only error."""
    unknown = [key for key in tree.data if key not in READERS]
    return any(nearest(key, READERS) in tuple(keys) for key in unknown)


def typed(data: Mapping[str, Any], tree: Tree, problems: Problems) -> dict[str, Any]:
    """What stands under the keys, as far as it can be read."""
    values: dict[str, Any] = {}
    for key, value in data.items():
        try:
            if key not in READERS:
                raise Stray(key, tuple(READERS))
            values[key] = READERS[key](value)
        except (Bad, Stray) as wrong:
            report(wrong, key, tree, problems)
        except Wrong as wrong:
            for one in wrong.found:
                report(one, key, tree, problems)
    return values


def report(wrong: Bad | Stray, key: str, tree: Tree, problems: Problems) -> None:
    """Something that is wrong under a key of the header, at its place."""
    where = path_of((key, *wrong.where), tree)
    name = str(where[-1])
    match wrong:
        case Stray(known=known):
            remedy = did_you_mean(name, known, f"the keys here are {listed(known)}")
            if key == "search" and name in FLAGS:
                remedy = f"leave it out, and give `--{name.replace('_', '-')}` to `dasdsl search`"
            problems.add(errors.header.UnknownKey(span=tree.keys[where], key=name, remedy=remedy))
        case Bad(detail=detail, help=remedy):
            problems.add(errors.header.BadValue(span=tree.values[where], key=name, detail=detail, remedy=remedy))


def path_of(location: tuple[str, ...], tree: Tree) -> Where:
    """The path in the file of a place in the model: steps that only the model has are left out."""
    where: Where = ()
    for step in location:
        if (*where, step) in tree.values:
            where = (*where, step)
    return where
