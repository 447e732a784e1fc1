"""Frozen dataclasses whose methods are made in a fifth of the time.

`@frozen` is `@dataclass(frozen=True)`: the same fields, constructor, equality, hash, order and text, and the standard
library's `fields`, `replace` and `asdict` know it. The standard library compiles six methods for each class, in about
0.9 ms; here the constructor alone is compiled, and what all classes share is written once. A command makes more than
a hundred such classes before it reads a file (`benchmarks/HISTORY.md`, "Start-up").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, dataclass_transform, overload

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Made = TypeVar("Made")
LEFT_OUT: Final = object()
"""Stands for an argument whose default is made anew for each instance."""


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Made], /) -> type[Made]: ...


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    *, kw_only: bool = False, slots: bool = False, eq: bool = True, order: bool = False
) -> Callable[[type[Made]], type[Made]]: ...


def frozen(
    cls: type[Made] | None = None,
    /,
    *,
    kw_only: bool = False,
    slots: bool = False,
    eq: bool = True,
    order: bool = False,
) -> type[Made] | Callable[[type[Made]], type[Made]]:
    """Make a class a frozen dataclass; `eq=False` leaves equality by identity.

    Raises `TypeError` where a field without a default follows one that has one, or is not an argument (`init=False`).
    """

    def made(bare: type[Made]) -> type[Made]:
        # A class with an `__eq__` of its own has None for its hash.
        own = {name for name, held in vars(bare).items() if held is not None}
        ready = dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(bare)
        known = fields(cast("type[DataclassInstance]", ready))
        methods: dict[str, Callable[..., Any]] = {
            "__init__": constructor(ready, known, hasattr(ready, "__post_init__")),
            "__setattr__": refuse_to_set,
            "__delattr__": refuse_to_delete,
            "__repr__": text,
        }
        if slots:
            methods |= {"__getstate__": state, "__setstate__": restore}
        if eq:
            methods |= comparing(known)
        if order:
            methods |= ordering(known)
        for name, method in methods.items():
            if name not in own:
                setattr(ready, name, method)
        return ready

    return made if cls is None else made(cls)


def constructor(cls: type, known: tuple[Field[Any], ...], then: bool) -> Callable[..., None]:
    """The `__init__` of a class with these fields; `then` runs its `__post_init__`."""
    names: dict[str, Any] = {"_store_": object.__setattr__, "_LEFT_OUT_": LEFT_OUT}
    places = [argument(one, names) for one in known if not one.kw_only]
    named = [argument(one, names) for one in known if one.kw_only]
    lines = [stored(one, cls, names) for one in known]
    head = ", ".join(["self", *places, *(("*", *named) if named else ())])
    body = "\n ".join([*lines, *(("self.__post_init__()",) if then else ())]) or "pass"
    try:
        # As in the standard library: the text is made of the names of the fields in our own source alone, each of them
        # an identifier (`argument`). No file and no command reaches it.
        exec(f"def __init__({head}):\n {body}", names)  # noqa: S102
    except SyntaxError as wrong:
        raise TypeError(f"the fields of a class cannot be arguments: {wrong.msg}") from wrong
    made: Callable[..., None] = names["__init__"]
    return made


def argument(one: Field[Any], names: dict[str, Any]) -> str:
    """A field among the constructor's arguments; its default is put among the names that the constructor sees."""
    if not one.init:
        raise TypeError(f"the field {one.name} of a frozen class must be an argument")
    if not one.name.isidentifier():
        raise TypeError(f"the field {one.name!r} of a frozen class is no name")
    if one.default_factory is not MISSING:
        names[f"_make_{one.name}_"] = one.default_factory
        return f"{one.name}=_LEFT_OUT_"
    if one.default is not MISSING:
        names[f"_default_{one.name}_"] = one.default
        return f"{one.name}=_default_{one.name}_"
    return one.name


def stored(one: Field[Any], cls: type, names: dict[str, Any]) -> str:
    """The line that sets a field; a slot has a setter of its own, which takes two thirds of the time."""
    slot = getattr(cls, one.name, None)
    if not isinstance(slot, MemberDescriptorType):
        return f"_store_(self, {one.name!r}, {value(one)})"
    names[f"_set_{one.name}_"] = slot.__set__
    return f"_set_{one.name}_(self, {value(one)})"


def value(one: Field[Any]) -> str:
    """What a field is set to."""
    if one.default_factory is MISSING:
        return one.name
    return f"_make_{one.name}_() if {one.name} is _LEFT_OUT_ else {one.name}"


def comparing(known: tuple[Field[Any], ...]) -> dict[str, Callable[..., Any]]:
    """Equality and hash by the fields that take part."""
    compared = getter([one.name for one in known if one.compare])
    hashed = getter([one.name for one in known if (one.compare if one.hash is None else one.hash)])

    def equal(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_of(self: object) -> int:
        return hash(hashed(self))

    return {"__eq__": equal, "__hash__": hash_of}


def ordering(known: tuple[Field[Any], ...]) -> dict[str, Callable[..., Any]]:
    """Order by the fields that take part, the first one first."""
    compared = getter([one.name for one in known if one.compare])

    def less(self: object, other: object) -> bool:
        return compared(self) < compared(other) if other.__class__ is self.__class__ else NotImplemented

    def at_most(self: object, other: object) -> bool:
        return compared(self) <= compared(other) if other.__class__ is self.__class__ else NotImplemented

    # Python asks the other side for `>` and `>=`.
    return {"__lt__": less, "__le__": at_most}


def getter(names: list[str]) -> Callable[[object], Any]:
    """These attributes of an object, in C: as fast as a method that was compiled for them."""
    return attrgetter(*names) if names else nothing


def nothing(_: object) -> tuple[()]:
    """The attributes of a class that has none."""
    return ()


def text(self: DataclassInstance) -> str:
    """`Name(field=value, …)`."""
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


def refuse_to_set(_: object, name: str, __: object) -> None:
    """The fields of a frozen instance stay."""
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def refuse_to_delete(_: object, name: str) -> None:
    """The fields of a frozen instance stay."""
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def state(self: DataclassInstance) -> list[Any]:
    """What a copy is made of."""
    return [getattr(self, one.name) for one in fields(self)]


def restore(self: DataclassInstance, values: list[Any]) -> None:
    """Make a copy what its original was."""
    for one, value in zip(fields(self), values, strict=True):
        object.__setattr__(self, one.name, value)
