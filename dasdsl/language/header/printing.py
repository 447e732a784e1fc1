"""The canonical text of a header that was made, not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from dasdsl.language.header.model import Header
from dasdsl.language.header.nodes import Data
from dasdsl.language.reports import escaped
from dasdsl.language.writing import spelling
from dasdsl.language.written import spell

if TYPE_CHECKING:
    from dasdsl.language.header.parts import Part

PLAIN: Final = re.compile(r"(?!<<)([A-Za-z0-9_./+(<]|-(?=[0-9]))[A-Za-z0-9_./+=<>|*()%-]*( [A-Za-z0-9_./+=<>|*()%-]+)*")
"""Text that means itself in YAML, inside `{…}` as well."""


def print_header(header: Header) -> str:
    """The header with its fences, without a line feed at its end."""
    lines = [f"das: {header.das}"]
    if header.space is not None:
        lines.append(f"space: {scalar(header.space)}")
    if header.architecture is not None:
        lines.append(f"architecture: {scalar(header.architecture)}")
    lines.append(f"input: {'x'.join(str(size) for size in header.input)}")
    if header.data is not None:
        options = header.data.options
        lines.append(f"data: {data(header.data.mapping if options else header.data.source or {})}")
    if header.define:
        lines.append(f"define: {flow({name: spell(value) for name, value in header.define.items()})}")
    if header.search is not None:
        lines.append(f"search: {flow(written(header.search))}")
    if header.found is not None:
        lines.append(f"found: {flow(written(header.found))}")
    return "\n".join(("---", *lines, "---"))


def written(part: Part) -> dict[str, Data]:
    """The keys of a part that say something."""
    out: dict[str, Data] = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value is not None and name != "metrics":
            out[field.alias or name] = text_of(value)
    metrics: dict[str, float] = getattr(part, "metrics", {})
    return out | {name: spelling(value) for name, value in metrics.items()}


def text_of(value: object) -> Data:
    """A value as it is written; a part within a part has keys of its own."""
    if hasattr(type(value), "model_fields"):
        return written(cast("Part", value))
    return spelling(value) if isinstance(value, float) else str(value)


def flow(values: dict[str, Data]) -> str:
    """`{a: 1, b: 2}`."""
    return "{" + ", ".join(f"{scalar(key)}: {data(value)}" for key, value in values.items()) + "}"


def data(value: Data) -> str:
    """A scalar, a list or a mapping."""
    if isinstance(value, dict):
        return flow(value)
    return f"[{', '.join(data(item) for item in value)}]" if isinstance(value, list) else scalar(value)


def scalar(text: str) -> str:
    """Text as it is where YAML reads it back so, else in double quotes."""
    if PLAIN.fullmatch(text):
        return text
    escapes = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n"}
    # what cannot be seen could not be read back either: names of files may hold anything
    quoted = "".join(escapes.get(sign, sign if sign.isprintable() else escaped(sign)) for sign in text)
    return f'"{quoted}"'
