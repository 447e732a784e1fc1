"""All choices of `default` at once, and the filters they make: a network has many, and each small step takes its time.

Their options stand one behind the other, so do the combinations of all filters; buffers hold where each is to be
found. Values go forward and backward in one step of autograd, penalties in another, with the gradients worked out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, product
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from dasdsl.frozen import frozen
from dasdsl.lowering.gates.default import DefaultChoice, decide_strength, filter_strength
from dasdsl.lowering.gates.gate import Pressure
from dasdsl.lowering.gates.known import known
from dasdsl.lowering.gates.sparsemax import projected, pulled_back


@frozen(slots=True)
class Factors:
    """A filter: the choices that its gate is the outer product of, by number, and the volume of each combination."""

    choices: tuple[int, ...]
    volumes: tuple[float, ...]


@frozen(slots=True)
class _Values:
    """What both functions begin with."""

    rows: Tensor
    """(choices, most options): the sparsemax of the logits, whether a choice is closed or not."""
    open: Tensor
    """(choices, 1): 0 where one is closed, and a constant."""
    options: Tensor
    """(options + 1,): all values, one choice behind the other, and a 1 for the factors that a filter lacks."""
    factors: Tensor
    """(most factors, combinations) of all filters, one behind the other."""
    combined: Tensor
    """(combinations,): their products."""


class Choices(nn.Module):
    """The values and the penalty of choices, whose parameters stay with their gates, and of filters made of them."""

    rows: Tensor
    places: Tensor
    factors: Tensor
    volumes: Tensor
    prices: Tensor

    def __init__(self, gates: Sequence[DefaultChoice], filters: Sequence[Factors]) -> None:
        super().__init__()
        # a tuple, since they are modules of the bank
        self.gates = tuple(gates)
        self.sizes = [len(gate.logits) for gate in gates]
        self.shapes = [tuple(self.sizes[number] for number in one.choices) for one in filters]
        self.combinations = [len(one.volumes) for one in filters]
        rows, places = _rows(self.sizes)
        for name, buffer in {
            "rows": rows,
            "places": places,
            "factors": _factors(filters, self.sizes),
            "volumes": torch.tensor([volume for one in filters for volume in one.volumes]),
            "prices": torch.tensor([price for gate in gates for price in gate.prices()]),
        }.items():
            self.register_buffer(name, buffer, persistent=False)

    def values(self) -> tuple[list[Tensor], list[Tensor]]:
        """Those of the choices, (options,) each, and of the filters, (options of each factor, …)."""
        found = _Value.apply(self, *self._logits())
        return list(found[: len(self.gates)]), list(found[len(self.gates) :])

    def penalty(self, pressure: Pressure) -> Tensor:
        """The sum over all choices, and γ·3·E[h]·E[w]/(H·W) for each filter."""
        logits, count = self._logits(), len(self.gates)
        with torch.no_grad():
            values = self(logits)
            decide, filters = decide_strength(pressure), filter_strength(pressure)
            options = values.options[:-1]
            slopes = pressure.gamma * self.prices - 2 * decide * options
            slopes = self.backward(values, torch.cat([slopes, slopes.new_zeros(1)]), filters * self.volumes)
            undecided = count - options.square().sum()
            priced = pressure.gamma * (options @ self.prices) + filters * (values.combined @ self.volumes)
        return known(decide * undecided + priced, slopes, logits)

    def _logits(self) -> list[Tensor]:
        return [gate.logits for gate in self.gates]

    # ---- without gradients -------------------------------------------------------------------------------------------

    def forward(self, logits: Sequence[Tensor]) -> _Values:
        """All values."""
        rows = projected(torch.cat([*logits, self.prices.new_full((1,), -torch.inf)])[self.rows])
        closed = torch.stack([gate.closed for gate in self.gates]).unsqueeze(1)
        constants = torch.cat([*(gate.constant for gate in self.gates), self.prices.new_ones(1)])
        options = torch.where(closed, constants[self.rows], rows).flatten()[self.places]
        options = torch.cat([options, constants[-1:]])
        factors = options[self.factors]
        return _Values(rows, (~closed).to(rows.dtype), options, factors, factors.prod(0))

    def backward(self, values: _Values, options: Tensor, combined: Tensor) -> Tensor:
        """The gradients of all logits, by those of the options (options + 1,) and of the combinations."""
        for number, places in enumerate(self.factors):
            own = combined
            for other, factor in enumerate(values.factors):
                own = own if other == number else own * factor
            options = options.index_add(0, places, own)
        rows = pulled_back(options[self.rows], values.rows) * values.open
        return rows.flatten()[self.places]


class _Value(torch.autograd.Function):
    """Logits to values."""

    @staticmethod
    def forward(ctx: Any, choices: Choices, *logits: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN401  (torch's own)
        ctx.choices, ctx.values = choices, choices(logits)
        options = ctx.values.options[:-1].split(choices.sizes)
        combined = ctx.values.combined.split(choices.combinations)
        return *options, *(one.view(shape) for one, shape in zip(combined, choices.shapes, strict=True))

    @staticmethod
    @once_differentiable  # its wrapper takes the context by position
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,  # noqa: ANN401
        *grads: Tensor,
    ) -> tuple[Tensor | None, ...]:
        choices: Choices = ctx.choices
        count, one = len(choices.gates), choices.prices.new_zeros(1)
        options = torch.cat([*grads[:count], one])
        combined = torch.cat([grad.flatten() for grad in grads[count:]]) if grads[count:] else one[:0]
        return None, *choices.backward(ctx.values, options, combined).split(choices.sizes)


def _rows(sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Where the options of each choice are, (choices, most options), filled up; and where in that each option is."""
    width, total = max(sizes), sum(sizes)
    rows = [
        [*range(end - size, end), *[total] * (width - size)] for size, end in zip(sizes, accumulate(sizes), strict=True)
    ]
    places = [row * width + index for row, size in enumerate(sizes) for index in range(size)]
    return torch.tensor(rows), torch.tensor(places)


def _factors(filters: Sequence[Factors], sizes: Sequence[int]) -> Tensor:
    """Which options each combination is the product of, (most factors, combinations), filled up."""
    options = [range(end - size, end) for size, end in zip(sizes, accumulate(sizes), strict=True)]
    most, lacking = max((len(one.choices) for one in filters), default=0), sum(sizes)
    columns = [
        [*combination, *[lacking] * (most - len(combination))]
        for one in filters
        for combination in product(*(options[choice] for choice in one.choices))
    ]
    return torch.tensor(columns, dtype=torch.long).view(len(columns), most).T.contiguous()
