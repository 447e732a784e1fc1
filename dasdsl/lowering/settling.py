"""A clamped composite as a network in which everything is decided: gates of 0 and 1, all else in the kernels."""

from __future__ import annotations

import torch

from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.decided import DecidedGate
from dasdsl.operations.core.decisions import Outcomes


@torch.no_grad()
def settled(composite: CompositeModel) -> CompositeModel:
    """The same function with the gates' values multiplied into the kernels; what they left out stays out.

    The composite is clamped: of options that do not nest one is in use. Kernels are as large as before.
    """
    with torch.random.fork_rng(devices=[]):
        out = CompositeModel(composite.program, "decided").to(next(composite.parameters()))
    values = composite.bank.values()
    gates = {id(gate) for gate in composite.bank.modules()} | {id(gate) for gate in out.bank.modules()}
    mine = [module for module in composite.modules() if id(module) not in gates]
    theirs = [module for module in out.modules() if id(module) not in gates]
    for module, target in zip(mine, theirs, strict=True):
        for name, tensor in module.named_buffers(recurse=False):
            target.get_buffer(name).copy_(tensor)
        for name, parameter in module.named_parameters(recurse=False):
            target.get_parameter(name).copy_(parameter)
        if isinstance(module, GatedKernel) and isinstance(target, GatedKernel):
            target.weight.copy_(module.effective(values))
    decide_(out, composite.outcomes())
    return out.train(composite.training)


def decide_(model: CompositeModel, outcomes: Outcomes) -> None:
    """Let decisions have these outcomes; the others stay as they are."""
    for gate in model.bank:
        if isinstance(gate, DecidedGate) and gate.decision.name in outcomes:
            gate.set_(outcomes[gate.decision.name])
