"""A layer whose outputs read different inputs: `groups [0-5,8 -> 0-11; 3,6-15 -> 12-30; none -> 31]`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dasdsl.layers.code import Code, Written, code_of, numbers
from dasdsl.layers.gated import Gated, GatedKernel, Gates


class Constant(nn.Module):
    """Outputs that read nothing: their bias at every position."""

    bias: nn.Parameter | None

    def __init__(self, outputs: int, *, bias: bool) -> None:
        super().__init__()
        self.outputs = outputs
        self.register_parameter("bias", nn.Parameter(torch.zeros(outputs)) if bias else None)

    def forward(self, like: Tensor) -> Tensor:
        """(N, C, …) → (N, outputs, …), the batch and space of `like`."""
        shape = (like.shape[0], self.outputs, *like.shape[2:])
        if self.bias is None:
            return like.new_zeros(shape)
        return self.bias.view(1, -1, *[1] * (like.dim() - 2)).expand(shape)

    def like(self, like: str, rank: int, name: str) -> Code:
        """Its code, where `like` has the batch and so many sides of space."""
        space = f", *{like}.shape[2:]" if rank else ""
        if self.bias is None:
            return Code(f"{like}.new_zeros({like}.shape[0], {self.outputs}{space})")
        made = f"self.{name} = nn.Parameter(torch.zeros({self.outputs}))"
        sides = ", ".join(["1", "-1", *["1"] * rank])
        value = f"self.{name}.view({sides}).expand({like}.shape[0], -1{space})"
        return Code(value, (made,), tensors={"bias": name})


class PatternKernel(Gated, Written):
    """One layer a pattern, their outputs put in order.

    `features[k]` are the input features of pattern k, `outputs[k]` its outputs; `parts[k]` is its layer, which selects
    the features itself. At least one pattern reads something.
    """

    def __init__(
        self, parts: Sequence[nn.Module], features: Sequence[Sequence[int]], outputs: Sequence[Sequence[int]]
    ) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.features = tuple(tuple(chosen) for chosen in features)
        self.outputs = tuple(tuple(made) for made in outputs)
        order = [output for made in self.outputs for output in made]
        place = sorted(range(len(order)), key=order.__getitem__)
        in_order = place == list(range(len(place)))
        self.place: Tensor | None
        self.register_buffer("place", None if in_order else torch.tensor(place), persistent=False)

    @property
    def gated(self) -> bool:
        """Whether its layers are under gates."""
        return any(isinstance(part, GatedKernel) for part in self.parts)

    def forward(self, x: Tensor, gates: Gates | None = None) -> Tensor:
        """(N, C_in, …) → (N, C_out, …)."""
        made = [_outputs(part, x, gates) for part in self.parts]
        like = next(tensor for tensor in made if tensor is not None)
        tensors = [part(like) if tensor is None else tensor for part, tensor in zip(self.parts, made, strict=True)]
        joined = torch.cat(tensors, dim=1)
        return joined if self.place is None else joined.index_select(1, self.place)

    def code(self, name: str, reads: Sequence[str]) -> Code:
        """A layer and a line for each pattern; outputs that read nothing take their shape from the first that do."""
        read = next(index for index, part in enumerate(self.parts) if not isinstance(part, Constant))
        like, rank = f"{name}_{read}", self.parts[read].get_parameter("weight").dim() - 2

        def of(part: nn.Module, own: str) -> Code:
            return part.like(like, rank, own) if isinstance(part, Constant) else code_of(part, own, reads)

        parts = [of(part, f"{name}_{index}") for index, part in enumerate(self.parts)]
        order = sorted(range(len(parts)), key=lambda index: index != read)
        before = tuple(f"{name}_{index} = {parts[index].value}" for index in order)
        value = f"torch.cat([{', '.join(f'{name}_{index}' for index in range(len(parts)))}], 1)"
        made = [line for part in parts for line in part.made]
        if self.place is not None:
            place = numbers(self.place.tolist())
            made.append(f'self.register_buffer("{name}_order", torch.tensor({place}), persistent=False)')
            value = f"{value}.index_select(1, self.{name}_order)"
        tensors = {f"parts.{index}.{key}": new for index, part in enumerate(parts) for key, new in part.tensors.items()}
        return Code(value, tuple(made), before, tensors)


def _outputs(part: nn.Module, x: Tensor, gates: Gates | None) -> Tensor | None:
    """What a pattern's layer makes; None for constants, which take their shape from the others."""
    match part:
        case Constant():
            return None
        case GatedKernel():
            return part(x, gates)
        case plain:
            return plain(x)
