"""A module as Python that needs nothing but torch: how it is made, and what is computed with it."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import groupby

from torch import nn

from dasdsl.frozen import frozen

OF_TENSORS = ("device", "dtype")
"""Arguments that say where tensors are, not what is computed."""
VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@frozen(slots=True)
class Code:
    """What is written for one module.

    `made` are statements of `__init__`, `before` statements of `forward` that come before the expression `value`.
    `tensors` are the new names of the module's parameters and buffers, by their names within it.
    """

    value: str
    made: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    tensors: Mapping[str, str] = field(default_factory=dict[str, str])


class Written(ABC):
    """What a module of our own is, since no class of PyTorch's says it."""

    @abstractmethod
    def code(self, name: str, reads: Sequence[str]) -> Code:
        """Its code, under an attribute's name, where these expressions are what it reads."""


def code_of(module: nn.Module, name: str, reads: Sequence[str]) -> Code:
    """The code of a module in which nothing is open.

    Raises: TypeError for one that is neither PyTorch's nor says how it is written.
    """
    if isinstance(module, Written):
        return module.code(name, reads)
    if isinstance(module, nn.Identity):
        return Code(reads[0])
    tensors = {key: f"{name}.{key}" for key in module.state_dict()}
    return Code(f"self.{name}({', '.join(reads)})", (f"self.{name} = {constructor(module)}",), tensors=tensors)


def constructor(module: nn.Module) -> str:
    """The call that makes a module like this one, as `nn.Conv2d(3, 8, 3, stride=2)`; defaults are left out.

    PyTorch's own modules keep their arguments under their names.
    Raises: TypeError for a module that is not PyTorch's.
    """
    kind = next((one for one in type(module).__mro__ if one.__module__.startswith("torch.nn.modules.")), nn.Module)
    if kind is nn.Module:
        raise TypeError(f"{type(module).__name__} does not say how it is written")
    arguments: list[str] = []
    for name, parameter in inspect.signature(kind).parameters.items():
        if name in OF_TENSORS or parameter.kind in VARIABLE:
            continue
        value = _argument(name, getattr(module, name))
        if parameter.default is parameter.empty:
            arguments.append(repr(value))
        elif value != parameter.default:
            arguments.append(f"{name}={value!r}")
    return f"nn.{kind.__name__}({', '.join(arguments)})"


def _argument(name: str, value: object) -> object:
    """As it is told: whether there is a `bias`, the same number for each side of space once."""
    if name == "bias":
        return value is not None
    if isinstance(value, tuple) and len(set(value)) == 1:  # pyright: ignore[reportUnknownArgumentType]
        return value[0]  # pyright: ignore[reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]


def numbers(chosen: Sequence[int]) -> str:
    """A list of ascending numbers, neighbours together: `[*range(0, 18), 40]`."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(chosen), lambda pair: pair[1] - pair[0])]
    parts = (f"*range({run[0]}, {run[-1] + 1})" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
    return f"[{', '.join(parts)}]"


def chosen_of(x: str, chosen: Sequence[int], name: str) -> tuple[str, tuple[str, ...]]:
    """These channels of an expression, and what is made for that under a name; neighbours are a slice."""
    if list(chosen) == list(range(chosen[0], chosen[-1] + 1)):
        return f"{x}[:, {chosen[0]}:{chosen[-1] + 1}]", ()
    made = f'self.register_buffer("{name}", torch.tensor({numbers(chosen)}), persistent=False)'
    return f"{x}.index_select(1, self.{name})", (made,)
