"""torch's Adam without torch.compile, which takes 1.6 s to load, more than the steps of a short search."""

from __future__ import annotations

import inspect

import torch


class Adam(torch.optim.Adam):
    """`torch.optim.Adam`, number for number; only what it does around its steps for torch.compile is left out.

    torch keeps the functions themselves under their wrappers, of which the first that is called loads `torch._dynamo`.
    """

    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Adam.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
