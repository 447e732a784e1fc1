"""The JSON Schema of a header, for editors of YAML; made from the model, which stays the only definition."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from dasdsl.language.header.model import Header

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Written(GenerateJsonSchema):
    """What a file may write: a key is left out, it never has the value null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """The value that it has where it has one."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The value; what is left out is the matter of commands."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - pydantic's own signature
        """Never: a title would repeat the key."""
        return False


@cache
def header_schema() -> Mapping[str, Any]:
    """The schema of the mapping between the two lines `---`."""
    made = Header.model_json_schema(schema_generator=Written)
    return {"$schema": DIALECT, **made, "title": "Header of a .das file"}


def keys_of(*keys: str) -> Mapping[str, str]:
    """The keys below these, none of which means the header itself, each with the sentence about it."""
    schema = header_schema()
    found: Mapping[str, Any] = schema
    for key in keys:
        found = properties(schema, found).get(key, {})
    return {key: value["description"] for key, value in properties(schema, found).items()}


def description_of(*keys: str) -> str | None:
    """The sentence about a key of the header (`search`, `gamma`), None where there is no such key."""
    return keys_of(*keys[:-1]).get(keys[-1])


def properties(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keys of a part of the schema, whichever of its forms has some."""
    inner = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    options = (inner, *inner.get("anyOf", ()))
    return next((option["properties"] for option in options if "properties" in option), {})
