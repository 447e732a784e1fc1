"""Types of the header's scalars: each reads the text of a file, or takes the value that Python code gives.

Pydantic takes them as annotations; it is loaded only where a header has a part that it types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite, prod
from typing import TYPE_CHECKING, Annotated, Any, Final

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.language.amounts import FORM, PATTERN, Amount

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)")
REAL: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
PER_CENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?) ?%")
WORD: Final = re.compile(r"[A-Za-z0-9_-]+")


class Bad(ValueError):
    """A value that cannot be; becomes a problem at the value's place, or at that of a value within it (`where`)."""

    def __init__(self, detail: str, help: str, where: tuple[str, ...] = ()) -> None:  # noqa: A002 - the field it fills
        super().__init__(f"{detail}; {help}")
        self.detail = detail
        self.help = help
        self.where = where


class Stray(ValueError):
    """A key that is not known where it stands, and those that are; `where` leads to it from the key of its part."""

    def __init__(self, key: str, known: tuple[str, ...], where: tuple[str, ...] = ()) -> None:
        super().__init__(f"unknown key `{key}`")
        self.where = where
        self.known = known


class Wrong(ValueError):
    """All that is wrong with what stands under a key."""

    def __init__(self, *found: Bad | Stray) -> None:
        super().__init__("; ".join(map(str, found)))
        self.found = found


@frozen(slots=True, eq=False)
class Scalar:
    """How a value is read, and what editors know of it (a JSON Schema)."""

    read: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.schema


def shown(value: object) -> str:
    """A value in a message."""
    text = value if isinstance(value, str) else "a list" if isinstance(value, list) else "a mapping"
    return f"`{text[:40]}`" if isinstance(value, str) else text


def read_integer(value: object) -> int:
    """A decimal integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and INTEGER.fullmatch(value) and len(value) <= 20:
        return int(value)
    raise Bad(f"is {shown(value)}, which is no integer", "write a whole number, for example `8`")


def number_for(value: object) -> str:
    """What to write in the place of what is no number: of so many per cent, that part of 1."""
    found = PER_CENT.fullmatch(value) if isinstance(value, str) else None
    return "write a number, for example `0.5` or `1e-6`" if found is None else f"write `{float(found[1]) / 100:g}`"


def read_real(value: object) -> float:
    """A finite decimal."""
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    if isinstance(value, str) and REAL.fullmatch(value) and len(value) <= 40 and isfinite(float(value)):
        return float(value)
    raise Bad(f"is {shown(value)}, which is no number", number_for(value))


def within(
    read: Callable[[object], float], least: float, most: float | None, text: str, *, below: bool = False
) -> Callable[[object], float]:
    """A reader of numbers that also checks the range."""

    def checked(value: object) -> float:
        number = read(value)
        if number < least or (most is not None and (number >= most if below else number > most)):
            raise Bad(f"is {value}", f"write a number {text}")
        return number

    return checked


def read_edition(value: object) -> int:
    """The edition of the language."""
    if str(value) == "1":
        return 1
    raise Bad(f"is {shown(value)}", "this version of dasdsl knows edition 1: write `das: 1`")


def read_name(value: object) -> str:
    """The name of a space or an architecture."""
    if isinstance(value, str) and WORD.fullmatch(value) and len(value) <= limits.NAME:
        return value
    detail = f"is {shown(value)}" if value else "has no value"
    raise Bad(detail, f"names have letters, digits, `_` and `-`, at most {limits.NAME}")


def read_text(value: object) -> str:
    """Any text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise Bad(f"is {shown(value)}" if value else "has no value", "write a name or a path")


def read_shape(value: object) -> tuple[int, ...]:
    """`3x66x200`: channels, then up to three sizes of space; a plain vector is one number."""
    form = "write channels and sizes of space, for example `3x66x200`, `1x16000` or `16`"
    if isinstance(value, str):
        sizes = value.split("x")
        if not all(INTEGER.fullmatch(size) and len(size) <= limits.DIGITS for size in sizes):
            raise Bad(f"is {shown(value)}" if value else "has no value", form)
        value = tuple(int(size) for size in sizes)
    if not isinstance(value, tuple) or not all(isinstance(size, int) for size in value):
        raise Bad(f"is {shown(value)}", f"edition 1 has one input; {form}")
    shape: tuple[int, ...] = value
    if not 1 <= len(shape) <= 4:
        raise Bad(f"has {len(shape)} sizes", "edition 1 has channels and up to 3 dimensions of space, never a batch")
    fits = all(1 <= size <= limits.INPUT for size in shape) and shape[0] <= limits.SIZE
    if not fits or prod(shape) > limits.NUMBERS:
        remedy = f"each size is between 1 and {limits.INPUT:,}, the channels are at most {limits.SIZE:,}"
        raise Bad(f"is {'x'.join(map(str, shape))}", remedy)
    return shape


def read_amount(value: object) -> str:
    """What something may cost, as it is written."""
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    try:
        Amount.read(text if isinstance(text, str) else "")
    except ValueError:
        raise Bad(f"is {shown(value)}" if value else "has no value", FORM) from None
    return str(text)


def text_or(schema: dict[str, Any], pattern: str) -> dict[str, Any]:
    """For editors: a value as YAML types it, or its text, as it is where YAML does not."""
    return {"anyOf": [schema, {"type": "string", "pattern": f"^{pattern}$"}]}


NO_SIGN: Final = r"(0|[1-9][0-9]*)"
NO_SIGN_REAL: Final = REAL.pattern.removeprefix("-?")
SIZES: Final = r"[1-9][0-9]*(x[1-9][0-9]*){0,3}"

EDITION: Final = Scalar(read_edition, {"enum": [1, "1"]})
FILE_NAME: Final = Scalar(
    read_name, {"type": ["string", "integer"], "pattern": f"^{WORD.pattern}$", "maxLength": limits.NAME}
)
SHAPE: Final = Scalar(read_shape, text_or({"type": "integer", "minimum": 1}, SIZES))
TEXT: Final = Scalar(read_text, {"type": ["string", "number", "boolean"], "minLength": 1})

Text = Annotated[str, TEXT]
Natural = Annotated[
    int,
    Scalar(
        within(read_integer, 0, None, "of at least 0"),
        text_or({"type": "integer", "minimum": 0}, NO_SIGN),
    ),
]
Positive = Annotated[
    int,
    Scalar(
        within(read_integer, 1, None, "of at least 1"),
        text_or({"type": "integer", "minimum": 1}, r"[1-9][0-9]*"),
    ),
]
Real = Annotated[float, Scalar(read_real, text_or({"type": "number"}, REAL.pattern))]
Weight = Annotated[
    float,
    Scalar(
        within(read_real, 0, None, "of at least 0"),
        text_or({"type": "number", "minimum": 0}, NO_SIGN_REAL),
    ),
]
Cost = Annotated[
    str,
    Scalar(
        read_amount,
        text_or({"type": "number", "exclusiveMinimum": 0}, rf"(?!0(\.0+)?[%kKmMgG]?$){PATTERN}"),
    ),
]
Fraction = Annotated[
    float,
    Scalar(
        within(read_real, 0, 1, "from 0 to below 1", below=True),
        text_or({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, NO_SIGN_REAL),
    ),
]
