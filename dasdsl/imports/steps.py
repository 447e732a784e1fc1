"""A traced network as steps in an order: what stands between the graph of PyTorch and a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from torch import Tensor

from dasdsl.frozen import frozen

INPUT = "input"
"""The name of the network's input."""
UNFLATTEN = ("unflatten",)
"""What makes a pixel (C, 1, …) of a vector (C,), or of another pixel: no statement, `pixels` takes it out."""
Shape = tuple[int, ...]


@frozen(slots=True)
class Value:
    """What a step makes, or the network's input: its name and its shape without the batch."""

    name: str
    shape: Shape


@frozen
class Written:
    """What a layer says: statements one after the other, or with `joins` the one word that joins its inputs.

    Without statements it is its input. `tensors` are those of the first statement, under the names that our module
    gives them. `shape` is that of what it makes, where that is not what the call makes.
    """

    inputs: tuple[Input, ...]
    statements: tuple[str, ...] = ()
    tensors: Mapping[str, Tensor] = field(default_factory=dict[str, Tensor])
    joins: bool = False
    shape: Shape = ()


@frozen
class Affine:
    """A value, or what a layer makes, times a factor plus a shift: numbers, or one for each channel.

    What begins or ends an activation that is written out, like relu6(x + 3) / 6, is said by it; what else reads it
    reads `settled`, a depthwise filter of one tap.
    """

    value: Value | Written
    factor: float | Tensor = 1.0
    shift: float | Tensor = 0.0
    settled: Value | None = None


Input: TypeAlias = Value | Written | Affine
"""What a layer reads; what another makes for it alone comes before it."""


@frozen
class Step:
    """A layer in its place: the names of what it reads and makes, what it says, and where it was in the network.

    `shape` is that of what it makes, without the batch.
    """

    name: str
    inputs: tuple[str, ...]
    statements: tuple[str, ...]
    tensors: Mapping[str, Tensor]
    joins: bool
    where: str
    shape: Shape


@frozen
class Steps:
    """A whole network: each step after what it reads. `parameters` says which tensors of it a step has, by its name."""

    all: tuple[Step, ...]
    output: str
    shape: Shape
    shared: tuple[str, ...]
    """Layers of the network that more than one step has the parameters of."""
