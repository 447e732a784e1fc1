"""The real data that lies beside a checkout while dasdsl is developed."""

import pytest
import torch

from dasdsl.data import check_fits, holdout, load
from tests.data.helpers import SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside this checkout")


@pytest.mark.slow
def test_the_drive_is_read_and_split_as_its_page_says():
    data = load(SHARED / "steering", input_shape=(3, 66, 200))
    check_fits(data, (3, 66, 200), (1,))
    assert len(data.train) + len(data.test) == 3 * 2027
    assert data.test.groups is not None
    assert data.test.groups.unique().tolist() == list(range(4, 41, 5))
    of_the_mean = (data.test.y - data.train.y.mean()).square().mean().sqrt()
    assert round(float(of_the_mean), 4) == 0.2046


def test_cut_validation_shares_no_block_with_training():
    data = load(SHARED / "steering", input_shape=(1, 12, 40))
    train, validation = holdout(data.train, 0.1, 0)
    assert train.groups is not None
    assert validation.groups is not None
    assert not set(train.groups.tolist()) & set(validation.groups.tolist())


@pytest.mark.parametrize(("name", "shape"), [("mnist", (1, 28, 28)), ("cifar10", (3, 32, 32))])
def test_image_sets_are_read(name, shape):
    data = load(SHARED / f"{name}.npz")
    check_fits(data, shape, (10,))
    assert (len(data.train), len(data.test), data.name) == (10_000, 2_000, name)
    x, _ = data.batch(data.train, torch.arange(10_000))
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(shape[0]), atol=1e-3)
