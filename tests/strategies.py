"""Random spaces on the syntax tree: everything that can be written, whatever the shapes say.

Every tree here is one that the parser makes: parentheses stand where arithmetic needs them, ranges meet their ends,
fields at their default are left out. A new statement joins by its table; a new form of value joins here. Strategies are
kept: Hypothesis looks through each new one before its first draw, which takes longer than the draw.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from string import ascii_letters, ascii_lowercase, digits

from hypothesis import strategies as st

from dasdsl.language import Comments, DataSource, Found, Header, Search, Space, Statement
from dasdsl.language.clauses import is_default
from dasdsl.language.space import open_places
from dasdsl.language.words import DEFINITIONS, USE, field_words, openers, opens, reserved, statements, words_of
from dasdsl.operations.core.fields import REQUIRED, Field, Kind
from dasdsl.operations.core.operation import registry
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Bracket,
    Call,
    Choice,
    Dims,
    Expression,
    Group,
    Name,
    Number,
    Parenthesised,
    Range,
    Written,
    ranges,
)

CLOSED_NAMES = {"c": 8, "k": 3, "by": 5, "none": 2, "x2": 7, "_n1": 4}
"""Contextual words and names that look like other things, with their values."""
OPEN_NAMES = {"w": (16, 32, 48), "q": (2, 4)}

small = st.integers(1, 9).map(Number)


@cache
def closed_atoms() -> st.SearchStrategy[Expression]:
    """A number or a name of one."""
    return st.one_of(small, st.sampled_from(sorted(CLOSED_NAMES)).map(Name))


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Sums, products and exact quotients, in parentheses where they are operands."""
    operand = st.one_of(closed_atoms(), inner.map(_parenthesised))
    total = st.builds(Binary, st.just("+"), operand, operand)
    product = st.builds(Binary, st.just("*"), operand, operand)
    quotient = small.map(lambda n: Binary("/", Parenthesised(Binary("*", Number(2), n)), Number(2)))
    chain = st.builds(lambda a, b, c: Binary("+", Binary("*", a, b), c), operand, operand, operand)
    difference = st.builds(lambda a: Binary("-", Binary("+", a, Number(5)), Number(4)), operand)
    signed = st.builds(lambda a: Binary("-", a, Number(-1)), operand)
    return st.one_of(total, product, quotient, chain, difference, signed)


def _parenthesised(inner: Expression) -> Expression:
    return Parenthesised(inner) if isinstance(inner, Binary) else inner


@cache
def closed_expressions() -> st.SearchStrategy[Expression]:
    """Positive arithmetic on numbers and closed names."""
    return st.recursive(closed_atoms(), _grown, max_leaves=4)


@cache
def shared() -> st.SearchStrategy[Expression]:
    """The name of a shared decision, or an expression on one."""
    name = st.sampled_from(sorted(OPEN_NAMES)).map(Name)
    return st.one_of(name, st.builds(lambda n, w: Binary("*", n, w), small, name))


@cache
@st.composite
def choices(draw: st.DrawFn) -> Choice:
    """Increasing numbers, some of them as ranges."""
    options: list[Number | Range] = []
    last = 0
    for _ in range(draw(st.integers(1, 3))):
        first = last + draw(st.integers(1, 4))
        step = draw(st.sampled_from([None, 1, 2, 5]))
        last = first + draw(st.integers(0, 3)) * (step or 1)
        if draw(st.booleans()):
            options.append(Range(Number(first), Number(last), None if step is None else Number(step)))
        else:
            options.append(Number(first))
            last = first
    return Choice(tuple(options))


@cache
@st.composite
def shapes(draw: st.DrawFn) -> Choice:
    """Filter shapes, each once."""
    sizes = st.tuples(*[st.integers(1, 7)] * draw(st.integers(2, 3)))
    found = draw(st.lists(sizes, min_size=1, max_size=4, unique=True))
    return Choice(tuple(Dims(tuple(Number(side) for side in shape)) for shape in found))


