"""Splits, normalisation and batches."""

import torch

from dasdsl.data import DataOptions, Normalisation, Split, load
from dasdsl.data.checks import assemble
from tests.data.helpers import write_npz


def test_each_channel_has_mean_0_and_deviation_1_after_normalisation():
    x = torch.rand(200, 3, 5, 4) * torch.tensor([1.0, 9.0, 0.1]).view(1, 3, 1, 1) + 4
    y = Normalisation.measured(x).apply(x)
    assert torch.allclose(y.mean((0, 2, 3)), torch.zeros(3), atol=1e-4)
    assert torch.allclose(y.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-4)


def test_statistics_agree_with_those_of_all_values_in_double_precision():
    x = torch.randint(0, 256, (150, 2, 6, 3), dtype=torch.uint8)
    scale = Normalisation.measured(x)
    values = x.double() / 255
    assert torch.allclose(scale.mean, values.mean((0, 2, 3)))
    assert torch.allclose(scale.std, values.std((0, 2, 3), correction=0))


def test_a_vector_is_normalised_feature_by_feature():
    x = torch.randn(500, 4) * torch.tensor([1.0, 2.0, 3.0, 4.0])
    y = Normalisation.measured(x).apply(x)
    assert torch.allclose(y.std(0, correction=0), torch.ones(4), atol=1e-5)


def test_a_constant_channel_becomes_zero_and_not_nan():
    x = torch.full((10, 2, 3), 0.1)
    assert torch.allclose(Normalisation.measured(x).apply(x), torch.zeros(10, 2, 3), atol=1e-5)


def test_bytes_and_the_same_values_from_0_to_1_come_out_equal():
    x = torch.randint(0, 256, (20, 1, 4), dtype=torch.uint8)
    whole, parts = Normalisation.measured(x), Normalisation.measured(x / 255)
    assert torch.allclose(whole.apply(x), parts.apply(x / 255), atol=1e-5)


def test_test_data_does_not_enter_the_normalisation():
    train = Split(torch.randn(8, 2), torch.randn(8))
    near, far = (assemble("d", train, Split(torch.randn(8, 2) + d, torch.randn(8)), DataOptions()) for d in (0, 1000))
    assert torch.equal(near.scale.mean, far.scale.mean)


def test_a_batch_is_normalised_float32_and_memory_stays_bytes(tmp_path):
    data = load(write_npz(tmp_path / "a.npz"))
    x, y = data.batch(data.train, torch.tensor([3, 1]))
    assert data.train.x.dtype == torch.uint8
    assert x.dtype == torch.float32
    assert x.shape == (2, 2, 4, 4)
    assert y.tolist() == [0, 1]


def test_a_data_set_knows_its_shape_outputs_and_metric(tmp_path):
    data = load(write_npz(tmp_path / "a.npz"))
    assert (data.name, data.task, data.input_shape, data.outputs) == ("a", "classification", (2, 4, 4), 3)
    assert (data.metric_name, data.classes) == ("accuracy", ("0", "1", "2"))


def test_taking_samples_takes_their_groups():
    split = Split(torch.arange(4.0).unsqueeze(1), torch.arange(4), torch.tensor([0, 0, 1, 1]))
    taken = split.take(torch.tensor([False, True, True, False]))
    assert taken.groups is not None
    assert (taken.y.tolist(), taken.groups.tolist()) == ([1, 2], [0, 1])
