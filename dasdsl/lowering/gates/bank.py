"""All the gates of a network: one for each decision, and the filters that several decisions make together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.ir.branching import by_macs, by_params, shares
from dasdsl.ir.pricing import weights
from dasdsl.ir.program import Program
from dasdsl.language.amounts import CostName
from dasdsl.lowering.gates.choosing import Choices, Factors
from dasdsl.lowering.gates.connectivity import Connectivity
from dasdsl.lowering.gates.decided import DecidedGate
from dasdsl.lowering.gates.default import (
    CHANNEL_WEIGHT,
    DefaultChoice,
    DefaultCount,
    DefaultPath,
    DefaultPatterns,
    DefaultSubset,
    pattern_values,
)
from dasdsl.lowering.gates.gate import Gate, Pressure
from dasdsl.lowering.gates.paper import PaperChoice, PaperCount, PaperPath, PaperPatterns, PaperSubset
from dasdsl.lowering.gates.reading import Subsets
from dasdsl.operations.core.decisions import Assignment, Decision, OneOf, Outcomes, Subset
from dasdsl.operations.core.filters import FilterGate

Family = Literal["paper", "default"]
Kind = Literal["paper", "default", "decided"]
"""The gates of a recipe, or those of a network in which everything is decided."""


@frozen(slots=True)
class Joint:
    """The gate of a filter as the outer product of the gates it is made of (of one, it is that one)."""

    key: str
    gates: tuple[str, ...]
    volumes: tuple[float, ...]
    """Each combination's share of the largest filter's taps, by what the filter weighs."""

    def weighed(self, weight: float) -> Joint:
        """The same, by a weight."""
        return replace(self, volumes=tuple(weight * volume for volume in self.volumes))


class GateBank(nn.Module):
    """Gates by name. `values` computes each once; layers look them up by key."""

    def __init__(self, gates: Mapping[str, Gate], joints: tuple[Joint, ...], family: Kind) -> None:
        super().__init__()
        self.family: Kind = family
        self.names = tuple(gates)
        # a module's name cannot hold a dot
        self.held = nn.ModuleDict({name.replace(".", "/"): gate for name, gate in gates.items()})
        choices = {name: gate for name, gate in gates.items() if isinstance(gate, DefaultChoice)}
        subsets = {name: gate for name, gate in gates.items() if isinstance(gate, DefaultSubset)}
        patterns = {name: gate for name, gate in gates.items() if isinstance(gate, DefaultPatterns)}
        numbers = {name: number for number, name in enumerate(choices)}
        # filters are made of choices, or of no choice of `default`
        self.filters = tuple(joint.key for joint in joints if choices)
        self.joints = () if choices else joints
        factors = [Factors(tuple(numbers[name] for name in joint.gates), joint.volumes) for joint in joints if choices]
        self.choices = Choices(tuple(choices.values()), factors) if choices else None
        self.subsets = Subsets(tuple(subsets.values())) if subsets else None
        shared = [gate.decision for gate in patterns.values()], [gate.weight for gate in patterns.values()]
        self.connectivity = Connectivity(*shared) if patterns else None
        self.together = (tuple(choices), tuple(subsets), tuple(patterns))
        # tuples, since they are modules already
        self.patterns = tuple(patterns.values())
        self.apart = tuple((name, gate) for name, gate in gates.items() if name not in choices | subsets | patterns)

    def __iter__(self) -> Iterator[Gate]:
        for module in self.held.values():
            assert isinstance(module, Gate)
            yield module

    def items(self) -> Iterator[tuple[str, Gate]]:
        """(name, gate) pairs."""
        return zip(self.names, self, strict=True)

    def values(self) -> dict[str, Tensor]:
        """Every gate's value, and every filter's."""
        choices, subsets, patterns = self.together
        values = {name: gate.value() for name, gate in self.apart}
        if self.choices is not None:
            alone, filters = self.choices.values()
            values |= zip(choices, alone, strict=True)
            values |= zip(self.filters, filters, strict=True)
        if self.subsets is not None:
            values |= zip(subsets, self.subsets.values(), strict=True)
        if patterns:
            values |= zip(patterns, pattern_values(self.patterns), strict=True)
        for joint in self.joints:
            factors = [values[name] for name in joint.gates]
            out = factors[0]
            for factor in factors[1:]:
                out = out.unsqueeze(-1) * factor
            values[joint.key] = out
        return values

    def penalty(self, pressure: Pressure) -> Tensor:
        """The sum over all gates; under `default` also γ·3·E[h]·E[w]/(H·W) for each filter.

        Loss and penalty may go backward at once or one after the other: what both are made of needs nothing that the
        first of them frees.
        """
        terms = [gate.penalty(pressure, gate.value()) for _, gate in self.apart]
        terms.extend(part.penalty(pressure) for part in (self.choices, self.subsets) if part is not None)
        if self.connectivity is not None:
            p, logits = [gate.p for gate in self.patterns], [gate.logits for gate in self.patterns]
            r, mean = self.connectivity(p, logits)
            terms.append(CHANNEL_WEIGHT * (pressure.eta * r + pressure.gamma * mean))
        return torch.stack(terms).sum() if terms else torch.zeros(())

    def undecided(self) -> tuple[str, ...]:
        """Decisions between options that do not nest of which several are in use, so that none stands for all."""
        return tuple(name for gate in self for name in gate.undecided())

    def resting(self) -> dict[str, tuple[int, ...]]:
        """The entries of each gate that are exactly zero and could be closed for good."""
        return {name: entries for name, gate in self.items() if (entries := gate.resting())}

    def retire_(self, entries: Mapping[str, Collection[int]]) -> None:
        """Close entries for good."""
        for name, gate in self.items():
            if entries.get(name):
                gate.retire_(entries[name])

    def narrowed(self, entries: Mapping[str, Collection[int]]) -> Outcomes | None:
        """The outcomes that hold all that may still come, if these entries are retired too.

        None where a decision between options that do not nest is still open, and under `paper`, whose gates only become
        zero when they are clamped.
        """
        out: Outcomes = {}
        for name, gate in self.items():
            found = gate.narrowed(entries.get(name, ()))
            if found is None:
                return None
            out |= found
        return out

    def outcomes(self) -> Outcomes:
        """What every decision has become."""
        out: Outcomes = {}
        for gate in self:
            out |= gate.outcomes()
        return out


def make_bank(program: Program, family: Kind, cost: CostName = "layers") -> GateBank:
    """The gates of a program; the penalties of `default` are weighed by the cost that is named.

    Raises: ValueError for a family or a cost that there is not.
    """
    if family not in get_args(Kind):
        raise ValueError(f"there is no recipe `{family}`; there are {', '.join(get_args(Family))}")
    if cost not in get_args(CostName):
        raise ValueError(f"there is no cost `{cost}`; there are {', '.join(get_args(CostName))}")
    filters = [gate for node in program.nodes if (gate := node.op.filter_gate(node.site)) is not None]
    shared = Counter(member for gate in filters for member in gate.members)
    shared.update(name for name, roles in program.roles.items() if len(roles) > 1)
    decisions = {decision.name: decision for decision in program.decisions}
    gates: dict[str, Gate] = {}
    joints: list[Joint] = []
    for gate in filters:
        joined = family == "paper" and not any(shared[member] > 1 for member in gate.members)
        if joined:
            members = tuple(d for name in gate.members if isinstance(d := decisions.pop(name), OneOf))
            # the paper's α: one factor for each combination
            name = f"{gate.key}.alpha"
            gates[name] = PaperChoice(members)
            joints.append(Joint(gate.key, (name,), _volumes(gate)))
        else:
            joints.append(Joint(gate.key, gate.members, _volumes(gate)))
    if family == "default":
        weighed = weights(program, [joint.gates for joint in joints], cost)
        joints = [joint.weighed(weight) for joint, weight in zip(joints, weighed, strict=True)]
        gates |= _defaults(program, decisions, cost)
    else:
        make = _paper if family == "paper" else DecidedGate
        gates |= {name: make(decision) for name, decision in decisions.items()}
    return GateBank(gates, tuple(joints), family)


def _volumes(gate: FilterGate) -> tuple[float, ...]:
    volumes = [option.taps for option in gate.options]
    return tuple(volume / max(volumes) for volume in volumes)


def _paper(decision: Decision) -> Gate:
    match decision:
        case OneOf(role="count"):
            return PaperCount(decision)
        case OneOf(role="choice" | "depth"):
            return PaperPath((decision,))
        case OneOf():
            return PaperChoice((decision,))
        case Subset():
            return PaperSubset(decision)
        case Assignment():
            return PaperPatterns(decision)


def _defaults(program: Program, decisions: Mapping[str, Decision], cost: CostName) -> dict[str, Gate]:
    """Those of `default`, which know what they weigh."""
    paths = shares(program, by_params if cost == "params" else by_macs)
    read = [name for name, decision in decisions.items() if not isinstance(decision, OneOf) or decision.role == "count"]
    weigh = dict(zip(read, weights(program, [(name,) for name in read], cost), strict=True))
    gates: dict[str, Gate] = {}
    for name, decision in decisions.items():
        match decision:
            case OneOf(role="count"):
                gates[name] = DefaultCount(decision, weigh[name])
            case OneOf(role="choice" | "depth"):
                gates[name] = DefaultPath(decision, paths[name])
            case OneOf():
                gates[name] = DefaultChoice(decision)
            case Subset():
                gates[name] = DefaultSubset(decision, weigh[name])
            case Assignment():
                gates[name] = DefaultPatterns(decision, weigh[name])
    return gates
