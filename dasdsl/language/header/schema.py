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


def description_of(*keys: str) -> str | None:
    """The sentence about a key of the header (`search`, `gamma`), None where there is no such key."""
    schema = header_schema()
    found: Mapping[str, Any] = schema
    for key in keys:
        inner = schema["$defs"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found
        options = [inner, *inner.get("anyOf", ())]
        found = next((one["properties"][key] for one in options if key in one.get("properties", {})), {})
    return found.get("description")
