"""torch's Adam without torch.compile, which takes 1.6 s to load, more than the steps of a short search."""

from __future__ import annotations

import inspect
from typing import Any

import torch


class Adam(torch.optim.Adam):
    """`torch.optim.Adam`, number for number; only what it does around its steps is left out.

    That is for torch.compile, for hooks and for profilers, and half the time of a small step. torch keeps the functions
    themselves under their wrappers, of which the first that is called loads `torch._dynamo`.
    """

    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)
    step: Any = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
    # so says torch's own wrapper, which an optimizer is put into when the first of its class is made
    step.hooked = True

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or set them to zero."""
        if not set_to_none:
            inspect.unwrap(torch.optim.Adam.zero_grad)(self, set_to_none=False)
            return
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