@cache
def at_most() -> st.SearchStrategy[AtMost]:
    """`<=n`."""
    return closed_expressions().map(AtMost)


@cache
def counts() -> st.SearchStrategy[Written]:
    """Whatever may be a number of channels."""
    return st.one_of(closed_expressions(), shared(), choices(), at_most())


@cache
def sides(one: st.SearchStrategy[Expression | Choice]) -> st.SearchStrategy[Written]:
    """One, or one for each of two or three dimensions."""
    several = st.lists(one, min_size=2, max_size=3).map(lambda found: Dims(tuple(found)))
    return st.one_of(one, several)


@cache
def filters() -> st.SearchStrategy[Written]:
    """Whatever may be a filter."""
    return st.one_of(sides(st.one_of(closed_expressions(), shared(), choices())), shapes())


def _whole(inner: Expression) -> Expression:
    """In pads a quotient stands in parentheses."""
    return Parenthesised(inner) if isinstance(inner, Binary) else inner


@cache
def pads() -> st.SearchStrategy[Written]:
    """`1`, `-1`, `2/1 x 0/-1`."""
    number = st.one_of(st.integers(-3, 5).map(Number), closed_expressions().map(_whole))
    pair = st.builds(lambda before, after: Binary("/", before, after), number, number)
    return sides(st.one_of(number, pair))


@cache
def positions(most: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Some of the positions below `most`, as ranges."""
    return st.sets(st.integers(0, most - 1)).map(lambda found: ranges(tuple(sorted(found))))


@cache
def reads() -> st.SearchStrategy[Written]:
    """`[0-3,5]`."""
    return positions(12).map(lambda found: Bracket((Group(found),)))


@cache
def patterns() -> st.SearchStrategy[Bracket]:
    """`[0-5 -> 0-11; none -> 12]`."""
    group = st.builds(Group, positions(12), positions(12))
    return st.lists(group, min_size=1, max_size=3).map(lambda found: Bracket(tuple(found)))


@cache
def decimals() -> st.SearchStrategy[Written]:
    """`0.2`, `1e-2`, `-0.5`, `1`."""
    texts = st.sampled_from(["0.2", "1e-2", "0.05", "2.5E+1", "-0.5", "1e3"])
    return st.one_of(texts.map(lambda text: Number(float(text), text)), small)


VALUES = {
    Kind.COUNT: counts(),
    Kind.FILTERS: filters(),
    Kind.STEPS: sides(closed_expressions()),
    Kind.OPEN_STEPS: st.one_of(sides(closed_expressions()), choices()),
    Kind.PADS: pads(),
    Kind.GROUPS: st.one_of(counts(), patterns()),
    Kind.READS: reads(),
    Kind.PART: st.one_of(closed_expressions(), reads()),
    Kind.INTEGER: closed_expressions(),
    Kind.DEPTH: st.one_of(closed_expressions(), shared(), choices()),
    Kind.DECIMAL: decimals(),
}


@cache
def values(field: Field) -> st.SearchStrategy[Written]:
    """Whatever may be this field's value."""
    words = [Name(word) for word in words_of(field) or ((field.name,) if field.kind is Kind.WORD else ())]
    others = [VALUES[field.kind]] if field.kind in VALUES else []
    return st.one_of(*([st.sampled_from(words)] if words else []), *others)


# of plain texts: what `from_regex` gives is made anew at each draw, and `codec` goes through all of Unicode
labels = st.builds(
    str.__add__, st.sampled_from(ascii_lowercase + "_"), st.text(ascii_lowercase + digits + "_", max_size=8)
).filter(lambda name: name not in reserved())

optional_labels = st.one_of(st.none(), labels)

parameter_names = labels.filter(lambda name: name not in CLOSED_NAMES and name not in OPEN_NAMES)

comment_lines = st.one_of(
    st.just(""),
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12).map(lambda text: f"# {text}".rstrip()),
)
comments = st.builds(
    Comments,
    above=st.lists(comment_lines, max_size=2).map(tuple),
    beside=st.one_of(st.just(""), comment_lines),
)


