"""The JSON Schema of a header, for editors of YAML; made of what reads its values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from dasdsl.language import limits
from dasdsl.language.header.definitions import IDENTIFIER
from dasdsl.language.header.model import Header
from dasdsl.language.header.parts import PARTS
from dasdsl.language.header.scalars import EDITION, FILE_NAME, SHAPE, TEXT
from dasdsl.language.words import reserved

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


ABOUT: Final = {
    "das": "the edition of the language",
    "space": "the name of a space, in which something is open",
    "architecture": "the name of an architecture, in which nothing is open",
    "input": "the shape of one sample, channels first, without the batch: `3x66x200`",
    "data": "the default for `--data`: a name, a path, or a mapping with `from` and options",
    "define": "names for numbers, for expressions, and for decisions that are shared",
    "search": "settings of the search; flags override them",
    "found": "where an architecture comes from and what it measured",
}
"""The sentence about each key of the header."""


@cache
def header_schema() -> Mapping[str, Any]:
    """The schema of the mapping between the two lines `---`."""
    parts = models_json_schema([(part, "validation") for part in PARTS.values()], schema_generator=Written)[1]["$defs"]
    refs = {key: {"$ref": f"#/$defs/{part.__name__}"} for key, part in PARTS.items()}
    scalars = {"das": EDITION, "space": FILE_NAME, "architecture": FILE_NAME, "input": SHAPE}
    values = (
        {key: scalar.schema for key, scalar in scalars.items()} | {"data": sources(), "define": definitions()} | refs
    )
    return {
        "$schema": DIALECT,
        "$defs": parts,
        "additionalProperties": False,
        "description": (Header.__doc__ or "").partition("\n")[0],
        "oneOf": [{"required": ["space"]}, {"required": ["architecture"]}],
        "properties": {key: {**values[key], "description": about} for key, about in ABOUT.items()},
        "required": ["das", "input"],
        "title": "Header of a .das file",
        "type": "object",
    }


def sources() -> dict[str, Any]:
    """`data:`, a name, a path, or a mapping with any options."""
    name = {**TEXT.schema, "description": "the name or the path of the data"}
    return {"anyOf": [TEXT.schema, {"type": "object", "properties": {"from": name}}]}


def definitions() -> dict[str, Any]:
    """`define:`, names with numbers or texts."""
    names = {"pattern": f"^{IDENTIFIER.pattern}$", "maxLength": limits.NAME, "not": {"enum": sorted(reserved())}}
    values = {"type": ["integer", "string"], "minLength": 1}
    return {"type": "object", "propertyNames": names, "additionalProperties": values}


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
