"""How many threads a training has: one where a step is so small that threads wait for each other more than work."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

import torch

from dasdsl.ir.program import Program
from dasdsl.search.settings import Settings

SMALL = 64_000_000
"""MACs of a step of the whole network, forwards. What is eliminated and fine-tuned after it is far smaller."""
CHOSEN = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Who sets one of these has chosen a number."""


@contextmanager
def enough(program: Program, settings: Settings) -> Generator[None]:
    """One thread of PyTorch's for small networks, unless a number was chosen; afterwards as many as before.

    Then nothing that is found hangs on how many cores a machine has, and a machine that is busy is no slower: threads
    spin while they wait for one that has no core.
    """
    before = torch.get_num_threads()
    small = program.cost.macs * settings.batch < SMALL and settings.device == "cpu"
    if not small or any(name in os.environ for name in CHOSEN):
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
