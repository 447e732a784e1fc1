"""What an operation is, and the registry that finds the operations.

One operation is one file in `dasdsl/operations/`: its words and fields, how it maps axes and shapes, what it costs, the
module it becomes and how that module is sliced. Adding one touches nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeVar

import dasdsl.operations as package
from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Axis, Shape, Site
from dasdsl.operations.core.decisions import Decision, OneOf
from dasdsl.operations.core.fields import Field
from dasdsl.operations.core.filters import FilterGate
from dasdsl.operations.core.values import Count, limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


Opens = Literal["", "body", "paths", "copies"]


@frozen(slots=True)
class Cost:
    """Trainable parameters, and multiply-accumulates for one input (FLOPs are twice that)."""

    params: int = 0
    macs: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.params + other.params, self.macs + other.macs)


@frozen
class Operation:
    """An operation with its fields resolved. The defaults are those of an elementwise operation without weights."""

    words: ClassVar[str]
    """What the statement begins with: one word, or two where the second says which kind (`norm batch`)."""
    about: ClassVar[str]
    """One sentence for the docs and the editor."""
    also: ClassVar[tuple[str, ...]] = ()
    """What other tools call it, in small letters without `_`; whoever writes that is told its words."""
    example: ClassVar[str]
    """A statement that uses it on an input of shape 4x8x8."""
    fields: ClassVar[tuple[Field, ...]] = ()
    opens: ClassVar[Opens] = ""
    """What stands in the block below it.

    Nothing, statements that run before it, a `path` for each of its inputs, or statements that run several times.
    """
    least_paths: ClassVar[int] = 1
    """How many paths it needs at least, where paths stand in its block."""
    keeps_zero: ClassVar[bool] = True
    """Whether (in evaluation) it makes zeros of zeros."""
    makes_zero: ClassVar[bool] = False
    """Whether it makes zeros of anything."""
    ordered: ClassVar[bool] = False
    """Whether the order of its input's channels matters, so that they cannot be renumbered."""
    numbered: ClassVar[bool] = False
    """Whether its fields name channels of its input by number, so that none may come to be called otherwise unseen."""
    homogeneous: ClassVar[bool] = False
    """Whether f(a·x) = a·f(x) for every a > 0, channel by channel."""

    @property
    def keeps_constants(self) -> bool:
        """Whether (in evaluation) a channel that is constant over space stays so, whatever the other channels hold."""
        return True

    @property
    def pins(self) -> bool:
        """Whether it reads every channel together, so that none of them can go."""
        return False

    @property
    def produces(self) -> Count | None:
        """How many channels it produces; None where it passes its input's axis on."""
        return None

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """The output's shape for the inputs' shapes, channels first, at the largest.

        Raises: Refused, with the problem, where they do not fit.
        """
        return reads[0]

    def ties(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """Axes whose channels are the same, position by position, since they are added or multiplied."""
        return ()

    def zero(self, zeros: tuple[bool, ...]) -> bool:
        """Whether (in evaluation) it makes zeros, where these of its inputs are zeros."""
        return self.makes_zero or (self.keeps_zero and all(zeros))

    def axis(self, site: Site) -> Axis:
        """The output's axis."""
        return site.axis if self.produces is None else Axis.of(site.name, limit(self.produces))

    def check(self, site: Site) -> None:
        """Raise Refused where its fields do not fit what it reads (beyond what `shape` has seen)."""

    def decisions(self, site: Site) -> tuple[Decision, ...]:
        """What is open here."""
        return ()

    def filter_decisions(self, site: Site) -> tuple[OneOf, ...]:
        """What is open about its filter."""
        return ()

    def filter_gate(self, site: Site) -> FilterGate | None:
        """The gate of its filter, where it is open."""
        return None

    def cost(self, site: Site) -> Cost:
        """What the largest it may become costs."""
        return Cost()

    def module(self, site: Site) -> nn.Module:
        """The PyTorch module: plain where everything is closed, gated where something is open."""
        from torch import nn

        return nn.Identity()

    def left(self, kept: tuple[int, ...], size: int) -> Self:
        """The same where of `size` positions of its input these are left, in their new order."""
        return self

    def sliced(self, state: Mapping[str, Tensor], features: Tensor) -> dict[str, Tensor]:
        """The state of its module when only these features of its input are left, in this order."""
        return {}


O = TypeVar("O", bound=Operation)

_FOUND: dict[str, type[Operation]] = {}


def operation(cls: type[O]) -> type[O]:
    """Register an operation under its words."""
    _FOUND[cls.words] = cls
    return cls


@cache
def registry() -> Mapping[str, type[Operation]]:
    """Every operation of the package by its words; importing the files is what finds them."""
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg:
            importlib.import_module(f"{package.__name__}.{module.name}")
    return MappingProxyType(dict(sorted(_FOUND.items())))