@dataclass(frozen=True)
class Scope:
    """What is known where a statement stands: the blocks with the number of their parameters, and names."""

    blocks: tuple[tuple[str, int], ...] = ()
    parameters: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    """Those of the bodies around it, which its own must not be."""

    @property
    def unlabelled(self) -> Scope:
        """All that matters to a statement without a block."""
        return replace(self, labels=frozenset())


@cache
def on_parameters(parameters: tuple[str, ...]) -> st.SearchStrategy[Expression]:
    """Arithmetic on the parameters of a block."""
    name = st.sampled_from(parameters).map(Name)
    scaled = st.builds(lambda factor, one: Binary("*", factor, one), small, name)
    return st.one_of(name, scaled, scaled.map(lambda one: Parenthesised(Binary("+", one, Number(1)))))


PARAMETRIC = frozenset(VALUES) - {Kind.READS}
"""The kinds of fields that may hang on a block's parameters."""


@cache
@st.composite
def valued(draw: st.DrawFn, field: Field, scope: Scope) -> Written:
    """Whatever may be this field's value here."""
    if not scope.parameters or field.kind not in PARAMETRIC or draw(st.booleans()):
        return draw(values(field))
    value = draw(on_parameters(scope.parameters))
    return AtMost(value) if field.kind in (Kind.COUNT, Kind.GROUPS) and draw(st.booleans()) else value


@cache
@st.composite
def fields_in(draw: st.DrawFn, words: str, scope: Scope) -> tuple[tuple[str, Written], ...]:
    """Any of the fields of a statement, without those at their default."""
    found: list[tuple[str, Written]] = []
    for field in statements()[words]:
        if field.default is REQUIRED or draw(st.booleans()):
            value = draw(valued(field, scope))
            if not is_default(value, field):
                found.append((field.name, value))
    return tuple(found)


def words_that(*kinds: str) -> list[str]:
    """The words of the operations in whose block such things stand."""
    return [words for words in sorted(registry()) if opens(words) in kinds]


@cache
@st.composite
def plain_statements(draw: st.DrawFn, scope: Scope = Scope()) -> Statement:
    """A statement of the registry with any of its fields, or the use of a block; without a label."""
    if scope.blocks and draw(st.integers(0, 3)) == 0:
        return draw(uses(scope))
    words = draw(st.sampled_from(words_that("")))
    return Statement(words, draw(fields_in(words, scope)), comments=draw(comments))


@cache
@st.composite
def uses(draw: st.DrawFn, scope: Scope) -> Statement:
    """The use of a block, with as many arguments as it has parameters."""
    name, size = draw(st.sampled_from(scope.blocks))
    kinds = [
        closed_expressions(),
        shared(),
        choices(),
        *([on_parameters(scope.parameters)] if scope.parameters else []),
    ]
    arguments = tuple(draw(st.one_of(*kinds)) for _ in range(size))
    return Statement(USE, (("block", Call(name, arguments)),), comments=draw(comments))


@st.composite
def statements_in(draw: st.DrawFn, depth: int, scope: Scope = Scope()) -> Statement:
    """A statement, with its block where it opens one; blocks are at most so deep."""
    if depth == 0 or draw(st.integers(0, 5)):
        return draw(plain_statements(scope.unlabelled))
    words = draw(st.sampled_from(words_that("body", "copies", "paths")))
    fields = draw(fields_in(words, scope.unlabelled))
    if opens(words) != "paths":
        return Statement(words, fields, body=draw(bodies(depth - 1, scope)), comments=draw(comments))
    least = registry()[words].least_paths
    paths = draw(st.lists(paths_in(depth - 1, scope), min_size=least, max_size=least + 1))
    return Statement(words, fields, body=tuple(paths), comments=draw(comments))


@st.composite
def paths_in(draw: st.DrawFn, depth: int, scope: Scope) -> Statement:
    """A path with its block."""
    start = draw(optional_labels)
    fields = () if start is None else (("from", Name(start)),)
    return Statement("path", fields, body=draw(bodies(depth, scope)), comments=draw(comments))


