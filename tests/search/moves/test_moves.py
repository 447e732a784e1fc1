"""Moves change an architecture as they say, and lose as little as can be."""

from __future__ import annotations

import pytest
import torch

from dasdsl.inverse.cutting import Cut
from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.search.elimination.growth import grow_
from dasdsl.search.elimination.state import Progress
from dasdsl.search.moves.channels import drops
from dasdsl.search.moves.connections import disconnects
from dasdsl.search.moves.counts import fewer
from dasdsl.search.moves.merges import merges
from dasdsl.search.moves.moments import moments
from dasdsl.search.moves.move import Move, tidy_
from dasdsl.search.moves.sides import moved, shrinks
from dasdsl.search.moves.snapshot import Snapshot, outcomes_of
from dasdsl.search.moves.switches import switches
from tests.search.planted import SPACE, taught, trainer, whole

X = torch.randn(64, 3, 6, 6, generator=torch.Generator().manual_seed(3))
INSIDE = (slice(None), slice(None), slice(2, -2), slice(2, -2))


def all_moves(model: CompositeModel) -> dict[str, Move]:
    outcomes = model.outcomes()
    return {move.label: move for move in (*drops(model.program, outcomes), *shrinks(model.program, outcomes))}


def make_(model: CompositeModel, label: str) -> None:
    all_moves(model)[label].apply_(model, moments(Cut.of(model), [X]))


@torch.no_grad()
def test_a_channel_that_others_make_up_for_is_dropped_without_loss() -> None:
    model = whole()
    first = model.layer("conv1")
    first.weight[3] = 2 * first.weight[1]  # type: ignore[index, operator]
    first.bias[3] = 2 * first.bias[1]  # type: ignore[index, operator]
    before = model(X)
    make_(model, "channel 3 of conv1")
    assert model.outcomes()["conv2.reads"] == (0, 1, 2)
    torch.testing.assert_close(model(X), before, rtol=0, atol=1e-3)


@torch.no_grad()
def test_a_constant_channel_moves_into_the_bias() -> None:
    model = whole(SPACE.replace("<1..3>x<1..3> channels 2", "1x1 channels 2"))
    first = model.layer("conv1")
    first.weight[2] = 0.0  # type: ignore[index, operator]
    first.bias[2] = 0.7  # type: ignore[index, operator]
    before = model(X)
    make_(model, "channel 2 of conv1")
    torch.testing.assert_close(model(X), before, rtol=0, atol=1e-5)


@torch.no_grad()
def test_dropping_what_is_needed_loses_less_than_leaving_it_out() -> None:
    model = whole()
    before = model(X)
    kept = Snapshot.of(model)
    decide_(model, {"conv2.reads": (0, 1, 2)})
    left_out = (model(X) - before).square().mean()
    kept.restore_(model)
    make_(model, "channel 3 of conv1")
    assert (model(X) - before).square().mean() < left_out


@torch.no_grad()
def test_a_channel_that_lies_too_high_is_moved_and_nothing_is_lost_inside() -> None:
    model = whole()
    first, second = model.layer("conv1"), model.layer("conv2")
    first.weight[:, :, 1:] = 0.0  # type: ignore[index, operator]
    second.weight[:, :, :2] = 0.0  # type: ignore[index, operator]
    before = model(X)
    # of three rows the upper two are left, of two the lower one: all channels have to move into it
    make_(model, "conv1.filters.height 3 -> 2")
    torch.testing.assert_close(model(X)[INSIDE], before[INSIDE])
    make_(model, "conv1.filters.height 2 -> 1")
    torch.testing.assert_close(model(X)[INSIDE], before[INSIDE])
    assert model.outcomes()["conv1.filters.height"] == 0


@pytest.mark.parametrize(
    "text", [SPACE.replace("relu", "pool avg 2"), SPACE.replace("relu", "flatten\nlinear channels 4")]
)
@torch.no_grad()
def test_channels_do_not_move_where_places_change(text: str) -> None:
    text = text.replace("linear channels 4\nconv filters <1..3>x<1..3>", "linear channels 4\nrelu\nlinear")
    model = whole(text)
    weight = model.layer("conv1").weight.clone()  # type: ignore[operator, union-attr]
    make_(model, "conv1.filters.height 3 -> 2")
    torch.testing.assert_close(model.layer("conv1").weight[:, :, :2], weight[:, :, :2])  # type: ignore[index]


def test_moving_leaves_zeros_behind() -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    assert moved(x, 0, 1).tolist() == [0, 1, 2]
    assert moved(x, 0, -2).tolist() == [3, 0, 0]
    assert moved(x, 0, 5).tolist() == [0, 0, 0]


@torch.no_grad()
def test_growing_changes_nothing_until_it_learns() -> None:
    model = whole()
    decide_(model, {"conv1.filters.height": 0, "conv2.filters.width": 1, "conv2.reads": (1,), "conv1.reads": (0, 1)})
    tidy_(model)
    before = model(X)
    with torch.enable_grad():
        assert grow_(model, trainer(taught()), "grow", 2)
    torch.testing.assert_close(model(X), before)
    outcomes = model.outcomes()
    assert outcomes["conv1.filters.height"] == 1
    assert outcomes["conv1.reads"] == (0, 1, 2)
    read = outcomes["conv2.reads"]
    assert isinstance(read, tuple)
    assert len(read) == 3


