"""Labels as identifiers."""

from __future__ import annotations

import pytest

from dasdsl.exports.names import class_name, identifier, identifiers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv1", "conv1"),
        ("residual1.conv1", "residual1_conv1"),
        ("vgg-small", "vgg_small"),
        ("1x1", "_1x1"),
        ("ä", "_"),
    ],
)
def test_an_identifier(name: str, expected: str) -> None:
    assert identifier(name) == expected
    assert expected.isidentifier()


@pytest.mark.parametrize("name", ["train", "forward", "x", "torch", "lambda", "match", "register_buffer", "_modules"])
def test_a_name_that_is_taken_is_another(name: str) -> None:
    assert identifiers([name]) == {name: f"{name}_"}


def test_names_that_would_be_alike_are_told_apart() -> None:
    assert identifiers(["a.b", "a_b", "a-b"]) == {"a.b": "a_b", "a_b": "a_b_", "a-b": "a_b__"}


def test_a_name_that_a_part_of_another_layer_has() -> None:
    names = ["conv1", "conv1_0", "conv1_reads", "conv1_1_reads", "pool_1"]
    assert [*identifiers(names).values()] == ["conv1", "conv1_0_", "conv1_reads_", "conv1_1_reads_", "pool_1"]


def test_a_name_that_a_part_of_a_renamed_layer_has() -> None:
    names = ["train", "train__0", "train__0__1", "a_1", "a_1_reads"]
    own = identifiers(names)
    assert own["train"] == "train_"
    assert len({*own.values()}) == len(names)
    for layer in own.values():
        parts = {f"{layer}_{part}" for part in ("0", "1", "2_reads", "reads", "order")}
        assert not parts & {*own.values()}


def test_a_private_name() -> None:
    assert identifiers(["__a", "_a", "___"]) == {"__a": "_a", "_a": "_a_", "___": "__"}


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ("digits", "Digits"),
        ("vgg-small", "VggSmall"),
        ("resnet-20", "Resnet20"),
        ("3d", "Net3d"),
        ("—", "Network"),
        ("none", "NetNone"),
        ("True", "NetTrue"),
        ("path", "NetPath"),
        ("f", "NetF"),
    ],
)
def test_a_class(space: str, expected: str) -> None:
    assert class_name(space) == expected
