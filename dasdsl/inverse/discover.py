"""Composite → the discovered architecture as text in the same language, with exact weights (method: inverse pass)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from math import floor, log10

import torch
from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.inverse.certificate import ALLOWED, Certificate, compare
from dasdsl.inverse.problems import collapsed, not_equal, not_finite, undecided
from dasdsl.inverse.slicing import transfer_
from dasdsl.ir.closing import Closing, close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.liveness import Collapsed
from dasdsl.language.space import Space
from dasdsl.layers.dense import dense
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.operations.core.decisions import Outcomes
from dasdsl.operations.core.operation import Cost


@frozen
class Found:
    """A discovered architecture: its text (`str(architecture)`), its network with its weights, what it costs."""

    architecture: Space
    model: CompositeModel
    costs: Cost
    outcomes: Outcomes
    certificate: Certificate


def clamped(model: CompositeModel, threshold: float) -> CompositeModel:
    """A copy of the composite, in evaluation mode, with everything below the threshold at exactly zero."""
    other = copy.deepcopy(model).eval()
    other.clamp_(threshold)
    return other


def discover(
    model: CompositeModel,
    threshold: float | None = None,
    *,
    inputs: Tensor | None = None,
    found: Mapping[str, object] | None = None,
) -> Found:
    """Read the architecture off a trained composite; the model itself stays as it is.

    `threshold` None reads it off as it is (already clamped). `inputs` (N, *input) are held-out inputs for the
    certificate; without them it is made on normal noise. `found` goes into the header of the text.
    Raises: DasError E401 where the network collapses (with the largest threshold that would work), E402 where the
    discrete network would not equal the clamped composite, E403 where it is not clamped and a decision is divided,
    E404 where a weight or a gate is no finite number.
    """
    refuse_unusable(model)
    composite = copy.deepcopy(model).eval() if threshold is None else clamped(model, threshold)
    divided = composite.bank.undecided()
    if divided:
        raise undecided(divided)
    closing = closed(composite, threshold, model, found)
    with torch.random.fork_rng(devices=[]):
        # its initial weights are not kept: the caller's random numbers stay where they are
        discrete = lower(elaborate(closing.space)).eval().to(next(composite.parameters()))
    transfer_(composite, closing, discrete)
    if inputs is None:
        generator = torch.Generator().manual_seed(0)
        shape = (64, *model.program.space.header.input)
        inputs = torch.randn(shape, generator=generator).to(next(composite.parameters()))
    certificate = compare(composite, discrete, inputs)
    if not certificate.holds:
        raise not_equal(certificate.max_abs_error, certificate.relative, ALLOWED)
    return Found(closing.space, discrete, discrete.program.cost, composite.outcomes(), certificate)


def refuse_unusable(model: CompositeModel) -> None:
    """What is no number is below no threshold and above none.

    Raises: DasError E404.
    """
    for node, module in model.layers():
        if not _finite(module):
            raise not_finite(node.name)
    if not _finite(model):
        raise not_finite("")


def _finite(module: nn.Module) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in module.state_dict().values())


def closed(
    composite: CompositeModel,
    threshold: float | None,
    unclamped: CompositeModel,
    found: Mapping[str, object] | None = None,
) -> Closing:
    """The architecture of a clamped composite.

    Raises: DasError E401 where it collapses.
    """
    try:
        return close_exactly(composite, found)
    except Collapsed as collapse:
        largest = None if threshold is None else largest_threshold(unclamped, threshold)
        raise collapsed(collapse.layer, threshold, largest) from None


@torch.no_grad()
def close_exactly(composite: CompositeModel, found: Mapping[str, object] | None = None) -> Closing:
    """The architecture that the exact zeros of a composite's gates leave.

    A layer of which no channel, no part of its filter or none of its counts is left reads nothing.
    Raises: Collapsed where the output does not depend on the input any more.
    """
    values = composite.bank.values()
    silent = [
        node.name
        for node, module in composite.layers()
        if node.kernel is not None and not bool(dense(module, sum(node.site.axis.spreads), values)[0].any())
    ]
    return close(composite.program, composite.outcomes(), found, silent)


def largest_threshold(model: CompositeModel, above: float) -> float | None:
    """The largest threshold below `above` at which nothing collapses, to 4 digits; None where none works."""
    works = _works(model)
    low = above / 2
    while low > 1e-12 and not works(low):
        low /= 2
    if low <= 1e-12:
        return None
    high = 2 * low
    while high / low > 1.0001:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if works(middle) else (low, middle)
    # rounded down, so that it works as it is printed
    step = 10.0 ** (floor(log10(low)) - 3)
    return float(f"{floor(low / step) * step:.4g}")


def _works(model: CompositeModel) -> Callable[[float], bool]:
    def works(threshold: float) -> bool:
        try:
            close_exactly(clamped(model, threshold))
        except Collapsed:
            return False
        return True

    return works
