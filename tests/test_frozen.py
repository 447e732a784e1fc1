"""`@frozen` makes what `@dataclass(frozen=True)` makes."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import pytest

from dasdsl.frozen import frozen


def described(make: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """The same classes, made by one decorator or the other."""

    @make
    class Plain:
        first: int
        second: str = "b"
        many: list[int] = field(default_factory=list[int])
        aside: float = field(default=0.5, compare=False, repr=False)

        @cached_property
        def twice(self) -> int:
            return 2 * self.first

    @make(slots=True)
    class Slotted:
        first: int
        second: int = 2

        def total(self) -> int:
            return self.first + self.second

    @make(slots=True)
    class Below(Slotted):
        third: int = 3

        def total(self) -> int:
            return Slotted.total(self) + self.third

    @make(kw_only=True)
    class Named:
        later: int = 1
        first: int

    @make(slots=True, order=True)
    class Ordered:
        first: int
        second: int

    @make(eq=False)
    class Alone:
        first: int

    @make
    class Alike:
        """Its fields have the names that a constructor might use itself."""

        store: int
        make_first: int = 1
        first: list[int] = field(default_factory=list[int])
        LEFT_OUT: int = 3

    @make
    class Empty:
        pass

    @make
    class Checked:
        first: int

        def __post_init__(self) -> None:
            object.__setattr__(self, "first", self.first + 1)

        def __repr__(self) -> str:
            return "my own"

    @make
    class Equal:  # noqa: PLW1641 - the decorator adds the hash
        first: int

        def __eq__(self, other: object) -> bool:
            return True

    return {one.__name__: one for one in (Plain, Slotted, Below, Named, Ordered, Alone, Alike, Empty, Checked, Equal)}


def theirs(cls: type[Any] | None = None, /, **options: Any) -> Any:
    return dataclass(frozen=True, **options) if cls is None else dataclass(frozen=True)(cls)


OURS, THEIRS = described(frozen), described(theirs)
CASES = [
    ("Plain", (1,), {}),
    ("Plain", (1, "c"), {"aside": 0.1}),
    ("Plain", (), {"first": 2, "many": [3]}),
    ("Slotted", (1,), {}),
    ("Below", (1, 5), {"third": 0}),
    ("Named", (), {"first": 4}),
    ("Ordered", (1, 2), {}),
    ("Alone", (1,), {}),
    ("Alike", (1,), {}),
    ("Empty", (), {}),
    ("Checked", (1,), {}),
]
same_values = pytest.mark.parametrize(("name", "places", "names"), CASES)


@same_values
def test_instances_are_alike(name: str, places: tuple[Any, ...], names: dict[str, Any]) -> None:
    ours, other = OURS[name](*places, **names), THEIRS[name](*places, **names)
    assert repr(ours) == repr(other)
    assert asdict(ours) == asdict(other)
    assert astuple(ours) == astuple(other)
    assert [one.name for one in fields(ours)] == [one.name for one in fields(other)]
    assert type(ours).__match_args__ == type(other).__match_args__
    assert hasattr(ours, "__dict__") == hasattr(other, "__dict__")
    arguments = inspect.signature(OURS[name]).parameters.values()
    expected = inspect.signature(THEIRS[name]).parameters.values()
    assert [(one.name, one.kind) for one in arguments] == [(one.name, one.kind) for one in expected]


@same_values
def test_equality_and_hash_are_alike(name: str, places: tuple[Any, ...], names: dict[str, Any]) -> None:
    compared: list[list[object]] = []
    for classes in (OURS, THEIRS):
        one, another = classes[name](*places, **names), classes[name](*places, **names)
        others = [another, replace(another), object(), *(made(*a, **k) for made, a, k in distinct(classes))]
        compared.append([one == other for other in others])
        if name not in ("Alone", "Plain", "Alike"):
            compared[-1].append(hash(one) == hash(another))
    assert compared[0] == compared[1]


def distinct(
    classes: dict[str, Callable[..., Any]],
) -> list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]:
    return [(classes[name], places, names) for name, places, names in CASES]


def test_a_field_that_is_not_compared_takes_no_part() -> None:
    made = OURS["Plain"]
    assert made(1, aside=1.0) == made(1, aside=2.0)
    assert made(1) != made(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(made(1))


def test_defaults_that_are_made_are_made_anew() -> None:
    made = OURS["Plain"]
    assert made(1).many is not made(1).many


def test_an_equality_of_its_own_stays_and_has_a_hash() -> None:
    for classes in (OURS, THEIRS):
        assert classes["Equal"](1) == classes["Equal"](2)
        assert hash(classes["Equal"](1)) == hash(classes["Equal"](1))


@pytest.mark.parametrize("name", ["Plain", "Slotted"])
def test_fields_stay(name: str) -> None:
    one = OURS[name](1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'first'"):
        one.first = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'first'"):
        del one.first
    assert one.first == 1


def test_what_is_worked_out_once_is_kept() -> None:
    one = OURS["Plain"](2)
    assert one.twice == 4
    assert vars(one)["twice"] == 4


def test_order_is_that_of_the_fields() -> None:
    made = OURS["Ordered"]
    assert sorted([made(2, 1), made(1, 3), made(1, 2)]) == [made(1, 2), made(1, 3), made(2, 1)]
    assert made(2, 1) > made(1, 9) >= made(1, 9)
    with pytest.raises(TypeError):
        _ = made(1, 2) < 3


@frozen(slots=True)
class Kept:
    first: int
    second: tuple[int, ...] = ()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_copies_are_equal(copied: Callable[[Any], Any]) -> None:
    assert copied(Kept(1, (2,))) == Kept(1, (2,))


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(TypeError, match="must be an argument"):

        @frozen
        class Aside:
            first: int = field(init=False)

    with pytest.raises(TypeError, match="is no name"):
        frozen(type("Odd", (), {"__annotations__": {"a=print(1)": int}}))

    with pytest.raises(TypeError, match="cannot be arguments"):

        @frozen
        class Late:
            first: int = 1
            second: int  # pyright: ignore[reportGeneralTypeIssues]
