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
    by_layer: Tensor
    by_input: Tensor
    by_entry: Tensor
    whole: Tensor

    def __init__(self, decisions: Sequence[Assignment], weights: Sequence[float]) -> None:
        super().__init__()
        inputs, outputs = _rows([one.inputs for one in decisions]), _rows([one.outputs for one in decisions])
        by_layer = torch.tensor([weight / one.inputs for one, weight in zip(decisions, weights, strict=True)])
        by_entry = by_layer / torch.tensor([one.patterns for one in decisions])
        constants = {
            "inputs": inputs,
            "outputs": outputs,
            "by_layer": by_layer,
            "by_input": by_layer @ inputs,
            "by_entry": by_entry @ inputs,
            # the exclusive lasso of S over patterns: an output's entries add up to 1
            "whole": by_layer @ outputs.sum(dim=1),
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant, persistent=False)

    def forward(self, p: Sequence[Tensor], logits: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Σ over layers of R(P, S)/C_in, with S the sparsemax of the logits (method: penalties), and of mean |P|.

        Each by the weight of its layer.
        """
        wide, s = stacked(p, 0.0), sparsemax(stacked(logits, -torch.inf))
        size = wide.abs()
        rows, columns = size.sum(dim=1), self.inputs @ size
        r = (rows.square() + row_norms(wide)) @ self.by_input + self.whole
        r = r + self.by_layer @ (columns.square() + _roots(self.outputs @ s.square())).sum(dim=1)
        return r, rows @ self.by_entry


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
