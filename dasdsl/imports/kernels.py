"""Convolutions, with the pads before them, and linear layers."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from torch import Tensor

from dasdsl.imports import parts
from dasdsl.imports.calls import Call, Padded, Pairs, Said, dimensions, for_all, plain, says, space, sums
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Value, Written
from dasdsl.operations.core import windows


@says("constant_pad_nd", "pad")
def pad(call: Call) -> Said:
    """What stands around space becomes part of the convolution or the pool that reads it; channels are zeros beside."""
    value, numbers = call.value(), list(call.arguments["pad"])
    number = call.arguments.get("value") or 0.0
    if not any(numbers):
        return Written((value,))
    if call.arguments.get("mode", "constant") != "constant" or number not in {0, -inf}:
        raise Unsaid("it pads with something else than zeros")
    rank = len(value.shape) - 1
    numbers += [0] * (2 * rank + 2 - len(numbers))
    *pairs, channels = [(numbers[k], numbers[k + 1]) for k in range(0, 2 * rank + 2, 2)]
    if not any(channels):
        return Padded(value, tuple(reversed(pairs)), number)
    if any(n for pair in pairs for n in pair) or min(channels) < 0 or number:
        raise Unsaid("it pads channels, other than with channels of zeros beside them")
    before, after = (_zeros(value, count) for count in channels)
    return Written((*before, value, *after), ("concat",), joins=True)


def _zeros(value: Value, count: int) -> tuple[Written, ...]:
    """So many channels of zeros: of the value itself, as often as it takes."""
    whole, part = divmod(count, value.shape[0])
    zeros = (Written((value,), ("zero",), shape=value.shape),) * whole
    if not part:
        return zeros
    shape = (part, *value.shape[1:])
    return (*zeros, Written((replace(parts.part(value, range(part)), shape=shape),), ("zero",), shape=shape))


@says("conv1d", "conv2d", "conv3d")
def conv(call: Call) -> Written:
    """`conv` and `conv depthwise`; a pad that stands before it becomes part of it."""
    value, before = _padded(call.arguments["input"])
    weight = _weight(call)
    sides, rank, groups = tuple(weight.shape[2:]), weight.dim() - 2, call.arguments["groups"]
    space(value, rank)
    stride, dilation = (call.sides(name, rank) for name in ("stride", "dilation"))
    pairs = sums(before, _pads(call, sides, dilation))
    depthwise = groups == value.shape[0] == len(weight) and groups > 1
    words = ["conv depthwise" if depthwise else "conv", f"filters {dimensions(sides)}"]
    if not depthwise:
        words.append(f"channels {len(weight)}")
    if set(stride) != {1}:
        words.append(f"stride {for_all(stride)}")
    if set(dilation) != {1}:
        words.append(f"dilation {for_all(dilation)}")
    words += _pad_words(pairs, sides, dilation, value)
    if groups > 1 and not depthwise:
        words.append(f"groups {groups}")
    return _with_weights(call, value, words, weight)


@says("matmul", "mm")
def product(call: Call) -> Written:
    """`linear`, where a value is multiplied by a parameter."""
    name = "other" if call.name == "matmul" else "mat2"
    return _turned(call, call.value(), call.tensor(name), None)


@says("addmm")
def product_and_sum(call: Call) -> Written:
    """`linear`."""
    if call.arguments["alpha"] != 1 or call.arguments["beta"] != 1:
        raise Unsaid("it adds a multiple of a value")
    return _turned(call, call.value("mat1"), call.tensor("mat2"), call.tensor("self"))


def _turned(call: Call, value: Value, matrix: Tensor | None, bias: Tensor | None) -> Written:
    if len(value.shape) != 1 or matrix is None or matrix.dim() != 2 or (bias is not None and bias.dim() != 1):
        raise Unsaid("it multiplies other matrices than vectors by a parameter")
    return _linear(replace(call, arguments={"input": value, "weight": matrix.T, "bias": bias}))


@says("linear", anywhere=True)
def linear(call: Call) -> Written:
    """`linear`, on vectors; on channels that are last a 1x1 filter of the same weights."""
    return _linear(call)


def _linear(call: Call) -> Written:
    value, weight = call.value(), _weight(call)
    if call.last:
        sides = tuple(1 for _ in value.shape[1:])
        words = ["conv", f"filters {dimensions(sides)}", f"channels {len(weight)}"]
        return _with_weights(call, value, words, weight.reshape(*weight.shape, *sides))
    if len(value.shape) != 1:
        raise Unsaid(f"it is a linear layer on {dimensions(value.shape)}, and `linear` reads vectors")
    return _with_weights(call, value, ["linear", f"channels {len(weight)}"], weight)


def _weight(call: Call) -> Tensor:
    weight = call.tensor("weight")
    if weight is None:
        raise Unsaid("it has no weight")
    return weight


def _with_weights(call: Call, value: Value, words: list[str], weight: Tensor) -> Written:
    bias = call.tensor("bias")
    tensors = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    if bias is None:
        words.append("bias off")
    return Written((value,), (" ".join(words),), tensors)


def _padded(found: object) -> tuple[Value, Pairs]:
    """A value, and the zeros around it."""
    if isinstance(found, Padded) and found.number == 0:
        return found.value, found.pads
    value = plain(found)
    return value, ((0, 0),) * (len(value.shape) - 1)


def _pads(call: Call, sides: tuple[int, ...], dilation: tuple[int, ...]) -> Pairs:
    """Those of the layer itself. `same` of PyTorch's puts the odd one after, ours before."""
    padding = call.arguments["padding"]
    if padding == "valid":
        return ((0, 0),) * len(sides)
    if padding == "same":
        total = [d * (h - 1) for h, d in zip(sides, dilation, strict=True)]
        return tuple((n // 2, n - n // 2) for n in total)
    return tuple((n, n) for n in call.sides("padding", len(sides)))


def _pad_words(pairs: Pairs, sides: tuple[int, ...], dilation: tuple[int, ...], value: Value) -> list[str]:
    """What says these pads; nothing where they are `same`."""
    if pairs == windows.pads("same", sides, dilation, value.shape):
        return []
    if not any(n for pair in pairs for n in pair):
        return ["pad valid"]
    if all(before == after for before, after in pairs):
        return [f"pad {for_all([before for before, _ in pairs])}"]
    distinct = pairs if len(set(pairs)) > 1 else pairs[:1]
    return ["pad " + " x ".join(f"{before}/{after}" for before, after in distinct)]
