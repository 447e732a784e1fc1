"""The composite network: all architectures of a space in one network of the largest one's size, plus gates.

It works in anyone's own training loop:

    model = dasdsl.lower(graph)
    optimizer = torch.optim.Adam(model.parameter_groups(1e-3))
    for step, (x, y) in enumerate(batches):
        model.progress(step / steps)                       # the recipe's schedule
        loss = criterion(model(x), y) + model.penalty(gamma, eta)
        optimizer.zero_grad()
        loss.backward()
        model.step_(optimizer)                             # optimizer.step(), and exact zeros where the recipe has them
    found = dasdsl.discover(model, threshold=1e-3)
    print(found.architecture)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from dasdsl.ir.graph import Graph, program_of
from dasdsl.ir.program import Program
from dasdsl.language.amounts import CostName
from dasdsl.language.space import Space
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.clamp import clamp_default_, clamp_paper_
from dasdsl.lowering.gates.bank import Family, GateBank, Kind, make_bank
from dasdsl.lowering.gates.gate import Pressure
from dasdsl.lowering.kernels import Kernels
from dasdsl.lowering.network import Network
from dasdsl.operations.core.decisions import Outcomes

GATE_LEARNING_RATE = 2e-2
"""Of the gates under `default`; under `paper` they learn at the weights' rate."""
GATES = "/gates"
KERNELS = "/kernels"
WEIGHT_DECAY = {"paper": 0.0, "default": 2e-4, "decided": 0.0}


class CompositeModel(Network):
    """A network whose gates decide what is left of it. With nothing open it is an ordinary network."""

    def __init__(self, program: Program, recipe: Kind = "default", cost: CostName = "layers") -> None:
        super().__init__(program)
        # under names that no label can have
        self._modules[GATES] = make_bank(program, recipe, cost)
        gated = {name: module for name, module in self.named_modules() if isinstance(module, GatedKernel)}
        for name, module in gated.items():
            module.key = f"{KERNELS}/{name}"
        self._modules[KERNELS] = Kernels(gated.values())
        self._pressure = Pressure(0.0, 0.0, 0.0)
        self._progress = 1.0
        for node in program.nodes:
            if node.searched:
                self.register_buffer(_rms_name(node.name), torch.ones(len(node.site.axis)))

    @property
    def bank(self) -> GateBank:
        """Its gates."""
        bank = self._modules[GATES]
        assert isinstance(bank, GateBank)
        return bank

    @property
    def kernels(self) -> Kernels:
        """The kernels of its layers, gates multiplied in."""
        kernels = self._modules[KERNELS]
        assert isinstance(kernels, Kernels)
        return kernels

    @property
    def recipe(self) -> Kind:
        """The recipe whose gates it has, or `decided`."""
        return self.bank.family

    def forward(self, x: Tensor) -> Tensor:
        """(N, *input) → (N, *output)."""
        return self.run(x, self.gates(self.kernels))

    def gates(self, kernels: Kernels) -> dict[str, Tensor]:
        """The values of all gates, and these kernels; in whole precision under autocast, too."""
        device = kernels.taps.device.type
        halved = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
        # a context that changes nothing takes as long as some gates
        with torch.autocast(device, enabled=False) if halved else nullcontext():
            gates = self.bank.values()
            return gates | kernels(gates)

    # ---- training ----------------------------------------------------------------------------------------------------

    def architecture_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters of the gates."""
        return self.bank.parameters()

    def weight_parameters(self) -> Iterator[nn.Parameter]:
        """All other parameters: those of the largest network."""
        gates = {id(parameter) for parameter in self.bank.parameters()}
        return (parameter for parameter in self.parameters() if id(parameter) not in gates)

    def parameter_groups(
        self, learning_rate: float, gate_learning_rate: float | None = None, weight_decay: float | None = None
    ) -> list[dict[str, Any]]:
        """Groups for an optimizer: weights with decay, biases and norms without, gates at a rate of their own.

        L1 on the gates alone could be dodged (V·α·β·G stays when α shrinks and V grows), so `default` decays V; `paper`
        does not, as the paper.
        """
        decay = WEIGHT_DECAY[self.recipe] if weight_decay is None else weight_decay
        usual = GATE_LEARNING_RATE if self.recipe == "default" else learning_rate
        rate = usual if gate_learning_rate is None else gate_learning_rate
        weights = list(self.weight_parameters())
        groups: list[dict[str, Any]] = [
            {"params": [p for p in weights if p.dim() > 1], "lr": learning_rate, "weight_decay": decay},
            {"params": [p for p in weights if p.dim() <= 1], "lr": learning_rate, "weight_decay": 0.0},
            {"params": list(self.architecture_parameters()), "lr": rate, "weight_decay": 0.0},
        ]
        return [group for group in groups if group["params"]]

    def progress(self, fraction: float) -> None:
        """Say how far the training is, 0 to 1: `default` has no penalty before 0.2 and all of it from 0.6 on."""
        self._progress = fraction

    @property
    def ramp(self) -> float:
        """r(t), the share of the penalties in force (method: default recipe, 2)."""
        if self.recipe == "paper":
            return 1.0
        return min(max((self._progress - 0.2) / 0.4, 0.0), 1.0)

    def penalty(self, gamma: float = 0.0, eta: float = 0.0) -> Tensor:
        """What is added to a loss of order 1: the recipe's penalties at strength γ, and η for connectivity."""
        self._pressure = Pressure(gamma * self.ramp, eta * self.ramp, self._progress)
        return self.bank.penalty(self._pressure)

    def step_(self, optimizer: torch.optim.Optimizer) -> None:
        """`optimizer.step()`, with exact zeros where the recipe has them (the orthant step)."""
        subsets = self.bank.subsets
        if subsets is not None:
            subsets.before_step(optimizer, self._pressure)
        optimizer.step()
        if subsets is not None:
            subsets.after_step()

    # ---- closing -----------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def calibrate_(self, batches: Iterable[Tensor]) -> None:
        """Measure the root mean square of what each layer reads, which the scale-free threshold weighs with."""
        from dasdsl.lowering.calibration import measure

        for name, rms in measure(self, batches).items():
            getattr(self, _rms_name(name)).copy_(rms)

    def rms(self, name: str) -> Tensor:
        """The root mean square of each position a layer reads (ones before `calibrate_`)."""
        return getattr(self, _rms_name(name))

    @torch.no_grad()
    def clamp_(self, threshold: float) -> None:
        """Close what is below the threshold: absolute for `paper`, relative to the largest for `default`."""
        if self.recipe == "paper":
            clamp_paper_(self.bank, threshold)
        elif self.recipe == "default":
            clamp_default_(self, self.bank, self.rms, threshold)

    def outcomes(self) -> Outcomes:
        """What every decision has become, by the exact zeros of its gate."""
        return self.bank.outcomes()


def _rms_name(node: str) -> str:
    return f"/rms/{node.replace('.', '/')}"


def lower(graph: Graph | Program | Space, recipe: Family = "default", cost: CostName = "layers") -> CompositeModel:
    """IR → module: the composite of an open space, or the ordinary network of a closed one.

    `recipe` names the family of gates, `default` or `paper`. `cost` is what the penalties of `default` weigh layers by:
    `params`, `macs`, `both`, or all layers alike.
    """
    return CompositeModel(program_of(graph), recipe, cost)
