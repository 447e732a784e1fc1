"""What differs between two networks."""

from __future__ import annotations

import pytest

import dasdsl
from dasdsl.diagnostics import DasError
from dasdsl.ir.diff import Change, diff
from tests.ir.texts import space

BODY = "conv filters 3x3 channels 8\nrelu\nflatten\nlinear channels 2"


def changes(other: str, shape: str = "4x8x8", define: str = "") -> tuple[Change, ...]:
    return diff(space(BODY), space(other, shape, define)).changes


def test_equal_networks() -> None:
    found = dasdsl.diff(space(BODY), space(BODY))
    assert found.equal
    assert found.a == found.b


def test_labels_comments_and_names_of_numbers_take_no_part() -> None:
    other = "stem = conv filters 3x3 channels c*2 pad same stride 1  # the same\nrelu\nflatten\nlinear channels 2"
    assert changes(other, define="{c: 4}") == ()


def test_a_field() -> None:
    other = BODY.replace("3x3 channels 8", "1x3 channels 8 stride 2")
    found = diff(space(BODY), space(other))
    assert found.changes == (
        Change("conv1", "filters", "3x3", "1x3"),
        Change("conv1", "stride", "", "2"),
    )
    # 8·4·9 + 8 and 64 positions, 2·512 + 2; 8·4·3 + 8 and 16 positions, 2·128 + 2
    assert (found.a.params, found.a.macs) == (296 + 1026, 288 * 64 + 1024)
    assert (found.b.params, found.b.macs) == (104 + 258, 96 * 16 + 256)


def test_what_is_open_differs_from_what_is_closed() -> None:
    assert changes(BODY.replace("channels 8", "channels<=8")) == (Change("conv1", "channels", "8", "<=8"),)


def test_added_and_removed() -> None:
    assert changes("conv filters 3x3 channels 8\nnorm batch\nrelu\nflatten\nlinear channels 2") == (
        Change("norm1", "added", "", "norm batch"),
    )
    assert changes("conv filters 3x3 channels 8\nflatten\nlinear channels 2") == (
        Change("relu1", "removed", "relu", ""),
    )


def test_another_operation_is_removed_and_added() -> None:
    assert changes(BODY.replace("relu", "tanh")) == (
        Change("relu1", "removed", "relu", ""),
        Change("tanh1", "added", "", "tanh"),
    )


def test_a_layer_more_does_not_shift_the_others() -> None:
    other = "conv filters 3x3 channels 8\nrelu\nconv filters 3x3 channels 8\nrelu\nflatten\nlinear channels 2"
    assert {change.what for change in changes(other)} == {"added"}


def test_another_input() -> None:
    assert changes(BODY, shape="3x8x8") == (Change("input", "input", "4x8x8", "3x8x8"),)


def test_an_invalid_space_is_refused() -> None:
    with pytest.raises(DasError):
        changes("linear channels 2")
