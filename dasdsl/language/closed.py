"""What all kinds of fields ask of their values: a form that the field takes, a number in its bounds, nothing open."""

from __future__ import annotations

from typing import Final

from dasdsl.language import errors, limits
from dasdsl.language.arithmetic import Names, evaluate
from dasdsl.language.words import words_of
from dasdsl.language.written import option as spell_option
from dasdsl.language.written import spell
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import (
    AtMost,
    Binary,
    Choice,
    Dims,
    Expression,
    Name,
    Number,
    Options,
    Parenthesised,
    Span,
    Written,
)

EXPRESSIONS: Final = (Number, Name, Binary, Parenthesised)

FORMS: Final = {
    Kind.COUNT: "a number (`48`), at most so many (`<=48`), or a choice (`<16|32>`)",
    Kind.FILTERS: "one side a dimension (`3x3`, `<1..5>x3`), or a choice of shapes (`<3x3|1x7>`)",
    Kind.STEPS: "one number (`2`), or one a side (`2x1`)",
    Kind.OPEN_STEPS: "one number (`2`), one a side (`2x1`), or a choice of one for all (`<1|2|4>`)",
    Kind.PADS: "`same`, `valid`, a number, or before/after for each side (`2/1 x 0/-1`)",
    Kind.GROUPS: "a number, a choice (`<1|2|4>`), `<=p` to search patterns, or the patterns (`[0-5 -> 0-11; 6 -> 12]`)",
    Kind.READS: "`all`, `any`, or positions (`[0-11,14]`)",
    Kind.PART: "which of the parts (`1 of 2`), or positions (`[0-11,14]`)",
    Kind.DEPTH: "a number (`3`), or a choice (`<1..4>`)",
    Kind.CALL: "its name and, in parentheses, its arguments (`body(64, 3)`)",
    Kind.INTEGER: "a whole number",
    Kind.LABEL: "the label of an earlier statement",
    Kind.DECIMAL: "a number, for example `0.2`",
}


def forms(field: Field) -> str:
    """What a field's value may look like, for help lines."""
    return FORMS[field.kind] if field.kind is not Kind.WORD else " or ".join(f"`{word}`" for word in words_of(field))


def wrong(value: Written, field: Field) -> Refused:
    """The value has a form that the field does not take."""
    return Refused(
        errors.values.WrongForm(span=value.span, field=field.said, written=spell(value), forms=forms(field)), field.name
    )


def ranged(value: int, span: Span, field: Field, least: int | None = None) -> int:
    """The number, which must be one that the field allows."""
    least = field.least if least is None else least
    if not least <= value <= limits.SIZE:
        most = f"{limits.SIZE:,}"
        problem = errors.values.NumberOutOfRange(
            span=span, field=field.name, number=f"{value:,}", least=str(least), most=most
        )
        raise Refused(problem, field.name)
    return value


def closed(value: Expression, field: Field, names: Names, least: int | None = None) -> int:
    """An expression that depends on no decision."""
    found = evaluate(value, names)
    if isinstance(found, Options):
        options = tuple(str(option) for option in found.values[:3])
        problem = errors.values.NotOpenable(
            span=value.span, field=field.said, written=spell(value), alternatives=options
        )
        raise Refused(problem, field.name)
    return ranged(found, value.span, field, least)


def refuse_open(value: Written, field: Field) -> None:
    """A closed field is not opened, in whatever form."""
    choices = [value] if not isinstance(value, Dims) else [side for side in value.sides if isinstance(side, Choice)]
    for choice in choices:
        if isinstance(choice, Choice | AtMost):
            found = tuple(spell_option(item) for item in choice.options[:3]) if isinstance(choice, Choice) else ()
            problem = errors.values.NotOpenable(
                span=choice.span, field=field.said, written=spell(choice), alternatives=found
            )
            raise Refused(problem, field.name)
