"""Pads of pools: as PyTorch has them where it can, and otherwise as said, in space of one to three dimensions."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dasdsl
from dasdsl.layers.pools import PaddedPool
from dasdsl.operations.core.axes import Axis, Site
from dasdsl.operations.core.operation import Operation
from tests.ir.texts import program


def pool(words: str, shape: str) -> tuple[Operation, nn.Module]:
    """The operation of a statement, and its module."""
    node = program(words, shape=shape).nodes[0]
    return node.op, node.op.module(Site("pool", node.site.shapes, (Axis.of("input", node.site.shape[0]),)))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("pool max 3 pad 1", nn.MaxPool2d),
        ("pool max 3 pad 1/1 x 1", nn.MaxPool2d),
        ("pool avg 3 pad same", nn.AvgPool2d),
        ("pool avg 3 pad valid", nn.AvgPool2d),
        ("pool avg 2 pad 1 counted", nn.AvgPool2d),
        ("pool max 2 pad same", PaddedPool),
        ("pool max 3 pad 2", PaddedPool),
        ("pool avg 3 pad 0/1", PaddedPool),
    ],
)
def test_pytorchs_own_where_it_can_say_it(words: str, kind: type[nn.Module]) -> None:
    assert type(pool(words, "2x7x8")[1]) is kind


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pool max 3 stride 2 pad 0/1", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
        ("pool avg 3 stride 2 pad 0/1", lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True)),
        ("pool avg 3 stride 2 pad 1/2", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)),
        ("pool avg 3 stride 1 pad 1 counted", lambda x: F.avg_pool2d(x, 3, 1, 1)),
        ("pool avg 3 stride 1 pad 2/0 counted", lambda x: F.avg_pool2d(F.pad(x, [2, 0, 2, 0]), 3, 1)),
        ("pool max 3 stride 1 pad 2/0 x 0/1", lambda x: F.max_pool2d(F.pad(x, [0, 1, 2, 0], value=-1e9), 3, 1)),
    ],
)
def test_what_pytorch_computes(words: str, expected: object) -> None:
    assert callable(expected)
    x = torch.randn(3, 2, 8, 8)
    op, module = pool(words, "2x8x8")
    found = module(x)
    torch.testing.assert_close(found, expected(x))
    assert tuple(found.shape[1:]) == op.shape(((2, 8, 8),))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("pad", ["0/1", "2", "1/2"])
def test_a_mean_without_its_pad(rank: int, pad: str) -> None:
    """What is summed over the positions that are there, divided by how many they are."""
    sizes = (7, 6, 5)[:rank]
    _, module = pool(f"pool avg 3 stride 2 pad {pad}", "x".join(map(str, (2, *sizes))))
    before, _, after = pad.partition("/")
    sides = [int(before), int(after or before)] * rank
    sums = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[rank]
    x = torch.randn(2, 2, *sizes, dtype=torch.float64)

    def summed(of: Tensor) -> Tensor:
        return sums(F.pad(of, sides), 3, 2)

    torch.testing.assert_close(module(x), summed(x) / summed(torch.ones_like(x)))


@pytest.mark.parametrize("words", ["pool max 3 pad 2/1", "pool avg 3 pad 0/1 x 2", "pool avg 3 pad 0/1 counted"])
def test_its_code_computes_the_same(words: str) -> None:
    _, module = pool(words, "2x7x8")
    assert isinstance(module, PaddedPool)
    code = module.code("pool1", ["x"])
    owner = nn.Module()
    names = {"self": owner, "nn": nn, "F": F, "torch": torch}
    for line in code.made:
        exec(line, names)  # noqa: S102 - its own text
    x = torch.randn(2, 2, 7, 8)
    torch.testing.assert_close(eval(code.value, names | {"x": x}), module(x))  # noqa: S307 - its own text
    assert not owner.state_dict()


def test_a_flag_in_a_block_is_no_name() -> None:
    head = "---\ndas: 1\nspace: a\ninput: 2x9x9\n---\n"
    body = "block mean(k): pool avg k stride 1 pad 1 counted\n\nmean(3)\n"
    assert str(dasdsl.loads(head + body)) == head + body


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("pool max 3 pad 0", "pool max 3"),
        ("pool max 3 pad 1/1 x 2", "pool max 3 pad 1/1 x 2"),
        ("pool avg 3 counted pad 0/1", "pool avg 3 pad 0/1 counted"),
        ("pool avg 3 pad 1x2", "pool avg 3 pad 1x2"),
    ],
)
def test_how_it_prints(text: str, canonical: str) -> None:
    head = "---\ndas: 1\nspace: a\ninput: 2x9x9\n---\n"
    assert str(dasdsl.loads(f"{head}{text}\n")) == f"{head}{canonical}\n"
