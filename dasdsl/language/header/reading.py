"""From the lines of a header to its model, every problem at its exact place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dasdsl.language import errors, limits
from dasdsl.language.collecting import Problems
from dasdsl.language.header.definitions import check_name, defined
from dasdsl.language.header.model import Found, Header, Part, Search, Source
from dasdsl.language.header.nodes import Tree, Where, compose
from dasdsl.language.suggest import did_you_mean, listed, nearest
from dasdsl.operations.core.problems import Problem, Refused
from dasdsl.operations.core.values import Span, Written

SAMPLES: Final = {"das": "das: 1", "space": "space: NAME", "input": "input: 3x32x32"}
PARTS: Final[dict[str, type[Part]]] = {"search": Search, "data": Source, "found": Found}


def read_header(
    lines: tuple[str, ...], first: int, problems: Problems
) -> tuple[Header, tuple[tuple[str, Span], ...]] | None:
    """The header of these lines, the first of which has this number, and the places of the names in `define`.

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
    header = validated(data, tree, first, problems)
    if header is None or len(problems) != before:
        return None
    return header, tuple((name, tree.keys["define", name]) for name in header.define)


def read_definitions(tree: Tree, lines: tuple[str, ...], first: int, problems: Problems) -> dict[str, Written]:
    """The written values of `define:`."""
    found: dict[str, Written] = {}
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
    unknown = [key for key in tree.data if key not in Header.model_fields]
    return any(nearest(key, Header.model_fields) in tuple(keys) for key in unknown)


def validated(data: dict[str, Any], tree: Tree, first: int, problems: Problems) -> Header | None:
    """The model of this data."""
    try:
        return Header.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            report(detail, tree, first, problems)
    return None


def report(detail: ErrorDetails, tree: Tree, first: int, problems: Problems) -> None:
    """One of pydantic's errors as a problem."""
    where = path_of(detail["loc"], tree)
    name = str(where[-1]) if where else ""
    match detail["type"]:
        case "extra_forbidden":
            known = keys_of(Header if len(where) < 2 else PARTS[str(where[0])])
            remedy = did_you_mean(name, known, f"the keys here are {listed(known)}")
            problems.add(errors.header.UnknownKey(span=tree.keys[where], key=name, remedy=remedy))
        case "missing":
            key = str(detail["loc"][-1])
            if not misspelt(tree, (key,)):
                problems.add(missing(key, first))
        case "das":
            context = cast("dict[str, str]", detail.get("ctx", {}))
            if where:
                said = errors.header.BadValue(
                    span=tree.values[where], key=name, detail=context["detail"], remedy=context["help"]
                )
                problems.add(said)
        case _:
            keys = listed(keys_of(PARTS[name])) if name in PARTS else "other values"
            remedy = f"its keys are {keys}"
            problems.add(
                errors.header.BadValue(span=tree.values[where], key=name, detail="is no mapping", remedy=remedy)
            )


def path_of(location: tuple[int | str, ...], tree: Tree) -> Where:
    """The path in the file of a place in the model: steps that only the model has are left out."""
    where: Where = ()
    for step in location:
        if (*where, step) in tree.values:
            where = (*where, step)
    return where


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a file may write."""
    fields = model.model_fields.items()
    return tuple(field.alias or name for name, field in fields if name not in ("metrics", "options"))
