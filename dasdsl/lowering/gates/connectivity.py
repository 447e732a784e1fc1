"""The penalties on the patterns of all layers at once: a layer has few of them, and each small step takes its time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dasdsl.lowering.gates.norms import row_norms
from dasdsl.lowering.gates.sparsemax import sparsemax
from dasdsl.operations.core.decisions import Assignment


class Connectivity(nn.Module):
    """For layers whose P (C_in, patterns) stand one below the other, and the logits of their S (C_out, patterns) too.

    Layers of fewer patterns than others have columns of zeros.
    """

    inputs: Tensor
    outputs: Tensor
    sizes: Tensor
    entries: Tensor

    def __init__(self, decisions: Sequence[Assignment]) -> None:
        super().__init__()
        self.register_buffer("inputs", _rows([decision.inputs for decision in decisions]), persistent=False)
        self.register_buffer("outputs", _rows([decision.outputs for decision in decisions]), persistent=False)
        sizes = torch.tensor([float(decision.inputs) for decision in decisions])
        self.register_buffer("sizes", 1 / sizes, persistent=False)
        patterns = torch.tensor([float(decision.patterns) for decision in decisions])
        self.register_buffer("entries", 1 / (sizes * patterns), persistent=False)

    def forward(self, p: Sequence[Tensor], logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Σ over layers of R(P, S)/C_in, with S the sparsemax of the logits (method: penalties), and of mean |P|."""
        wide, s = stacked(p, 0.0), sparsemax(stacked(logits, -torch.inf))
        size, by_input = wide.abs(), self.sizes @ self.inputs
        rows = size.sum(dim=1)
        # the exclusive lasso of S over patterns: an output's entries add up to 1
        whole = self.sizes @ self.outputs.sum(dim=1)
        r = (rows.square() + row_norms(wide)) @ by_input
        r = r + self.sizes @ (self.inputs @ size).square().sum(dim=1)
        r = r + self.sizes @ _roots(self.outputs @ s.square()).sum(dim=1) + whole
        return r, rows @ (self.entries @ self.inputs)


def stacked(matrices: Sequence[Tensor], filled: float) -> Tensor:
    """Matrices one below the other, those of fewer columns filled up."""
    width = max(one.shape[1] for one in matrices)
    return torch.cat([F.pad(one, (0, width - one.shape[1]), value=filled) for one in matrices])


def _rows(sizes: Sequence[int]) -> Tensor:
    """Which rows are those of each layer: (layers, rows) of 0 and 1."""
    layers = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(list(sizes)))
    return F.one_hot(layers, len(sizes)).T.float().contiguous()


def _roots(squares: Tensor) -> Tensor:
    """Square roots with gradient 0 at 0."""
    positive = squares > 0
    return torch.where(positive, squares, 1).sqrt() * positive
