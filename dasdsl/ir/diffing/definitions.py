"""Names of `define` that stand for something else, where that changes a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dasdsl.ir.diffing.difference import Change, Layer
from dasdsl.ir.diffing.parts import Part
from dasdsl.ir.diffing.verdicts import verdict
from dasdsl.ir.diffing.wording import options
from dasdsl.language.mentions import names_in
from dasdsl.language.space import Space
from dasdsl.language.written import spell
from dasdsl.operations.core.values import Options

DEFINE = "define"


def redefined(a: Space, b: Space, layers: Iterable[Layer]) -> Iterator[Change]:
    """The names, in the order of the second header, that fields which changed are written with on both sides."""
    used = set(_used(layers))
    for name, value in b.header.define.items():
        if name in used and name in a.header.define and a.names[name] != b.names[name]:
            was, now = a.names[name], b.names[name]
            before = spell(a.header.define[name])
            yield Change(DEFINE, name, before, spell(value), _said(was), _said(now), verdict(was, now))


def _used(layers: Iterable[Layer]) -> Iterator[str]:
    for layer in layers:
        if layer.a is not None and layer.b is not None:
            fields = {change.what for change in layer.changes}
            yield from set(_names(layer.a, fields)) & set(_names(layer.b, fields))


def _names(part: Part, fields: set[str]) -> Iterator[str]:
    for name, value in part.statement.fields:
        if name in fields:
            yield from (mentioned.name for mentioned in names_in(value))


def _said(value: int | Options) -> str:
    return options(value.values) if isinstance(value, Options) else str(value)
