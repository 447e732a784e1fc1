"""What `pool max` and `pool avg` share."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.operation import Operation
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Pads
from dasdsl.operations.core.windows import Pairs, Window, pads, per_side, slide


@frozen
class Pool(Operation):
    """A window that slides over space, channel by channel; its stride is its size and it does not pad unless said."""

    fields = (
        Field("window", Kind.STEPS, keyword=False, about="the window's size: `2` or `2x1`"),
        Field("stride", Kind.STEPS, default=None, about="the step; the window's size unless said"),
        Field("pad", Kind.PADS, default=((0, 0),), about="positions added before and after, fewer than the window has"),
    )
    homogeneous = True

    window: tuple[int, ...]
    stride: tuple[int, ...] | None = None
    pad: Pads = ((0, 0),)

    def sizes(self, read: Shape) -> tuple[tuple[int, ...], tuple[int, ...], Pairs]:
        """Window and stride, one number a side, and (before, after) of each."""
        rank = len(read) - 1
        if rank == 0:
            instead = "a vector has no positions to pool over; drop this line"
            raise Refused(core.faults.NoSpace(what=self.words, shape=read, instead=instead))
        window = per_side(self.window, rank, "window", read)
        stride = window if self.stride is None else per_side(self.stride, rank, "stride", read)
        return window, stride, pads(self.pad, window, (1,) * rank, read)

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C, n, …) → (C, ⌊(n + before + after − window)/stride⌋ + 1, …).

        Raises: Refused E101 where a window would hold pads only, or is larger than a side; E103, E105.
        """
        window, stride, pairs = self.sizes(reads[0])
        for size, pair in zip(window, pairs, strict=True):
            for number in pair:
                if not 0 <= number < size:
                    allowed = f"0 to {size - 1}"
                    raise Refused(core.faults.OutOfRange(what="pad", value=str(number), allowed=allowed), "pad")
        for size, side in zip(window, reads[0][1:], strict=True):
            # PyTorch's 3-D pools refuse a window larger than what it slides over, whatever the pad
            if size > side:
                raise Refused(
                    core.faults.OutOfRange(what=self.words, value=str(size), allowed=f"1 to {side} here"), "window"
                )
        return (reads[0][0], *slide(Window(self.words, "window", window), reads[0], stride, (1,) * len(window), pairs))

    @staticmethod
    def common(window: tuple[int, ...], pairs: Pairs) -> tuple[int, ...] | None:
        """The pads as PyTorch's own pools take them, one number a side; None where they cannot."""
        fits = all(before == after <= size // 2 for size, (before, after) in zip(window, pairs, strict=True))
        return tuple(before for before, _ in pairs) if fits else None
