"""What importances, calibration and clusters are, by hand."""

from __future__ import annotations

import torch

from dasdsl.lowering.calibration import measure
from dasdsl.lowering.clusters import pattern_sets
from dasdsl.lowering.importance import connections, taps
from tests.lowering.texts import composite


def test_connections() -> None:
    weight = torch.tensor([[[3.0, 4.0], [0.0, 1.0]], [[0.0, 0.0], [6.0, 8.0]]])
    found = connections(weight, (1, 1), torch.tensor([2.0, 0.5]))
    torch.testing.assert_close(found, torch.tensor([[10.0, 0.5], [0.0, 5.0]]))


def test_connections_after_flatten() -> None:
    """Three features of the first channel, one of the second."""
    weight = torch.tensor([[1.0, 2.0, 2.0, 5.0]])
    torch.testing.assert_close(connections(weight, (3, 1), torch.ones(2)), torch.tensor([[3.0, 5.0]]))


def test_taps() -> None:
    weighted = 2 * torch.arange(6.0).view(1, 1, 2, 3)
    rows, columns = (taps(weighted, side) for side in range(2))
    torch.testing.assert_close(rows, 2 * torch.tensor([5.0, 50.0]).sqrt())
    torch.testing.assert_close(columns, 2 * torch.tensor([9.0, 17.0, 29.0]).sqrt())


def test_calibration() -> None:
    """The root mean square over samples and positions, channel by channel, of what each searched layer reads."""
    model = composite("conv filters <1|3>x1 channels 2\nflatten\nlinear channels 2 reads any", shape="2x2x1").train()
    x = torch.tensor([[[[1.0], [2.0]], [[0.0], [0.0]]], [[[3.0], [4.0]], [[2.0], [0.0]]]])
    found = measure(model, x.split(1))
    torch.testing.assert_close(found["conv1"], torch.tensor([(30 / 4) ** 0.5, 1.0]))
    made = model.layer("conv1")(x, model.bank.values())
    by_hand = made.square().mean(dim=(0, 2, 3)).sqrt()
    # one number a channel, though the layer reads two features of each
    torch.testing.assert_close(found["linear1"], by_hand.detach())
    assert model.training
    # torch has no public name for the hooks
    assert not model.layer("conv1")._forward_pre_hooks  # pyright: ignore[reportPrivateUsage]
    model.calibrate_(x.split(1))
    torch.testing.assert_close(model.rms("linear1"), by_hand.detach())


def test_batches_of_different_sizes_count_by_their_samples() -> None:
    model = composite("linear channels 1 reads any", shape="1")
    found = measure(model, [torch.full((3, 1), 1.0), torch.full((1, 1), 5.0)])
    torch.testing.assert_close(found["linear1"], torch.tensor([7.0**0.5]))


def sets(strengths: list[list[float]], most: int, threshold: float) -> list[list[int]]:
    mask = pattern_sets(torch.tensor(strengths), most, threshold)
    return [row.nonzero().flatten().tolist() for row in mask]


def test_outputs_with_alike_profiles_share_a_pattern() -> None:
    strengths = [[1.0, 1.0, 0.01, 0.0], [0.0, 0.02, 3.0, 2.8], [10.0, 9.0, 0.1, 0.1], [0.01, 0.0, 1.0, 1.1]]
    assert sets(strengths, 2, 0.1) == [[0, 1], [2, 3], [0, 1], [2, 3]]


def test_no_more_patterns_than_there_may_be() -> None:
    strengths = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.9, 0.4]]
    assert sets(strengths, 3, 0.1) == [[0], [1], [1, 2]]
    assert sets(strengths, 2, 0.1) == [[0], [1, 2], [1, 2]]
    assert sets(strengths, 1, 0.1) == [[0, 1, 2]] * 3


def test_equal_sets_are_one_pattern_even_where_more_are_allowed() -> None:
    strengths = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]
    found = pattern_sets(torch.tensor(strengths), 3, 0.1)
    assert found.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_an_output_without_strength_reads_nothing_or_what_its_cluster_reads() -> None:
    assert sets([[0.0, 0.0], [1.0, 0.0]], 2, 0.1) == [[], [0]]
    assert sets([[0.0, 0.0], [0.0, 0.0]], 2, 0.0) == [[], []]


def test_a_threshold_above_one_leaves_nothing() -> None:
    assert sets([[1.0, 2.0], [2.0, 1.0]], 2, 1.5) == [[], []]
