"""Filters and windows sliding over space: pads and output sizes (method: alignment)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Pads

Pairs = tuple[tuple[int, int], ...]


def per_side(numbers: tuple[int, ...], rank: int, what: str, shape: Shape) -> tuple[int, ...]:
    """One number a side, where one may have been written for all.

    Raises: Refused E103 where the number of sides is another.
    """
    if len(numbers) == 1:
        return numbers * rank
    if len(numbers) != rank:
        instead = f"{what} " + "x".join(["2"] * rank)
        raise Refused(
            core.faults.WrongRank(what=what, rank=len(numbers), expected=rank, shape=shape, instead=instead), what
        )
    return numbers


def pads(pad: Pads, window: tuple[int, ...], dilation: tuple[int, ...], shape: Shape) -> Pairs:
    """(before, after) of each side, in positions; negative numbers crop.

    `same` is d⌊h/2⌋ before and d⌊(h−1)/2⌋ after, so that the output's size is ⌈n/stride⌉ for every h: smaller filters
    with `same` equal zero-padded ones.
    """
    if pad == "same":
        return tuple((d * (h // 2), d * ((h - 1) // 2)) for h, d in zip(window, dilation, strict=True))
    if isinstance(pad, str):
        return ((0, 0),) * len(window)
    if len(pad) == 1:
        return pad * len(window)
    if len(pad) != len(window):
        instead = "pad " + " x ".join(["1/1"] * len(window))
        problem = core.faults.WrongRank(what="pad", rank=len(pad), expected=len(window), shape=shape, instead=instead)
        raise Refused(problem, "pad")
    return pad


@frozen(slots=True)
class Window:
    """What slides: `what` the text calls it, the field that says its size, and its size."""

    what: str
    field: str
    sizes: tuple[int, ...]


def slide(
    window: Window, shape: Shape, stride: tuple[int, ...], dilation: tuple[int, ...], pairs: Pairs
) -> tuple[int, ...]:
    """The sizes of space after a window has slid over it: ⌊(n + before + after − d(h−1) − 1)/stride⌋ + 1.

    Raises: Refused E105 where nothing is left.
    """
    sizes = tuple(
        (n + sum(pair) - d * (h - 1) - 1) // s + 1
        for n, h, s, d, pair in zip(shape[1:], window.sizes, stride, dilation, pairs, strict=True)
    )
    if any(size < 1 for size in sizes):
        output = (shape[0], *(max(size, 0) for size in sizes))
        raise Refused(
            core.faults.TooLarge(what=window.what, window=window.sizes, shape=shape, output=output), window.field
        )
    return sizes
