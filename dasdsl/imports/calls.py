"""One call of a traced network, its arguments by the names of PyTorch's schema; and who says it in the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from dasdsl.frozen import frozen
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Shape, Value, Written

Pairs = tuple[tuple[int, int], ...]


@frozen
class Padded:
    """A value with zeros around it, (before, after) for each side of space; only a convolution can read it."""

    value: Value
    pads: Pairs


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
    """A value of one pixel, shown everywhere in a larger shape; only a product can read it."""

    value: Value
    shape: Shape


@frozen
class Shifted:
    """A value with 3 added: what begins a `hardsigmoid` that is written out, relu6(x + 3) / 6."""

    value: Value


@frozen
class Scaled:
    """A value, or what a layer makes, times a number. A product can read it, or what divides by the number again."""

    value: Value | Written
    factor: float


@frozen
class Last:
    """A value as it is shown with its channels last, as in `permute(0, 2, 3, 1)`."""

    value: Value


Operand = Value | Padded | Grouped | Parts | Spread | Shifted | Scaled | Last | Tensor | tuple[Tensor, ...]


@frozen
class Call:
    """A call: `conv2d`, what it is given, the shapes that it makes (without the batch)."""

    name: str
    arguments: Mapping[str, Any]
    shapes: tuple[Shape, ...]
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

    def first(self) -> Call:
        """What reads values whose channels are last, as one that reads them with the channels first.

        Raises: Unsaid where the layer says something else of them then.
        """
        found = self.arguments.values()
        if self.name not in ANYWHERE or any(isinstance(one, Value) for one in found):
            raise Unsaid("it reads a value whose channels come last")
        arguments = {name: one.value if isinstance(one, Last) else one for name, one in self.arguments.items()}
        shapes = tuple((*shape[-1:], *shape[:-1]) for shape in self.shapes)
        return replace(self, arguments=arguments, shapes=shapes, last=True)

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


def space(value: Value, rank: int) -> Value:
    """The value, where it has so many sides of space.

    Raises: Unsaid where the layer takes the batch for the channels.
    """
    if len(value.shape) != rank + 1:
        raise Unsaid(f"it reads {dimensions(value.shape)}, which has not {rank} sides beside the channels")
    return value


def plain(found: object) -> Value:
    """An operand that is a value of the network.

    Raises: Unsaid.
    """
    if isinstance(found, Value):
        return found
    if isinstance(found, Padded):
        raise Unsaid("it reads a pad, and only a convolution has pads of its own")
    if isinstance(found, Grouped):
        raise Unsaid("it reads channels that stand in groups, which can only be shuffled")
    if isinstance(found, Parts):
        raise Unsaid("it reads several tensors as one")
    if isinstance(found, Spread):
        raise Unsaid("it reads one pixel everywhere, which only a product does")
    if isinstance(found, Last):
        raise Unsaid("it reads a value whose channels come last")
    if isinstance(found, Shifted | Scaled):
        raise Unsaid(f"it computes with the number {3 if isinstance(found, Shifted) else format(found.factor, 'g')}")
    if isinstance(found, Tensor):
        raise Unsaid("it computes with a parameter or a constant, which only layers have")
    raise Unsaid(f"it computes with the number {found}")


Said = Written | Padded | Grouped | Parts | Spread | Shifted | Scaled | Last
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


def dimensions(sides: Sequence[int]) -> str:
    """`3x3`."""
    return "x".join(map(str, sides))


def for_all(sides: Sequence[int]) -> str:
    """`2` where it is the same for all sides, else `2x1`."""
    return str(sides[0]) if len(set(sides)) == 1 else dimensions(sides)


def ones(channels: int) -> Tensor:
    """A scale that changes nothing."""
    return torch.ones(channels)
