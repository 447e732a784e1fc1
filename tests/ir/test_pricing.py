"""What decisions weigh where a cost is named."""

from __future__ import annotations

import pytest

from dasdsl.ir.pricing import weights
from tests.ir.texts import program

# 3x3x2x8 = 144 params at 64 places, 3x3x8x2 = 144 at 16, 8 at one
BODY = """conv filters <1|3>x<1|3> channels 8 bias off
relu
conv filters <1|3>x<1|3> channels 2 stride 2 bias off
relu
flatten
linear channels 1 reads any bias off"""
FILTERS = [("conv1.filters.height", "conv1.filters.width"), ("conv2.filters.height", "conv2.filters.width")]
LAYERS = [*FILTERS, ("linear1.reads",)]


def test_the_roots_of_what_layers_cost() -> None:
    found = weights(program(BODY, "2x8x8"), FILTERS, "macs")
    # one computes four times as much as the other
    assert found == pytest.approx([4 / 3, 2 / 3])
    assert weights(program(BODY, "2x8x8"), FILTERS, "params") == pytest.approx([1, 1])


def test_both_are_the_mean() -> None:
    whole = program(BODY, "2x8x8")
    params, macs, both = (weights(whole, LAYERS, cost) for cost in ("params", "macs", "both"))
    assert both == pytest.approx([(one + other) / 2 for one, other in zip(params, macs, strict=True)])
    assert sum(both) == pytest.approx(3)
    assert macs[0] > macs[1] > macs[2] > 0


def test_layers_alike() -> None:
    whole = program(BODY, "2x8x8")
    assert weights(whole, LAYERS, "layers") == [1, 1, 1]
    assert weights(whole, [], "macs") == []
    # of what no layer makes, nothing can be told
    assert weights(whole, [("nothing",)], "macs") == [1]


def test_a_decision_of_several_layers_costs_what_they_do_together() -> None:
    shared = program(
        "conv filters k x 1 channels 4\nconv filters k x 1 channels 4\nconv filters <1|3>x1 channels 4",
        "4x9x1",
        "{k: <1|3>}",
    )
    found = weights(shared, [("k",), ("conv3.filters.height",)], "macs")
    assert found[0] / found[1] == pytest.approx(2**0.5)
