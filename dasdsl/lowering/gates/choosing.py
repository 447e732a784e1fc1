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


@frozen(slots=True)
class _Layout:
    """Where in all that is one behind the other everything is: what the way back needs of `Choices`."""

    rows: Tensor
    places: Tensor
    factors: Tensor
    sizes: tuple[int, ...]

    def pulled_back(self, values: _Values, options: Tensor, combined: Tensor) -> tuple[Tensor, ...]:
        """The gradients of all logits, by those of the options (options + 1,) and of the combinations."""
        for number, places in enumerate(self.factors):
            own = combined
            for other, factor in enumerate(values.factors):
                own = own if other == number else own * factor
            options = options.index_add(0, places, own)
        rows = pulled_back(options[self.rows], values.rows) * values.open
        return rows.flatten()[self.places].split(self.sizes)


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
        self._last: tuple[tuple[_Values, Tensor, Tensor], tuple[Tensor, ...]] | None = None
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
        made = _Value.apply(self, *self._logits())
        self._last = (made[:3], self._given()) if made[1].requires_grad else None
        return list(made[3 : 3 + len(self.gates)]), list(made[3 + len(self.gates) :])

    def penalty(self, pressure: Pressure) -> Tensor:
        """The sum over all choices, and γ·3·E[h]·E[w]/(H·W) for each filter; gradients go back through their values."""
        values, options, combined = self._current()
        with torch.no_grad():
            decide, filters = decide_strength(pressure), filter_strength(pressure)
            slopes = torch.cat([pressure.gamma * self.prices - 2 * decide * options, filters * self.volumes])
            undecided = len(self.gates) - options.square().sum()
            priced = pressure.gamma * (options @ self.prices) + filters * (values.combined @ self.volumes)
        return known(decide * undecided + priced, slopes, [options, combined])

    def _current(self) -> tuple[_Values, Tensor, Tensor]:
        """All values at once: those that the step in hand has computed already, or new ones."""
        last, self._last = self._last, None
        if last is not None and all(map(_same, last[1], self._given())):
            return last[0]
        return _Value.apply(self, *self._logits())[:3]

    def _given(self) -> tuple[Tensor, ...]:
        """A copy of all that values are made of; the versions of tensors do not tell what Adam, fused, has written."""
        held = [gate.logits.detach() for gate in self.gates], [gate.constant for gate in self.gates]
        return torch.cat(held[0]), torch.cat(held[1]), torch.stack([gate.closed for gate in self.gates])

    def __getstate__(self) -> dict[str, Any]:
        # a copy, too, begins with values of its own
        return self.__dict__ | {"_last": None}

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

    @property
    def layout(self) -> _Layout:
        """Where everything is."""
        return _Layout(self.rows, self.places, self.factors, tuple(self.sizes))


class _Value(torch.autograd.Function):
    """Logits to all values: as they are kept, then those of options and of combinations, whole and for each."""

    @staticmethod
    def forward(ctx: Any, choices: Choices, *logits: Tensor) -> tuple[_Values | Tensor, ...]:  # noqa: ANN401  (torch's own)
        # not the choices, which keep what is made here
        ctx.layout, ctx.values = choices.layout, choices(logits)
        options, combined = ctx.values.options[:-1], ctx.values.combined.view(-1)
        each = zip(combined.split(choices.combinations), choices.shapes, strict=True)
        return ctx.values, options, combined, *options.split(choices.sizes), *(one.view(shape) for one, shape in each)

    @staticmethod
    @once_differentiable  # its wrapper takes the context by position
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any,  # noqa: ANN401
        *grads: Tensor,
    ) -> tuple[Tensor | None, ...]:
        _, options, combined, *each = grads
        count = len(ctx.layout.sizes)
        options = torch.cat([options + torch.cat(each[:count]), options.new_zeros(1)])
        if each[count:]:
            combined = combined + torch.cat([grad.flatten() for grad in each[count:]])
        return None, *ctx.layout.pulled_back(ctx.values, options, combined)


def _same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors hold the same; of those without values that cannot be told."""
    alike = one.dtype == other.dtype and one.device == other.device and not one.is_meta
    return alike and torch.equal(one, other)


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
