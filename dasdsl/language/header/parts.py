"""The parts of a header that have keys of their own, typed by pydantic: the keys of a file are the fields here.

This is loaded only where a header has such a part: pydantic takes longer to load than a file takes to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails

from dasdsl.language.amounts import CostName
from dasdsl.language.header.scalars import (
    Bad,
    Cost,
    Fraction,
    Natural,
    Positive,
    Real,
    Scalar,
    Stray,
    Text,
    Weight,
    Wrong,
    shown,
)
from dasdsl.language.suggest import listed


class Part(BaseModel):
    """A frozen part of the header that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys that a file may write."""
        return tuple(field.alias or name for name, field in cls.model_fields.items() if name != "metrics")


def word(*words: str) -> Scalar:
    """One of these words."""

    def read(value: object) -> str:
        if value in words:
            return str(value)
        *first, last = [f"`{one}`" for one in words]
        raise Bad(f"is {shown(value)}" if value else "has no value", f"write {', '.join(first)} or {last}")

    return Scalar(read, {"enum": [*words]})


Switch = Annotated[Literal["on", "off"], word("on", "off")]
Recipe = Annotated[Literal["paper", "default"], word("paper", "default")]
Saved = Annotated[CostName, word(*get_args(CostName))]


def about(text: str) -> Any:  # noqa: ANN401 - the default of a field of any type
    """A key that may be left out, with the sentence that editors show."""
    return Field(default=None, description=text)


class Limit(Part):
    """`limit:`, what the network that is found may cost at most, and nearly costs."""

    params: Cost | None = about("the most params: `12k`, or a part of the largest network, `20%`")
    macs: Cost | None = about("the most multiply-accumulates for one input: `40M`, or a part of the largest network")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.params is None and self.macs is None:
            raise Bad("limits nothing", "write `limit: {params: 20%}`, `limit: {macs: 40M}`, or both")
        return self


class Search(Part):
    """`search:`, how the space is searched. What is None is left to the recipe."""

    recipe: Recipe | None = about("the method: `default` or `paper`")
    gamma: Weight | None = about("the strength of sparsity, for a loss of order 1")
    eta: Weight | None = about("the strength of the penalty on connectivity")
    cost: Saved | None = about(
        "what the penalties weigh layers by: `params`, `macs`, `both`, or `layers` for all alike"
    )
    threshold: Weight | None = about("what is below goes; chosen on validation data where it is left out")
    epochs: Positive | None = about("epochs of the search")
    batch: Positive | None = about("samples a step")
    seed: Natural | None = about("of everything random")
    learning_rate: Weight | None = about("of the weights")
    weight_decay: Weight | None = about("of the weights")
    limit: Limit | None = about("what the found network may cost at most: it costs this, to 2 %")
    shaving: Weight | None = about("the steps it takes to meet the limit, as a multiple of the search's")
    tolerance: Weight | None = about("how much worse the chosen threshold may be")
    elimination: Weight | None = about("the most steps of elimination, as a multiple of the search's; 0 for none")
    shrink: Switch | None = about("whether the network that is searched becomes smaller on the way: `on` or `off`")
    finetune: Natural | None = about("epochs after the search")
    validation: Fraction | None = about("the part of the training data that thresholds are chosen on")


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


PARTS: Final[dict[str, type[Part]]] = {"search": Search, "found": Found}

P = TypeVar("P", bound=Part)


def typed(part: type[P], value: object) -> P:
    """A part from what stands under its key.

    Raises: Wrong.
    """
    try:
        return part.model_validate(value)
    except ValidationError as error:
        raise Wrong(*(refusal(part, detail) for detail in error.errors(include_url=False))) from error


def refusal(part: type[Part], detail: ErrorDetails) -> Bad | Stray:
    """One of pydantic's errors."""
    where = tuple(str(step) for step in detail["loc"])
    refused = detail.get("ctx", {}).get("error")
    if detail["type"] == "extra_forbidden":
        return Stray(where[-1], part_at(part, where[:-1]).keys(), where)
    if isinstance(refused, Bad):
        return Bad(refused.detail, refused.help, where)
    return Bad("is no mapping", f"its keys are {listed(part_at(part, where).keys())}", where)


def part_at(part: type[Part], where: tuple[str, ...]) -> type[Part]:
    """The part that stands at a place of another one."""
    return Limit if where[:1] == ("limit",) else part
