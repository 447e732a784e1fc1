"""torch Datasets."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from dasdsl.data import load
from dasdsl.data.problems import BAD_SAMPLE, EMPTY, LENGTHS
from tests.data.helpers import refused


class Items(Dataset):
    """A Dataset of given items."""

    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


def test_one_dataset_is_split():
    data = load(TensorDataset(torch.rand(20, 4), torch.arange(20) % 2))
    assert (data.name, data.task, data.outputs) == ("TensorDataset", "classification", 2)
    assert (len(data.train), len(data.test)) == (16, 4)


def test_a_pair_is_training_and_test():
    train, test = (TensorDataset(torch.rand(n, 4), torch.rand(n)) for n in (6, 3))
    data = load((train, test))
    assert (data.task, len(data.train), len(data.test)) == ("regression", 6, 3)
    assert torch.equal(data.test.x, test.tensors[0])


@pytest.mark.parametrize(
    ("x", "shape", "dtype"),
    [
        (Image.new("RGB", (5, 4)), (3, 4, 5), torch.uint8),
        (Image.new("L", (5, 4)), (1, 4, 5), torch.uint8),
        (np.zeros((2, 3), ">f8"), (2, 3), torch.float32),
        ([1.0, 2.0], (2,), torch.float32),
    ],
)
def test_images_arrays_and_lists_are_inputs(x, shape, dtype):
    data = load((Items((x, 0), (x, 1)), Items((x, 1))))
    assert data.input_shape == shape
    assert data.train.x.dtype == dtype


def test_a_dataset_on_a_tape_is_cut_from_it():
    x = torch.zeros(3, requires_grad=True)
    assert not load((Items((x, 0.5)), Items((x, 0.5)))).train.x.requires_grad


@pytest.mark.parametrize("item", [torch.zeros(3), (torch.zeros(3),), {"x": 1}, 5])
def test_an_item_that_is_no_pair_is_refused(item):
    with refused(BAD_SAMPLE, "sample 0 of the training Dataset"):
        load(Items(item))


@pytest.mark.parametrize("item", [(torch.zeros(3), "cat"), (None, 0), ([[1], [2, 3]], 0)])
def test_a_pair_that_is_no_numbers_is_refused(item):
    with refused(BAD_SAMPLE, "sample 1"):
        load(Items((torch.zeros(3), 0), item))


def test_items_of_different_shapes_are_refused():
    with refused(LENGTHS, "sample 0 is (3)", "sample 1 is (4)"):
        load(Items((torch.zeros(3), 0), (torch.zeros(4), 0)))


def test_no_items_are_refused():
    with refused(EMPTY, "test Dataset"):
        load((Items((torch.zeros(3), 0)), Items()))


def test_a_stream_is_refused():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(())

    with refused(BAD_SAMPLE, "no length"):
        load(Stream())


def test_what_a_dataset_raises_is_its_own():
    class Broken(Items):
        def __getitem__(self, index):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load(Broken(1))
