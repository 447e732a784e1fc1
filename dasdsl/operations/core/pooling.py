"""What `pool max` and `pool avg` share."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.windows import Window, per_side, slide


@frozen
class Pool(Operation):
    """A window that slides over space, channel by channel; its stride is its size and it does not pad unless said."""

    fields = (
        Field("window", Kind.STEPS, keyword=False, about="the window's size: `2` or `2x1`"),
        Field("stride", Kind.STEPS, default=None, about="the step; the window's size unless said"),
        Field(
            "pad", Kind.STEPS, default=(0,), least=0, about="positions added before and after, at most half the window"
        ),
    )
    homogeneous = True

    window: tuple[int, ...]
    stride: tuple[int, ...] | None = None
    pad: tuple[int, ...] = (0,)

    def sizes(self, read: Shape) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Window, stride and pad, one number a side."""
        rank = len(read) - 1
        if rank == 0:
            instead = "a vector has no positions to pool over; drop this line"
            raise Refused(core.faults.NoSpace(what=self.words, shape=read, instead=instead))
        window = per_side(self.window, rank, "window", read)
        stride = window if self.stride is None else per_side(self.stride, rank, "stride", read)
        return window, stride, per_side(self.pad, rank, "pad", read)

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C, n, …) → (C, ⌊(n + 2·pad − window)/stride⌋ + 1, …); no ceil mode."""
        window, stride, pad = self.sizes(reads[0])
        for size, before in zip(window, pad, strict=True):
            if before > size // 2:
                raise Refused(core.faults.OutOfRange(what="pad", value=str(before), allowed=f"0 to {size // 2}"), "pad")
        for size, side in zip(window, reads[0][1:], strict=True):
            # PyTorch's 3-D pools refuse a window larger than what it slides over, whatever the pad
            if size > side:
                raise Refused(
                    core.faults.OutOfRange(what=self.words, value=str(size), allowed=f"1 to {side} here"), "window"
                )
        pairs = tuple((before, before) for before in pad)
        return (reads[0][0], *slide(Window(self.words, "window", window), reads[0], stride, (1,) * len(window), pairs))
