"""The JSON Schema of a header says what the model says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given

from dasdsl.language import Header, load, loads
from dasdsl.language.header.printing import print_header
from dasdsl.language.header.schema import description_of, header_schema
from tests.strategies import headers

VALIDATOR = jsonschema.Draft202012Validator(header_schema())
BODY = "\n---\nconv filters 3x3 channels 4\n"
RIGHT = "das: 1\nspace: a\ninput: 4x8x8"
WRONG = [
    "space: a\ninput: 4x8x8",
    "das: 2\nspace: a\ninput: 4x8x8",
    "das: 1\ninput: 4x8x8",
    "das: 1\nspace: a",
    "das: 1\nspace: a\narchitecture: b\ninput: 4x8x8",
    "das: 1\nspace: a b\ninput: 4x8x8",
    "das: 1\nspace: a\ninput: 4x8x8x8x8",
    "das: 1\nspace: a\ninput: 3x0x8",
    "das: 1\nspace: a\ninput: [4, 8]",
    f"{RIGHT}\nnothing: 1",
    f"{RIGHT}\nsearch: {{gama: 1}}",
    f"{RIGHT}\nsearch: {{gamma: -1}}",
    f"{RIGHT}\nsearch: {{gamma: much}}",
    f"{RIGHT}\nsearch: {{epochs: 0}}",
    f"{RIGHT}\nsearch: {{epochs: 1.5}}",
    f"{RIGHT}\nsearch: {{validation: 1}}",
    f"{RIGHT}\nsearch: {{recipe: best}}",
    f"{RIGHT}\nsearch: {{cost: latency}}",
    f"{RIGHT}\nsearch: 3",
    f"{RIGHT}\ndefine: {{conv: 3}}",
    f"{RIGHT}\ndefine: {{3x: 3}}",
    f"{RIGHT}\ndefine: {{c: [1, 2]}}",
    f"{RIGHT}\ndefine: 4",
    f"{RIGHT}\nfound: {{rmse: good}}",
    f"{RIGHT}\nfound: {{params: -1}}",
    f"{RIGHT}\ndata: [a, b]",
]


def header_of(text: str) -> str:
    return text.split("---\n")[1]


def valid(text: str, loader: type[yaml.SafeLoader | yaml.BaseLoader]) -> bool:
    return VALIDATOR.is_valid(yaml.load(text, loader))  # noqa: S506 - loaders of plain data


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(header_schema())


@pytest.mark.parametrize("path", sorted(Path("spaces").glob("*.das")), ids=lambda path: path.stem)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.BaseLoader])
def test_headers_that_ship_are_valid(path: Path, loader: type[yaml.SafeLoader]) -> None:
    load(path)
    assert valid(header_of(path.read_text(encoding="utf-8")), loader)


@given(headers())
def test_what_is_printed_is_valid(header: Header) -> None:
    text = print_header(header).removeprefix("---\n").removesuffix("\n---")
    assert valid(text, yaml.BaseLoader)


@pytest.mark.parametrize("text", WRONG)
def test_what_the_model_refuses_is_not(text: str) -> None:
    with pytest.raises(Exception, match="error"):
        loads(f"---\n{text}{BODY}")
    assert not valid(text, yaml.SafeLoader)


def keys(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    parts = [schema, *schema["$defs"].values()]
    options = [option for part in parts for option in (part, *part.get("anyOf", ()))]
    for option in options:
        yield from option.get("properties", {}).items()


@pytest.mark.parametrize(("key", "schema"), list(keys(header_schema())))
def test_every_key_is_described_and_typed(key: str, schema: Mapping[str, Any]) -> None:
    assert schema["description"]
    assert {"type", "enum", "anyOf", "$ref"} & schema.keys(), key


def test_descriptions_are_found_by_their_keys() -> None:
    assert description_of("search", "seed") == "of everything random"
    assert description_of("data", "from") == "the name or the path of the data"
    assert description_of("search", "nothing") is None
    assert description_of("nothing") is None
