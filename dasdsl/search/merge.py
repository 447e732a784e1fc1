"""Merging near-parallel channels before the clamp (method: default recipe, 5).

Two outputs of a layer whose kernels (weighted by what they read) and biases point the same way carry the same channel
up to a factor. Where only positively homogeneous operations stand between them and their one reader, the reader's
slice of one can be added, scaled, to the other's: lossless for exactly parallel ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dasdsl.ir.program import Node, Program
from dasdsl.layers.dense import dense
from dasdsl.layers.gated import GatedKernel
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.gates.default import DefaultSubset

ALIKE = 0.97
"""The cosine above which two channels are the same."""


@torch.no_grad()
def merge_(model: CompositeModel) -> dict[str, int]:
    """Merge what is alike in every layer whose reader can take it; returns how many channels went, by layer."""
    merged: dict[str, int] = {}
    for node in model.program.nodes:
        reader = _reader(model.program, node)
        if reader is None:
            continue
        gate = dict(model.bank.items()).get(f"{reader.name}.reads")
        module = model.layer(reader.name)
        # under a count, too, two channels have gates that differ, and the one kept may go with the count
        if isinstance(gate, DefaultSubset) and isinstance(module, GatedKernel) and len(module.plan.reads) == 1:
            count = _merge(model, node, module, gate)
            if count:
                merged[node.name] = count
    return merged


def _reader(program: Program, node: Node) -> Node | None:
    """The one layer that reads this one's channels, all of them and nothing else, through homogeneous operations."""
    if node.kernel is None:
        return None
    current = node
    while True:
        readers = [other for other in program.nodes if current.name in other.inputs]
        if len(readers) != 1:
            return None
        current = readers[0]
        if current.kernel is not None:
            return current if current.site.axis.sources == (node.name,) else None
        if not current.op.homogeneous:
            return None


def _merge(model: CompositeModel, node: Node, reader: GatedKernel, gate: DefaultSubset) -> int:
    spreads = node.site.axis.spreads
    weight, bias = dense(model.layer(node.name), sum(spreads), model.bank.values())
    rms = model.rms(node.name) if node.searched else torch.ones(len(spreads))
    scaled = weight.flatten(2) if weight.dim() > 2 else weight.unsqueeze(2)
    scaled = scaled * rms.repeat_interleave(torch.tensor(spreads)).view(1, -1, 1)
    vectors = scaled.flatten(1)
    if bias is not None:
        vectors = torch.cat([vectors, bias.unsqueeze(1)], dim=1)
    lengths = vectors.norm(dim=1)
    alive = (gate.beta != 0) & (lengths > 0)
    cosine = (vectors / lengths.clamp_min(1e-30).unsqueeze(1)) @ (vectors / lengths.clamp_min(1e-30).unsqueeze(1)).T
    count = 0
    for one, other in _pairs(cosine, alive):
        if not (alive[one] and alive[other]):
            continue
        keep, drop = (one, other) if lengths[one] >= lengths[other] else (other, one)
        _move(reader, gate, keep, drop, float(lengths[drop] / lengths[keep]))
        alive[drop] = False
        count += 1
    return count


def _pairs(cosine: Tensor, alive: Tensor) -> list[tuple[int, int]]:
    """Pairs that are alike, the most alike first."""
    usable = cosine.triu(1) * alive.unsqueeze(0) * alive.unsqueeze(1)
    found = (usable > ALIKE).nonzero().tolist()
    return sorted(((int(a), int(b)) for a, b in found), key=lambda pair: -float(cosine[pair]))


def _move(reader: GatedKernel, gate: DefaultSubset, keep: int, drop: int, ratio: float) -> None:
    """The reader's slice of one channel, times its gate and the ratio of the two, joins that of the other."""
    spread = reader.plan.spreads[0]
    kept, dropped = slice(keep * spread, (keep + 1) * spread), slice(drop * spread, (drop + 1) * spread)
    factor = ratio * float(gate.beta[drop] / gate.beta[keep])
    reader.weight[:, kept] += factor * reader.weight[:, dropped]
    gate.beta[drop] = 0.0
