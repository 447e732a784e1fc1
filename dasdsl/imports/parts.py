"""Parts of the channels: `slice`."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from dasdsl.imports.calls import Call, Parts, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Value, Written
from dasdsl.imports.tidying import pixels_apart
from dasdsl.operations.core.values import ranges


@says("chunk", "split", "split_with_sizes", "tensor_split")
def split(call: Call) -> Parts:
    """As many parts as are made, of which each that is read becomes a slice."""
    value = call.value()
    _of_channels(call)
    bounds, start = list[range](), 0
    for shape in call.shapes:
        bounds.append(range(start, start + shape[0]))
        start += shape[0]
    return Parts(value, tuple(bounds))


@says("slice", "narrow", anywhere=True)
def sliced(call: Call) -> Written:
    """One part, of channels that stand together or at equal distances; of pixels those at equal distances."""
    value = call.value()
    if call.shape == value.shape:
        return Written((value,))
    if call.name == "slice" and not call.last and call.arguments["dim"] % (len(value.shape) + 1) > 1:
        return _pixels(call, value)
    _of_channels(call)
    size = value.shape[0]
    if call.name == "narrow":
        start = call.arguments["start"] % size
        return part(value, range(start, start + call.arguments["length"]))
    start, end = call.arguments["start"], call.arguments["end"]
    return part(value, range(size)[slice(start, end, call.arguments["step"])])


def _pixels(call: Call, value: Value) -> Written:
    """A pool with windows of one pixel: `x[:, :, ::2]`."""
    side, step = call.arguments["dim"] % (len(value.shape) + 1), call.arguments["step"]
    size = value.shape[side - 1]
    bounds = slice(call.arguments["start"], call.arguments["end"], step)
    if range(size)[bounds] != range(0, size, step):
        raise Unsaid("it takes a part of another side than the channels, and `slice` takes channels")
    strides = [step if number == side else 1 for number in range(2, len(value.shape) + 1)]
    return Written((value,), (pixels_apart(strides),))


@says("index_select", "index")
def selected(call: Call) -> Written:
    """Channels that a constant lists, in their order."""
    value = call.value()
    if call.name == "index_select":
        _of_channels(call)
        found = call.arguments["index"]
    else:
        indices = call.arguments["indices"]
        found = indices[1] if len(indices) == 2 and indices[0] is None else None
    if not isinstance(found, Tensor) or found.dim() != 1:
        raise Unsaid("it takes something else than listed channels out of a value")
    positions = [int(one) % value.shape[0] for one in found]
    if positions != sorted(set(positions)):
        raise Unsaid("it puts channels into another order, and `slice` keeps them in theirs")
    return part(value, positions)


def part(value: Value, positions: Sequence[int]) -> Written:
    """`slice`, as an equal part where it is one; nothing where it is all."""
    size, width = value.shape[0], len(positions)
    if width == size:
        return Written((value,))
    if width == 0:
        raise Unsaid("it takes no channel out of a value")
    together = positions[-1] - positions[0] == width - 1
    if together and size % width == 0 and positions[0] % width == 0:
        return Written((value,), (f"slice {positions[0] // width + 1} of {size // width}",))
    listed = ",".join(f"{a}-{b}" if b > a else str(a) for a, b in ranges(tuple(positions)))
    return Written((value,), (f"slice [{listed}]",))


def _of_channels(call: Call) -> None:
    if not call.of_channels():
        raise Unsaid("it takes a part of another side than the channels, and `slice` takes channels")
