"""Gates that start nearer to what was found, where nothing in V says which of several options that was.

Sides, counts and channels start as in every search: what is in use there follows from V.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.inverse.places import Place
from dasdsl.ir.membership import Membership
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultChoice, DefaultPath, DefaultPatterns
from dasdsl.lowering.gates.paper import PaperChoice, PaperPath, PaperPatterns
from dasdsl.operations.core.decisions import OneOf, Outcomes

LEAN = 0.5
"""How far the gates lean towards what was found where options do not nest, so that it is what they would close to."""
FAINT = 0.3
"""What a connection that the found patterns have not starts at, relative to one that they have."""
LEAST = 0.5
"""The least of P and S at the start: V is divided by them."""


@torch.no_grad()
def lean_(composite: CompositeModel, found: CompositeModel, member: Membership) -> None:
    """Let patterns, and choices between options that do not nest, start at those of the found network.

    A choice between branches or depths starts decided.
    """
    gates = dict(composite.bank.items())
    for node in found.program.nodes:
        place = Place(node, member.program[member.nodes[node.name]], member)
        for decision in place.theirs.decisions:
            gate = gates.get(decision.name)
            if isinstance(gate, DefaultPatterns | PaperPatterns):
                _lean_patterns(gate, place.reads())
    for gate in gates.values():
        match gate:
            case DefaultPath():
                _decide(gate.logits, gate.decision, member.outcomes)
            case PaperPath(members=(decision,)):
                _decide(gate.alpha, decision, member.outcomes)
            case DefaultChoice() if not gate.decision.nested and gate.decision.name in member.outcomes:
                gate.logits[_index(gate.decision, member.outcomes)] += LEAN
            case PaperChoice():
                _lean_choice(gate, member.outcomes)
            case _:
                pass


def _decide(gate: Tensor, decision: OneOf, outcomes: Outcomes) -> None:
    """All on the branch that was found: no kernel could make up for a part of it."""
    if decision.name in outcomes:
        gate.zero_()
        gate[_index(decision, outcomes)] = 1.0


def _lean_patterns(gate: DefaultPatterns | PaperPatterns, reads: list[tuple[int, ...]]) -> None:
    """Each found set of inputs is a pattern of its own."""
    patterns = list(dict.fromkeys(reads))
    gate.p.clamp_(min=LEAST)
    for number, chosen in enumerate(patterns):
        absent = torch.ones(len(gate.p), dtype=torch.bool)
        absent[list(chosen)] = False
        gate.p[absent, number] *= FAINT
    own, outputs = [patterns.index(chosen) for chosen in reads], range(len(reads))
    if isinstance(gate, DefaultPatterns):
        gate.logits[outputs, own] += LEAN
    else:
        gate.s.clamp_(min=LEAST / gate.decision.patterns).mul_(1 - LEAN)
        gate.s[own, outputs] += LEAN


def _lean_choice(gate: PaperChoice, outcomes: Outcomes) -> None:
    """What was found counts double, and all together as much as before."""
    total = gate.alpha.sum()
    for dim, member in enumerate(gate.members):
        if not member.nested and member.name in outcomes:
            gate.alpha.select(dim, _index(member, outcomes)).mul_(2)
    gate.alpha.mul_(total / gate.alpha.sum())


def _index(decision: OneOf, outcomes: Outcomes) -> int:
    outcome = outcomes[decision.name]
    assert isinstance(outcome, int), outcome
    return outcome
