"""Modules whose children are named by the labels of a text."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Labelled(nn.Module):
    """A module that takes children of any name, also `train` or `forward`: they are looked up by name only.

    PyTorch's `add_module` refuses names that are attributes.
    """

    def register(self, name: str, module: nn.Module) -> None:
        """Put a module under its name: that of a block is nested in the block's, `residual1.conv1` in `residual1`."""
        first, _, rest = name.partition(".")
        there = self._modules.get(first)
        if rest:
            block = there if isinstance(there, Labelled) else Labelled()
            self._modules[first] = block
            block.register(rest, module)
            return
        if isinstance(there, Labelled) and isinstance(module, Labelled):
            # what stands in a block comes before what joins it
            module._modules.update(there._modules)
        self._modules[first] = module

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - an attribute is anything
        # a label may be the name of an attribute (`training`): it stays one
        if name in self.__dict__.get("_modules", {}) and not isinstance(value, nn.Module):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)


def own_state(module: nn.Module, *, live: bool = False) -> dict[str, Tensor]:
    """The tensors of a module itself, not of what stands in its block, which is nested in it.

    `live` ones are its parameters themselves, through which gradients flow.
    """
    return {name: value for name, value in module.state_dict(keep_vars=live).items() if "." not in name}
