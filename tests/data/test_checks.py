"""What every data set is checked for."""

import math

import pytest
import torch

from dasdsl.data import Data, DataOptions, Split, check_fits
from dasdsl.data.checks import assemble, shape_text
from dasdsl.data.problems import (
    BAD_LABELS,
    EMPTY,
    GAPS,
    LENGTHS,
    NOT_FINITE,
    NOT_NUMBERS,
    WRONG_OUTPUTS,
    WRONG_SHAPE,
)
from tests.data.helpers import refused

X = torch.rand(6, 1, 3, 3)
Y = torch.tensor([0, 1, 2, 0, 1, 2])


def made(x: torch.Tensor = X, y: torch.Tensor = Y, test: Split | None = None, **options: object) -> Data:
    return assemble("d", Split(x, y), Split(X, Y) if test is None else test, DataOptions.of(options), path="d.npz")


def test_inputs_and_targets_must_be_as_many():
    with refused(LENGTHS, "d.npz: ", "6 inputs and 5 targets"):
        made(y=Y[:5])


def test_no_sample_is_refused():
    with refused(EMPTY, "training data"):
        made(X[:0], Y[:0])


def test_an_empty_test_set_is_refused():
    with refused(EMPTY, "test data"):
        made(test=Split(X[:0], Y[:0]))


@pytest.mark.parametrize(("x", "y"), [(torch.tensor(1.0), Y), (X, torch.tensor(1))])
def test_a_single_number_is_no_data(x, y):
    with refused(NOT_NUMBERS):
        made(x, y)


@pytest.mark.parametrize("x", [torch.rand(6), torch.rand(6, 0, 3)])
def test_a_sample_must_hold_something(x):
    with refused(NOT_NUMBERS, "shape"):
        made(x)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_values_that_are_not_finite_name_the_first_sample(value):
    x = X.double()
    x[4, 0, 1, 1] = value
    with refused(NOT_FINITE, "1 of the training inputs", "sample 4"):
        made(x)


def test_targets_must_be_finite():
    with refused(NOT_FINITE, "training targets", "sample 2"):
        made(y=torch.tensor([0.5, 1.5, math.nan, 1, 2, 3]))


def test_negative_labels_are_refused():
    with refused(BAD_LABELS, "sample 1 is -1"):
        made(y=torch.tensor([0, -1, 2, 0, 1, 2]))


def test_labels_that_are_not_whole_are_refused_where_classes_are_asked_for():
    with refused(BAD_LABELS, "sample 0 is 0.5"):
        made(y=torch.full((6,), 0.5), task="classification")


def test_whole_real_numbers_are_labels_where_classes_are_asked_for():
    assert made(y=Y.double(), task="classification").outputs == 3


def test_whole_numbers_are_targets_where_regression_is_asked_for():
    data = made(y=Y, task="regression")
    assert (data.outputs, data.metric_name, data.classes) == (1, "rmse", ())


def test_a_class_between_others_must_have_training_samples():
    with refused(GAPS, "class 1"):
        made(y=torch.tensor([0, 0, 2, 2, 0, 2]))


def test_a_huge_label_is_refused_without_making_names_for_all_below():
    with refused(GAPS, "classes 1, 2, 3"):
        made(y=torch.tensor([0, 2**62, 0, 0, 0, 0]))


def test_a_class_of_the_test_data_must_have_training_samples():
    with refused(GAPS, "class 3"):
        made(test=Split(X, torch.tensor([0, 1, 2, 3, 0, 1])))


def test_labels_of_a_column_are_taken_as_labels():
    assert made(y=Y.unsqueeze(1)).train.y.shape == (6,)


def test_labels_that_are_rows_are_refused_where_classes_are_asked_for():
    with refused(BAD_LABELS, "shape (6, 3)"):
        made(y=torch.zeros(6, 3), task="classification")


def test_several_targets_are_kept():
    data = made(y=torch.rand(6, 2), test=Split(X, torch.rand(6, 2)))
    assert (data.task, data.outputs) == ("regression", 2)


def test_targets_of_images_are_refused():
    with refused(NOT_NUMBERS, "targets have shape"):
        made(y=torch.rand(6, 2, 2))


def test_both_sides_must_have_one_shape():
    with refused(LENGTHS, "1x3x3", "1x4x3"):
        made(test=Split(torch.rand(6, 1, 4, 3), Y))


def test_both_sides_must_be_bytes_or_neither():
    with refused(LENGTHS, "uint8"):
        made(test=Split((X * 255).to(torch.uint8), Y))


def test_data_that_fits_passes():
    check_fits(made(), (1, 3, 3), (3,))
    check_fits(made(), (1, 3, 3), (1000,))


def test_another_input_shape_says_both_and_how_to_write_it():
    with refused(WRONG_SHAPE, "`d` has samples of 1x3x3", "3x66x200", "input: 1x3x3"):
        check_fits(made(), (3, 66, 200), (3,))


def test_channels_that_come_last_get_help_of_their_own():
    with refused(WRONG_SHAPE, "move the last axis"):
        check_fits(made(torch.rand(6, 5, 4, 3), test=Split(torch.rand(6, 5, 4, 3), Y)), (3, 5, 4), (3,))


def test_too_few_outputs_say_what_to_write():
    with refused(WRONG_OUTPUTS, "3 classes", "1 value", "linear channels 3"):
        check_fits(made(), (1, 3, 3), (1,))


def test_a_classifier_ends_in_a_vector():
    with refused(WRONG_OUTPUTS, "3x4x4", "flatten"):
        check_fits(made(), (1, 3, 3), (3, 4, 4))


def test_regression_needs_exactly_its_targets():
    data = made(y=torch.rand(6), test=Split(X, torch.rand(6)))
    check_fits(data, (1, 3, 3), (1,))
    with refused(WRONG_OUTPUTS, "1 target", "10 values"):
        check_fits(data, (1, 3, 3), (10,))
    check_fits(data, (1, 3, 3), (1, 1, 1))


def test_shapes_are_written_as_in_the_header():
    assert [shape_text(shape) for shape in [(3, 66, 200), (16,), ()]] == ["3x66x200", "(16)", "()"]
