"""What a header says. Frozen; the keys of a file are the fields here, in the order they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

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


Recipe = Annotated[
    Literal["paper", "default"], PlainValidator(read_recipe), WithJsonSchema({"enum": ["paper", "default"]})
]


def about(text: str) -> Any:  # noqa: ANN401 - the default of a field of any type
    """A key that may be left out, with the sentence that editors show."""
    return Field(default=None, description=text)


class Search(Part):
    """`search:`, how the space is searched. What is None is left to the recipe."""

    recipe: Recipe | None = about("the method: `default` or `paper`")
    gamma: Weight | None = about("the strength of sparsity, for a loss of order 1")
    eta: Weight | None = about("the strength of the penalty on connectivity")
    threshold: Weight | None = about("what is below goes; chosen on validation data where it is left out")
    epochs: Positive | None = about("epochs of the search")
    batch: Positive | None = about("samples a step")
    seed: Natural | None = about("of everything random")
    learning_rate: Weight | None = about("of the weights")
    weight_decay: Weight | None = about("of the weights")
    tolerance: Weight | None = about("how much worse the chosen threshold may be")
    elimination: Weight | None = about("the most steps of elimination, as a multiple of the search's; 0 for none")
    finetune: Natural | None = about("epochs after the search")
    validation: Fraction | None = about("the part of the training data that thresholds are chosen on")


class Source(Part):
    """`data:`, the default data and how it is read: the options keep the text of their scalars."""

    source: Text | None = Field(default=None, alias="from", description="the name or the path of the data")
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

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        keys = handler.resolve_ref_schema(handler(schema))["properties"]
        text = {key: value for key, value in keys["from"].items() if key != "description"}
        return {"anyOf": [text, {"type": "object", "properties": {"from": keys["from"]}}]}


class Found(Part):
    """`found:`, where an architecture comes from and what it measured."""

    source: Text | None = Field(default=None, alias="from", description="the space that it was found in")
    threshold: Weight | None = about("what was below it went")
    seed: Natural | None = about("the seed of the search")
    params: Natural | None = about("trainable parameters")
    macs: Natural | None = about("multiply-accumulates for one input")
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

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = dict(handler.resolve_ref_schema(handler(schema)))
        metrics = found["properties"]["metrics"]["additionalProperties"]
        keys = {key: value for key, value in found["properties"].items() if key != "metrics"}
        return found | {"properties": keys, "additionalProperties": metrics}


class Header(Part):
    """The header of a file: what it is called, what it reads, and defaults for commands."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["das", "input"],
            "oneOf": [{"required": ["space"]}, {"required": ["architecture"]}],
        }
    )

    das: Edition = Field(default=1, description="the edition of the language")
    space: FileName | None = about("the name of a space, in which something is open")
    architecture: FileName | None = about("the name of an architecture, in which nothing is open")
    input: Shape = Field(description="the shape of one sample, channels first, without the batch: `3x66x200`")
    data: Source | None = about("the default for `--data`: a name, a path, or a mapping with `from` and options")
    define: Definitions = Field(
        default_factory=dict, description="names for numbers, for expressions, and for decisions that are shared"
    )
    search: Search = Field(default=Search(), description="settings of the search; flags override them")
    found: Found | None = about("where an architecture comes from and what it measured")

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
