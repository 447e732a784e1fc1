"""Folders of class folders."""

import pytest
import torch

from dasdsl.data import load
from dasdsl.data.problems import BAD_IMAGE, EMPTY, GAPS, UNKNOWN_FORMAT
from tests.data.helpers import refused, write_image


def fill(folder, classes=("cat", "dog"), count=10):
    """Class folders of images whose red is the number of the class."""
    for number, name in enumerate(classes):
        for index in range(count):
            write_image(folder / name / f"{index:02}.png", (number, index, 0))
    return folder


def test_class_folders_are_classes_in_alphabetical_order(tmp_path):
    data = load(fill(tmp_path / "pets"), input_shape=(3, 6, 8))
    assert (data.name, data.classes, data.input_shape) == ("pets", ("cat", "dog"), (3, 6, 8))
    for split in (data.train, data.test):
        assert torch.equal(split.x[:, 0, 0, 0].long(), split.y)


def test_without_parts_some_of_each_class_is_test(tmp_path):
    first, again = (load(fill(tmp_path / "pets")) for _ in range(2))
    assert first.train.y.bincount().tolist() == [8, 8]
    assert first.test.y.bincount().tolist() == [2, 2]
    assert torch.equal(first.test.x, again.test.x)


def test_the_folders_train_and_test_are_the_parts(tmp_path):
    fill(tmp_path / "train", count=5)
    fill(tmp_path / "test", count=2)
    data = load(tmp_path)
    assert (len(data.train), len(data.test), data.classes) == (10, 4, ("cat", "dog"))


def test_other_files_and_hidden_folders_are_passed_over(tmp_path):
    fill(tmp_path)
    (tmp_path / ".cache").mkdir()
    (tmp_path / "cat" / "notes.txt").write_text("hello")
    assert load(tmp_path).classes == ("cat", "dog")


def test_a_folder_without_class_folders_is_refused(tmp_path):
    with refused(UNKNOWN_FORMAT, "no class folders"):
        load(tmp_path)


def test_a_class_without_images_is_refused(tmp_path):
    (fill(tmp_path) / "eel").mkdir()
    with refused(EMPTY, "eel"):
        load(tmp_path)


def test_a_class_that_only_the_test_has_is_refused(tmp_path):
    fill(tmp_path / "train")
    fill(tmp_path / "test", ("cat", "eel"))
    with refused(GAPS, "eel"):
        load(tmp_path)


def test_a_broken_image_is_named(tmp_path):
    (fill(tmp_path) / "dog" / "03.png").write_bytes(b"hello")
    with refused(BAD_IMAGE, "dog/03.png"):
        load(tmp_path)


@pytest.mark.parametrize("shape", [(1, 6, 8), (3, 3, 3)])
def test_images_take_the_shape_of_the_input(tmp_path, shape):
    assert load(fill(tmp_path), input_shape=shape).input_shape == shape