@st.composite
def bodies(draw: st.DrawFn, depth: int = 2, scope: Scope = Scope()) -> tuple[Statement, ...]:
    """Statements, some with labels, each once."""
    found: list[Statement] = []
    for _ in range(draw(st.integers(1, 5 if depth == 2 else 2))):
        label = draw(optional_labels)
        label = None if label in scope.labels else label
        scope = scope if label is None else replace(scope, labels=scope.labels | {label})
        found.append(replace(draw(statements_in(depth, scope)), label=label))
    return tuple(found)


@cache
@st.composite
def blocks(draw: st.DrawFn) -> tuple[Statement, ...]:
    """Definitions of blocks, the later of which may use the earlier."""
    found: list[Statement] = []
    for name in draw(
        st.lists(st.one_of(labels, st.sampled_from(sorted(field_words() - openers()))), max_size=2, unique=True)
    ):
        parameters = tuple(draw(st.lists(parameter_names, max_size=2, unique=True)))
        head = Call(name, tuple(Name(parameter) for parameter in parameters))
        scope = Scope(blocks=sizes(found), parameters=parameters)
        words = draw(st.sampled_from(sorted(DEFINITIONS)))
        found.append(Statement(words, (("head", head),), body=draw(bodies(1, scope)), comments=draw(comments)))
    return tuple(found)


def sizes(definitions: Iterable[Statement]) -> tuple[tuple[str, int], ...]:
    """The names of blocks with the number of their parameters."""
    heads = (one.get("head") for one in definitions)
    return tuple((head.name, len(head.arguments)) for head in heads if isinstance(head, Call))


numbers = st.floats(0, 1e6, allow_nan=False).map(lambda number: float(f"{number:.6g}"))
texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)
file_names = st.text(ascii_letters + digits + "_-", min_size=1, max_size=20)


def optional(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Something, or None."""
    return st.one_of(st.none(), strategy)


searches = st.builds(
    Search,
    recipe=optional(st.sampled_from(["paper", "default"])),
    gamma=optional(numbers),
    threshold=optional(numbers),
    epochs=optional(st.integers(1, 1000)),
    seed=optional(st.integers(0, 2**31)),
    validation=optional(st.sampled_from([0.0, 0.1, 0.25])),
)
data_sources = st.builds(
    DataSource,
    source=optional(texts),
    options=st.dictionaries(
        file_names.filter(lambda key: key not in ("from", "source", "options")),
        st.recursive(
            texts, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2))
        ),
        max_size=2,
    ),
).filter(lambda source: bool(source.mapping))
founds = st.builds(
    Found,
    source=optional(texts),
    threshold=optional(numbers),
    params=optional(st.integers(0, 10**9)),
    metrics=st.dictionaries(st.sampled_from(["rmse", "accuracy"]), numbers),
)
DEFINED = {name: Number(value) for name, value in CLOSED_NAMES.items()} | {
    name: Choice(tuple(Number(value) for value in options)) for name, options in OPEN_NAMES.items()
}


@cache
@st.composite
def headers(draw: st.DrawFn, kind: str = "space") -> Header:
    """The header of a space or of an architecture (`kind`)."""
    return Header(
        **{kind: draw(file_names)},
        input=tuple(draw(st.lists(st.integers(1, 300), min_size=1, max_size=4))),
        data=draw(optional(data_sources)),
        define=DEFINED,
        search=draw(searches),
        found=draw(optional(founds)),
    )


@cache
@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """A whole file, as the parser would make it of its text."""
    defined = draw(blocks())
    body = defined + draw(bodies(2, Scope(blocks=sizes(defined))))
    names = Space(Header(space="names", input=(1,), define=DEFINED), body).names
    is_open = next(open_places(body, names), None) is not None
    header = draw(headers("space" if is_open else draw(st.sampled_from(["space", "architecture"]))))
    return Space(header, body, below=tuple(draw(st.lists(comment_lines, max_size=2))) or ())
