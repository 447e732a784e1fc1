"""Plain convolutions and linear layers; subclasses of PyTorch's own, so that anyone's hooks and exporters know them.

A subclass appears only where PyTorch's layer cannot say it: pads that differ before and after (or crop), or a layer
that reads some channels of its input only.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.layers.code import Code, Written, chosen_of, constructor

Pairs = tuple[tuple[int, int], ...]


@frozen(slots=True)
class Geometry:
    """How a filter slides: one number a side of space; `pads` are (before, after). Empty for linear layers."""

    window: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    pads: Pairs = ()

    @property
    def even(self) -> bool:
        """Whether PyTorch's own padding says it: the same number before and after, nothing cropped."""
        return all(before == after >= 0 for before, after in self.pads)

    @property
    def padding(self) -> tuple[int, ...]:
        """PyTorch's `padding`, where the pads are even; 0 where they are applied beforehand."""
        return tuple(before for before, _ in self.pads) if self.even else (0,) * len(self.pads)

    def pad(self, x: Tensor) -> Tensor:
        """Apply pads that PyTorch's layer cannot; (N, C, …) → (N, C, … + before + after)."""
        return x if self.even else F.pad(x, self.around)

    @property
    def around(self) -> list[int]:
        """Those pads as `F.pad` takes them."""
        return [number for pair in reversed(self.pads) for number in pair]


class _Around(nn.Module, Written):
    """What happens to the input before a PyTorch layer sees it: choose the features read, pad."""

    geometry: Geometry
    features: Tensor | None

    def before(self, x: Tensor) -> Tensor:
        if self.features is not None:
            x = x.index_select(1, self.features)
        return self.geometry.pad(x)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """PyTorch's layer, with what comes before it."""
        x, made = reads[0], (f"self.{name} = {constructor(self)}",)
        if self.features is not None:
            x, chosen = chosen_of(x, self.features.tolist(), f"{name}_reads")
            made += chosen
        if not self.geometry.even:
            x = f"F.pad({x}, {tuple(self.geometry.around)})"
        return Code(f"self.{name}({x})", made, tensors={key: f"{name}.{key}" for key in self.state_dict()})


class Conv1d(_Around, nn.Conv1d):
    """`nn.Conv1d` behind a choice of channels and pads of its own."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002, D102 - the name that PyTorch's layer gives it
        return super().forward(self.before(input))


class Conv2d(_Around, nn.Conv2d):
    """`nn.Conv2d` behind a choice of channels and pads of its own."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002, D102 - the name that PyTorch's layer gives it
        return super().forward(self.before(input))


class Conv3d(_Around, nn.Conv3d):
    """`nn.Conv3d` behind a choice of channels and pads of its own."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002, D102 - the name that PyTorch's layer gives it
        return super().forward(self.before(input))


class Linear(_Around, nn.Linear):
    """`nn.Linear` behind a choice of features."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002, D102 - the name that PyTorch's layer gives it
        return super().forward(self.before(input))


PLAIN = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
OWN = {1: Conv1d, 2: Conv2d, 3: Conv3d}
KERNELS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)


def make_kernel(
    inputs: int, outputs: int, geometry: Geometry, *, groups: int, bias: bool, features: Sequence[int] | None
) -> nn.Module:
    """A closed layer that reads `inputs` features (all, or those chosen by `features`).

    Its parameters are `weight` (outputs, inputs/groups, …window) and, with `bias`, `bias` (outputs,).
    """
    rank = len(geometry.window)
    plain = geometry.even and features is None
    module: nn.Module
    if rank == 0:
        module = (nn.Linear if plain else Linear)(inputs, outputs, bias=bias)
    else:
        maker = (PLAIN if plain else OWN)[rank]
        module = maker(
            inputs,
            outputs,
            geometry.window,  # pyright: ignore[reportArgumentType]  (a tuple of this rank's length)
            stride=geometry.stride,  # pyright: ignore[reportArgumentType]
            padding=geometry.padding,  # pyright: ignore[reportArgumentType]
            dilation=geometry.dilation,  # pyright: ignore[reportArgumentType]
            groups=groups,
            bias=bias,
        )
    if isinstance(module, _Around):
        module.geometry = geometry
        chosen = None if features is None else torch.tensor(list(features), dtype=torch.long)
        module.register_buffer("features", chosen, persistent=False)
    initialise(module)
    return module


def initialise(module: nn.Module) -> None:
    """Weights from N(0, 2/fan_in) (He et al. 2015), biases 0: the composite and the plain network start alike."""
    weight = getattr(module, "weight", None)
    if isinstance(weight, nn.Parameter) and weight.numel():
        fan_in = weight[0].numel()
        nn.init.normal_(weight, std=(2.0 / fan_in) ** 0.5)
    bias = getattr(module, "bias", None)
    if isinstance(bias, nn.Parameter):
        nn.init.zeros_(bias)
