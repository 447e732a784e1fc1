"""Processes that train one network together, as `torchrun` starts them. In a single process all of this does nothing.

Every rank goes through the same search with the same numbers: it has the same weights, draws the same random numbers,
and learns the sums over all ranks. So decisions come out alike, and only the first rank writes and prints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

T = TypeVar("T")


def launched() -> bool:
    """Whether this process was started as one of several."""
    return dist.is_available() and dist.is_torchelastic_launched() and int(os.environ.get("WORLD_SIZE", "1")) > 1


def number() -> int:
    """The number that this process was started with, from 0, also before it has joined the others."""
    return int(os.environ.get("RANK", "0")) if launched() else 0


def restarts() -> tuple[int, int]:
    """How often `torchrun` has started the ranks again after one died, and how often it would."""
    told = (os.environ.get(f"TORCHELASTIC_{name}", "0") for name in ("RESTART_COUNT", "MAX_RESTARTS"))
    count, most = (int(value) for value in told)
    return count, most


@contextmanager
def joined() -> Generator[None]:
    """While this lasts, the processes that were started together know of each other."""
    if not launched() or dist.is_initialized():
        yield
        return
    # both where there are GPUs: the model's tensors are summed where they are, everything else on the CPU
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    store, number, count = next(rendezvous("env://"))
    # ranks that were started again find the store of those before: without a name of their own, they wait for the dead
    own = PrefixStore(f"dasdsl/{restarts()[0]}", store)
    dist.init_process_group(backend, store=own, rank=number, world_size=count)
    try:
        yield
    finally:
        dist.destroy_process_group()


def size() -> int:
    """How many ranks there are; 1 in a single process."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this one, from 0."""
    return dist.get_rank() if size() > 1 else 0


def is_first() -> bool:
    """Whether this is the one that writes and prints."""
    return rank() == 0


def barrier() -> None:
    """Wait for all ranks."""
    if size() > 1:
        dist.barrier()


def all_reduce_(tensor: Tensor) -> Tensor:
    """Add up a tensor over all ranks, in place; every rank gets the same bits."""
    if size() > 1:
        dist.all_reduce(tensor)
    return tensor


def broadcast(value: T) -> T:
    """The value that the first rank has."""
    if size() == 1:
        return value
    held: list[Any] = [value]
    dist.broadcast_object_list(held)
    return held[0]


@torch.no_grad()
def broadcast_(model: nn.Module) -> None:
    """Give a model the parameters and buffers that it has on the first rank."""
    if size() > 1:
        for tensor in model.state_dict().values():
            dist.broadcast(tensor, 0)


def first(work: Callable[[], T]) -> T:
    """Do this on the first rank alone; every rank gets what came out of it, be it an error.

    Raises: Exception, whatever the work raises.
    """
    if size() == 1:
        return work()
    outcome: list[Any] = []
    if is_first():
        try:
            outcome = [work()]
        except Exception as error:  # noqa: BLE001 - it is raised again, on every rank
            outcome = [None, error]
    # what the others hand in is not looked at
    outcome = broadcast(outcome)
    if len(outcome) > 1:
        raise outcome[1]
    return outcome[0]


def each(work: Callable[[], T]) -> T:
    """Do this on every rank; what goes wrong on one goes wrong on all.

    Raises: Exception, that of the lowest rank.
    """
    if size() == 1:
        return work()
    value, mine = None, None
    try:
        value = work()
    except Exception as error:  # noqa: BLE001 - it is raised again, on every rank
        mine = error
    all_of_them: list[Exception | None] = [None] * size()
    dist.all_gather_object(all_of_them, mine)
    for error in all_of_them:
        if error is not None:
            raise error
    return value  # type: ignore[return-value] # nothing went wrong, so it is there
