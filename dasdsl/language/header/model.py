"""What a header says. Frozen; the keys of a file are the fields here, in the order they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from dasdsl.language.header.definitions import Definitions
from dasdsl.language.header.scalars import (
    Edition,
    FileName,
    Fraction,
    Natural,
    Positive,
    Real,
    Shape,
    Text,
    Weight,
    bad,
    shown,
)


class Part(BaseModel):
    """A frozen part of the header that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def read_recipe(value: object) -> str:
    """The name of a recipe."""
    if value in ("paper", "default"):
        return str(value)
    raise bad(f"is {shown(value)}" if value else "has no value", "write `paper` or `default`")


Recipe = Annotated[Literal["paper", "default"], PlainValidator(read_recipe)]


class Search(Part):
    """`search:`, how the space is searched. What is None is left to the recipe."""

    recipe: Recipe | None = None
    gamma: Weight | None = None
    eta: Weight | None = None
    threshold: Weight | None = None
    epochs: Positive | None = None
    batch: Positive | None = None
    seed: Natural | None = None
    learning_rate: Weight | None = None
    weight_decay: Weight | None = None
    tolerance: Weight | None = None
    finetune: Natural | None = None
    validation: Fraction | None = None


class Source(Part):
    """`data:`, the default data and how it is read: the options keep the text of their scalars."""

    source: Text | None = Field(default=None, alias="from")
    options: dict[str, Any] = Field(default_factory=dict[str, Any])

    @property
    def mapping(self) -> dict[str, Any]:
        """Everything under the keys of the file."""
        return ({} if self.source is None else {"from": self.source}) | self.options

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, value: object) -> object:
        """`roads`, or a mapping in which every key but `from` is an option."""
        if isinstance(value, str):
            return {"from": value}
        if isinstance(value, Mapping) and not {"source", "options"} & value.keys():
            return {"from": value.get("from"), "options": {key: item for key, item in value.items() if key != "from"}}
        if isinstance(value, Mapping | Source):
            return value  # pyright: ignore[reportUnknownVariableType] - pydantic types it
        raise bad("is a list", "write a name, a path, or `{from: PATH, …}`")


class Found(Part):
    """`found:`, where an architecture comes from and what it measured."""

    source: Text | None = Field(default=None, alias="from")
    threshold: Weight | None = None
    seed: Natural | None = None
    params: Natural | None = None
    macs: Natural | None = None
    metrics: dict[str, Real] = Field(default_factory=dict[str, Real])

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, value: object) -> object:
        """Every key that is none of these is a metric's name."""
        if not isinstance(value, Mapping) or "metrics" in value:
            return value
        known = {"from", "source", "threshold", "seed", "params", "macs"}
        metrics = {key: item for key, item in value.items() if key not in known}
        return {key: item for key, item in value.items() if key in known} | {"metrics": metrics}


class Header(Part):
    """The header of a file: what it is called, what it reads, and defaults for commands."""

    das: Edition = 1
    space: FileName | None = None
    architecture: FileName | None = None
    input: Shape
    data: Source | None = None
    define: Definitions = Field(default_factory=dict)
    search: Search = Search()
    found: Found | None = None

    @property
    def name(self) -> str:
        """The name of the space or of the architecture."""
        return self.space or self.architecture or ""

    @property
    def closed(self) -> bool:
        """Whether it says that nothing is open."""
        return self.architecture is not None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.space is None) == (self.architecture is None):
            raise bad("has one name", "give `space` or `architecture`")
        return self
