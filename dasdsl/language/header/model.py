"""What a header says. Frozen; the keys of a file are the fields here, in the order they are printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from dasdsl.frozen import frozen
from dasdsl.language.header.definitions import checked
from dasdsl.language.header.scalars import EDITION, FILE_NAME, SHAPE, TEXT, Bad
from dasdsl.operations.core.values import Choice, Expression

if TYPE_CHECKING:
    from dasdsl.language.header.parts import Found, Search


@frozen
class Source:
    """`data:`, the default data and how it is read: the options keep the text of their scalars."""

    source: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def mapping(self) -> dict[str, Any]:
        """Everything under the keys of the file."""
        return ({} if self.source is None else {"from": self.source}) | dict(self.options)


def read_source(value: object) -> Source:
    """`roads`, or a mapping in which every key but `from` is an option."""
    match value:
        case Source():
            return value
        case str():
            return Source(TEXT.read(value))
        case Mapping():
            options: dict[str, Any] = {str(key): item for key, item in value.items() if key != "from"}
            try:
                return Source(TEXT.read(value["from"]) if "from" in value else None, options)
            except Bad as bad:
                raise Bad(bad.detail, bad.help, ("from",)) from None
        case _:
            raise Bad("is a list", "write a name, a path, or `{from: PATH, …}`")


def read_search(value: object) -> Search | None:
    """The settings; None where there are none."""
    from dasdsl.language.header.parts import Search, typed

    found = typed(Search, value)
    return None if found == Search() else found


def read_found(value: object) -> Found:
    """Where an architecture comes from."""
    from dasdsl.language.header.parts import Found, typed

    return typed(Found, value)


@frozen(kw_only=True)
class Header:
    """The header of a file: what it is called, what it reads, and defaults for commands.

    Values may be given as a file has them, or as they are typed here.
    Raises: Bad, for a value that cannot be; Wrong, for those within a part.
    """

    das: int = 1
    space: str | None = None
    architecture: str | None = None
    input: tuple[int, ...]
    data: Source | None = None
    define: Mapping[str, Expression | Choice] = field(default_factory=dict[str, Expression | Choice])
    search: Search | None = None
    found: Found | None = None

    def __post_init__(self) -> None:
        for name, read in READERS.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, read(value))
        if (self.space is None) == (self.architecture is None):
            raise Bad("has one name", "give `space` or `architecture`")

    @property
    def name(self) -> str:
        """The name of the space or of the architecture."""
        return self.space or self.architecture or ""

    @property
    def closed(self) -> bool:
        """Whether it says that nothing is open."""
        return self.architecture is not None


READERS: Final[dict[str, Callable[[object], Any]]] = {
    "das": EDITION.read,
    "space": FILE_NAME.read,
    "architecture": FILE_NAME.read,
    "input": SHAPE.read,
    "data": read_source,
    "define": checked,
    "search": read_search,
    "found": read_found,
}
"""What makes a value of the text under a key."""