@torch.no_grad()
def test_growing_a_count_adds_channels_that_are_nothing_yet() -> None:
    model = whole(SPACE.replace("channels<=4 reads any", "channels <1|2|4>"))
    decide_(model, {"conv1.channels": 1, "conv2.filters.height": 1})
    tidy_(model)
    before, made = model(X), model.get_parameter("conv1.weight")[2:].clone()
    with torch.enable_grad():
        assert grow_(model, trainer(taught()), "grow", 2)
    assert model.outcomes()["conv1.channels"] == 2
    torch.testing.assert_close(model(X), before)
    assert not torch.equal(model.get_parameter("conv1.weight")[2:], made)
    assert not model.get_parameter("conv2.weight")[:, 2:].any()


def test_what_is_the_largest_cannot_grow() -> None:
    assert not grow_(whole(), trainer(taught()), "grow", 2)


def test_progress_goes_through_json() -> None:
    import json

    progress = Progress(0.5, kept=["a"], margins=[1.5])
    assert Progress.of(json.loads(json.dumps(progress.facts()))) == progress
    outcomes = {"a": 1, "b": (0, 2), "c": ((0, 1), (2,))}
    assert outcomes_of(json.loads(json.dumps(outcomes))) == outcomes


def test_a_branch_is_exchanged_for_another() -> None:
    paths = "choose:\n    path: zero\n    path: identity\n    path: conv filters 3x3 channels<=4\n"
    model = whole(SPACE.replace("relu\n", f"relu\nresidual:\n    {paths.replace(chr(10), chr(10) + '    ')}\n"))
    (name,) = (decision.name for decision in model.program.decisions if decision.name.endswith("choice"))
    assert model.outcomes()[name] == 2
    labels = {one.label: one for one in switches(model.program, model.outcomes())}
    assert set(labels) == {f"{name} = 1", f"{name} = 2"}
    labels[f"{name} = 2"].apply_(model, moments(Cut.of(model), [X]))
    assert model.outcomes()[name] == 1


SPLIT = """---
das: 1
space: split
input: 3x6x6
---
conv filters 3x3 channels<=4 reads any
leaky 0.1
residual:
    conv filters 3x3 channels<=2
    leaky 0.1
    conv filters 3x3 channels<=4
leaky 0.1
conv filters 3x3 channels 2
"""


def split() -> CompositeModel:
    """Of its hidden channels 0 is read after the sum, 2 before it, and 1 both before and after."""
    model = whole(SPLIT)
    decide_(model, {"residual1.conv1.reads": (1, 2), "conv2.reads": (0, 1)})
    tidy_(model)
    return model


@torch.no_grad()
def test_a_channel_that_was_found_twice_becomes_one() -> None:
    model = split()
    first = model.layer("conv1")
    first.weight[2] = 3 * first.weight[0]  # type: ignore[index, operator]
    first.bias[2] = 3 * first.bias[0]  # type: ignore[index, operator]
    before, cost = model(X), Cut.of(model).cost
    found = moments(Cut.of(model), [X])
    (move,) = merges(model.program, model.outcomes(), found)
    assert move.label == "channel 2 of residual1.conv2 by 0 in residual1.conv1"
    move.apply_(model, found)
    assert model.outcomes()["residual1.conv1.reads"] == (0, 1)
    assert Cut.of(model).cost.params < cost.params
    torch.testing.assert_close(model(X), before, rtol=0, atol=1e-3)


@torch.no_grad()
def test_channels_that_differ_are_not_merged() -> None:
    model = split()
    assert not list(merges(model.program, model.outcomes(), moments(Cut.of(model), [X])))


COUNTS = SPACE.replace("<1..3>x<1..3> channels<=4 reads any", "3x3 channels <2|3|4>")
PATTERNS = SPACE.replace("<1..3>x<1..3> channels 2", "1x1 channels 2 groups<=2")


@torch.no_grad()
def test_a_smaller_count_loses_nothing_where_what_goes_is_made_of_what_stays() -> None:
    model = whole(COUNTS.replace("<1..3>x<1..3> channels 2", "1x1 channels 2"))
    first = model.layer("conv1")
    first.weight[3] = 2 * first.weight[1]  # type: ignore[index, operator]
    first.bias[3] = 2 * first.bias[1]  # type: ignore[index, operator]
    before = model(X)
    (move,) = fewer(model.program, model.outcomes())
    move.apply_(model, moments(Cut.of(model), [X]))
    assert model.outcomes()["conv1.channels"] == 1
    torch.testing.assert_close(model(X), before, rtol=0, atol=1e-3)


@torch.no_grad()
def test_an_input_that_is_constant_leaves_a_pattern_without_loss() -> None:
    model = whole(PATTERNS)
    decide_(model, {"conv2.groups": ((0, 1, 2, 3), (2, 3))})
    tidy_(model)
    first = model.layer("conv1")
    first.weight[2] = 0.0  # type: ignore[index, operator]
    first.bias[2] = 0.7  # type: ignore[index, operator]
    before = model(X)
    found = {move.label: move for move in disconnects(model.program, model.outcomes())}
    found["input 2 of conv2 for outputs from 0 on"].apply_(model, moments(Cut.of(model), [X]))
    assert model.outcomes()["conv2.groups"] == ((0, 1, 3), (2, 3))
    torch.testing.assert_close(model(X), before, rtol=0, atol=1e-5)
