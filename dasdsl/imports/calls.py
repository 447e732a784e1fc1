"""One call of a traced network, its arguments by the names of PyTorch's schema; and who says it in the language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Affine, Shape, Value, Written

Pairs = tuple[tuple[int, int], ...]
"""Pads before and after, for each side of space."""


@frozen
class Padded:
    """A value with a number around it, (before, after) for each side of space; only convolutions and pools read it.

    Negative pads cut off.
    """

    value: Value
    pads: Pairs
    number: float = 0.0


@frozen
class Grouped:
    """A value whose channels stand in groups; `dealt`: the groups come after the channels. It can only be shuffled."""

    value: Value
    groups: int
    shape: Shape
    dealt: bool = False


@frozen
class Parts:
    """Parts of a value's channels, of which each is taken on its own."""

    value: Value
    bounds: tuple[range, ...]


@frozen
class Spread:
    """A value of one pixel, shown everywhere in a larger shape. A product reads it as it is, what else `settled`."""

    value: Value
    shape: Shape
    settled: Value | None = None


@frozen
class Averaged:
    """A value of which the mean, or the largest, over some sides of space was taken: only all of them can be."""

    value: Value
    kind: str
    sides: frozenset[int]
    shape: Shape


@frozen
class Line:
    """A value whose sides of space stand in one, as in `flatten(2)`; only a mean over them can read it."""

    value: Value


@frozen
class Last:
    """A value as it is shown with its channels last, as in `permute(0, 2, 3, 1)`."""

    value: Value | Affine


Operand = (
    Value | Padded | Grouped | Parts | Spread | Affine | Averaged | Line | Last | Tensor | tuple[Tensor, ...] | float
)


@frozen
class Call:
    """A call: `conv2d`, what it is given, the shapes that it makes (without the batch)."""

    name: str
    arguments: Mapping[str, Any]
    shapes: tuple[Shape, ...]
    dtype: torch.dtype = torch.float32
    """Of what it makes."""
    last: bool = False
    """Whether the network has the channels of what it reads and makes last; here they come first all the same."""

    @property
    def shape(self) -> Shape:
        """What it makes; of several tensors the first."""
        return self.shapes[0]

    @property
    def operand(self) -> object:
        """Its first argument, whatever it is."""
        return next(iter(self.arguments.values()))

    def value(self, name: str = "") -> Value:
        """An input that is a value of the network: its first one, unless another is named.

        Raises: Unsaid where it is a parameter, a number, or a value with a pad around it.
        """
        return plain(self.arguments[name] if name else self.operand)

    def values(self, name: str) -> tuple[Value, ...]:
        """A list of them."""
        return tuple(map(plain, self.arguments[name]))

    @property
    def reads_last(self) -> bool:
        """Whether something that it reads has its channels last."""
        return any(isinstance(one, Last) for one in self._all())

    def first(self) -> Call:
        """What reads values whose channels are last, as one that reads them with the channels first.

        Raises: Unsaid where the layer says something else of them then.
        """
        if self.name not in ANYWHERE or any(isinstance(one, Value | Affine) for one in self._all()):
            raise Unsaid("it reads a value whose channels come last")
        arguments = {name: _first(one) for name, one in self.arguments.items()}
        shapes = tuple((*shape[-1:], *shape[:-1]) for shape in self.shapes)
        return replace(self, arguments=arguments, shapes=shapes, last=True)

    def _all(self) -> Iterator[object]:
        for given in self.arguments.values():
            yield from given if isinstance(given, list) else [given]

    def of_channels(self, name: str = "dim") -> bool:
        """Whether a side that is named is that of the channels."""
        rank = len(self.shape) + 1
        return bool(self.arguments[name] % rank == (rank - 1 if self.last else 1))

    def tensor(self, name: str) -> Tensor | None:
        """A parameter or a buffer.

        Raises: Unsaid where it is computed.
        """
        found = self.arguments[name]
        if found is None or isinstance(found, Tensor):
            return found
        raise Unsaid(f"its {name} is computed by the network")

    def sides(self, name: str, rank: int, default: Sequence[int] = ()) -> tuple[int, ...]:
        """A number for each side of space, where one may stand for all."""
        found = self.arguments[name]
        numbers = [found] if isinstance(found, int) else list(found) or list(default)
        return tuple(numbers * rank if len(numbers) == 1 else numbers)


def _first(found: object) -> object:
    """An argument with its channels first."""
    if isinstance(found, list):
        return [_first(one) for one in found]
    return found.value if isinstance(found, Last) else found


def space(value: Value, rank: int) -> Value:
    """The value, where it has so many sides of space.

    Raises: Unsaid where the layer takes the batch for the channels.
    """
    if len(value.shape) != rank + 1:
        raise Unsaid(f"it reads {dimensions(value.shape)}, which has not {rank} sides beside the channels")
    return value


WHY: Mapping[type, str] = {
    Padded: "it reads a pad, and only convolutions and pools have pads of their own",
    Grouped: "it reads channels that stand in groups, which can only be shuffled",
    Parts: "it reads several tensors as one",
    Spread: "it reads one pixel everywhere, which only a product does where sides differ",
    Last: "it reads a value whose channels come last",
    Averaged: "it reads a mean or a largest value over some sides of space, and there are those over all",
    Line: "it reads space in one line, and only a mean over all of it does",
}
"""Why a layer cannot read what is no value."""


def plain(found: object) -> Value:
    """An operand that is a value of the network.

    Raises: Unsaid.
    """
    if isinstance(found, Value):
        return found
    if isinstance(found, Affine | Spread) and found.settled is not None:
        return found.settled
    if type(found) in WHY:
        raise Unsaid(WHY[type(found)])
    if isinstance(found, Tensor):
        raise Unsaid("it computes with a parameter or a constant, which only layers have")
    raise Unsaid(f"it computes with the number {found}")


Said = Written | Padded | Grouped | Parts | Spread | Affine | Averaged | Line | Last
Says = Callable[[Call], Said]
SAID: dict[str, Says] = {}
"""Who says a call, by the name that PyTorch's dispatcher has for it."""
ANYWHERE: set[str] = set()
"""Calls that mean the same wherever the channels are, or whose `says` looks where they are."""


def says(*names: str, anywhere: bool = False) -> Callable[[Says], Says]:
    """Enter a function as the one that says these calls; `anywhere`: also where channels come last."""

    def enter(function: Says) -> Says:
        SAID.update(dict.fromkeys(names, function))
        if anywhere:
            ANYWHERE.update(names)
        return function

    return enter


def sums(one: Pairs, other: Pairs) -> Pairs:
    """Both pads."""
    return tuple((a + c, b + d) for (a, b), (c, d) in zip(one, other, strict=True))


def dimensions(sides: Sequence[int]) -> str:
    """`3x3`."""
    return "x".join(map(str, sides))


def for_all(sides: Sequence[int]) -> str:
    """`2` where it is the same for all sides, else `2x1`."""
    return str(sides[0]) if len(set(sides)) == 1 else dimensions(sides)


def ones(channels: int) -> Tensor:
    """A scale that changes nothing."""
    return torch.ones(channels)
