"""How data is read: the options of a `.das` header's `data:` and of the command line, in one model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from dasdsl.data.problems import BAD_OPTION, did_you_mean
from dasdsl.diagnostics import DasError, Diagnostic

Task: TypeAlias = Literal["classification", "regression"]


def _rows(value: object) -> object:
    """`60..135` as a pair."""
    if not isinstance(value, str):
        return value
    first, dots, last = value.partition("..")
    if not dots:
        raise ValueError("write rows as first..last, for example 60..135")
    return first.strip(), last.strip()


def _ordered(rows: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= rows[0] < rows[1]:
        raise ValueError("the first row must be smaller than the last, and neither negative")
    return rows


def _names(value: object) -> object:
    """`a, b` as a tuple of names."""
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(","))
    return value


def _cameras(value: object) -> object:
    """`center, left=0.2`, a list of columns, or a mapping from columns to offsets, as pairs."""
    if isinstance(value, str):
        pairs = (item.partition("=") for item in value.split(","))
        return tuple((name.strip(), offset.strip() or "0") for name, _, offset in pairs)
    if isinstance(value, Mapping):
        return tuple(value.items())  # pyright: ignore[reportUnknownVariableType] - pydantic types it
    if isinstance(value, list) and all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        return tuple((item, 0) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return value


Rows: TypeAlias = Annotated[tuple[int, int], BeforeValidator(_rows), AfterValidator(_ordered)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]


class DataOptions(BaseModel):
    """Options of a data set. Every one has a default, and a source uses only those that concern it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source: Annotated[str | None, Field(alias="from", min_length=1, description="Name or path of the data.")] = None
    task: Annotated[
        Task | None,
        Field(description="`classification` or `regression`; otherwise integer targets are classes, others are not."),
    ] = None
    cameras: Annotated[
        tuple[tuple[Name, Finite], ...],
        BeforeValidator(_cameras),
        Field(
            description="CSV: the columns that hold image paths, each with what is added to the targets of its images: "
            "`{center: 0, left: 0.2, right: -0.2}`. Otherwise the first column."
        ),
    ] = ()
    target: Annotated[
        tuple[Name, ...],
        BeforeValidator(_names),
        Field(description="CSV: the column or columns of targets. Otherwise the last column."),
    ] = ()
    crop: Annotated[
        Rows | None,
        Field(description="Images: the rows that are kept, `60..135`: from row 60 up to, not including, row 135."),
    ] = None
    block: Annotated[
        int | None,
        Field(
            ge=1, description="CSV: this many consecutive rows are one group, never split between training and test."
        ),
    ] = None
    every: Annotated[int, Field(ge=2, description="CSV with `block`: every n-th block is test.")] = 5
    test: Annotated[
        Finite, Field(gt=0, lt=1, description="The part that becomes test data where the source does not say.")
    ] = 0.2
    seed: Annotated[
        int, Field(ge=0, lt=2**63, description="Which samples become test data where the source does not say.")
    ] = 0

    def over(self, defaults: Self) -> Self:
        """These options where they are given, and `defaults` elsewhere."""
        return defaults.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The options with these names and values; texts are fine, as flags give them.

        Raises: DasError D218 with one diagnostic for each value that does not fit.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise DasError(_diagnostic(part, tuple(cls._written())) for part in error.errors()) from error

    @classmethod
    def _written(cls) -> Iterator[str]:
        """The names of the options as users write them."""
        return (field.alias or name for name, field in cls.model_fields.items())


def _diagnostic(part: ErrorDetails, known: Sequence[str]) -> Diagnostic:
    name = str(part["loc"][0])
    if part["type"] == "extra_forbidden":
        advice = f"{did_you_mean(name, known)}the options are {', '.join(f'`{option}`' for option in known)}"
        return BAD_OPTION.at(f"unknown option of the data `{name}`", help=advice)
    said = part["msg"].removeprefix("Value error, ")
    described = DataOptions.model_fields["source" if name == "from" else name].description or ""
    return BAD_OPTION.at(f"the data's `{name}` does not fit: {said[:1].lower()}{said[1:]}", help=described)
