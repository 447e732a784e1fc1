"""Choices of a number of groups: one kernel holds all of them, whatever the numbers are."""

from __future__ import annotations

import pytest
import torch

from dasdsl.inverse.discover import discover
from dasdsl.layers.gated import GatedKernel, group_masks
from dasdsl.lowering.gates.bank import Family
from tests.lowering.texts import RECIPES, composite, inputs

BODIES = {
    "all of them multiples of the first": (
        "conv filters 3x3 channels 8\nconv filters {} channels 16 groups <2|4|8>",
        2,
    ),
    "none of them a multiple of another": ("conv filters 3x3 channels 12\nconv filters {} channels 6 groups <2|3>", 1),
    "the only one": ("conv filters 3x3 channels 4\nconv filters {} channels 8 groups <4>", 4),
    "of a linear layer": ("conv filters 3x3 channels 8\nflatten\nlinear channels 4 groups <2|4>", 1),
}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("filters", ["3x3", "<1|3>x<1|3>"])
def test_every_choice_is_found_exactly(recipe: Family, name: str, filters: str) -> None:
    body, _ = BODIES[name]
    model = composite(body.format(filters), recipe).eval()
    for seed in range(6):
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in model.architecture_parameters():
                parameter.uniform_(0.1, 1.0)
        assert discover(model, 0.05, inputs=inputs(model)).certificate.relative < 1e-5


@pytest.mark.parametrize("name", BODIES)
def test_the_kernel_has_the_groups_that_all_choices_have_in_common(name: str) -> None:
    body, groups = BODIES[name]
    model = composite(body.format("3x3"))
    (layer,) = [layer for _, layer in model.layers() if isinstance(layer, GatedKernel)]
    assert layer.groups == groups
    assert layer.weight.shape[1] == sum(layer.plan.spreads) // groups


def test_masks_are_blocks() -> None:
    one, two = group_masks((2, 4), 2, 4, 8)
    assert one.tolist() == [[1, 1, 1, 1]] * 4
    assert two.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]]
