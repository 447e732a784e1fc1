"""What changes space: pools, means over it, upsampling."""

from __future__ import annotations

from math import inf

from dasdsl.imports.calls import Averaged, Call, Line, Padded, Pairs, Spread, for_all, says, space, sums
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Shape, Value, Written


@says("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices", "max_pool3d_with_indices")
def largest(call: Call) -> Written:
    """`pool max`."""
    if set(call.sides("dilation", 1)) != {1}:
        raise Unsaid("it is a pool with a dilation")
    return _pool("max", call)


@says("avg_pool1d", "avg_pool2d", "avg_pool3d")
def mean(call: Call) -> Written:
    """`pool avg`, with its pad `counted` where it is."""
    if call.arguments.get("divisor_override") is not None:
        raise Unsaid("it is a mean with a divisor of its own")
    return _pool("avg", call, counted=bool(call.arguments["count_include_pad"]))


def _pool(kind: str, call: Call, *, counted: bool = False) -> Written:
    rank = int(call.name.partition("pool")[2][0])
    found = call.operand
    value = space(found.value if isinstance(found, Padded) else call.value(), rank)
    window = call.sides("kernel_size", rank)
    stride, pad = call.sides("stride", rank, window), call.sides("padding", rank)
    counted = counted and any(pad)
    pairs = tuple((p, p) for p in pad)
    if isinstance(found, Padded):
        counted = _read_pad(found, kind, pairs, counted=counted)
        pairs = sums(pairs, found.pads)
    sides = zip(value.shape[1:], call.shape[1:], window, stride, pairs, strict=True)
    # a window that is cut off at the end (`ceil_mode`) is one that reads some pad there
    after = tuple(max((m - 1) * s + w - n - b, a) for n, m, w, s, (b, a) in sides)
    if counted and any(mine > a for mine, (_, a) in zip(after, pairs, strict=True)):
        raise Unsaid("it is a mean that counts its pad, but not what its last windows lack (`ceil_mode`)")
    words = [f"pool {kind} {for_all(window)}"]
    if stride != window:
        words.append(f"stride {for_all(stride)}")
    if any(after) or any(b for b, _ in pairs):
        said = tuple(str(b) if b == a else f"{b}/{a}" for (b, _), a in zip(pairs, after, strict=True))
        words.append(f"pad {said[0] if len(set(said)) == 1 else ' x '.join(said)}")
    if counted:
        words.append("counted")
    return Written((value,), (" ".join(words),))


def _read_pad(found: Padded, kind: str, own: Pairs, *, counted: bool) -> bool:
    """Whether the pad before a pool counts as values.

    Raises: Unsaid where it is no pad of a pool's.
    """
    if any(n < 0 for pair in found.pads for n in pair):
        raise Unsaid("it reads a value that was cut off")
    if kind == "max":
        if found.number != -inf:
            raise Unsaid("it reads a pad, and that of `pool max` is never the largest")
        return False
    if found.number != 0 or (any(n for pair in own for n in pair) and not counted):
        raise Unsaid("it reads a pad, and that of `pool avg` counts as zeros or not at all")
    return True


@says("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def adaptive_mean(call: Call) -> Written:
    """`pool global avg`, or `pool avg` with the window that gives this size."""
    return _adaptive("avg", call)


@says("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_largest(call: Call) -> Written:
    """`pool global max`, or `pool max`."""
    return _adaptive("max", call)


def _adaptive(kind: str, call: Call) -> Written:
    value = space(call.value(), int(call.name.partition("pool")[2][0]))
    if call.shape == value.shape:
        return Written((value,))
    if set(call.shape[1:]) == {1}:
        return Written((value,), (f"pool global {kind}",))
    if any(n % m for n, m in zip(value.shape[1:], call.shape[1:], strict=True)):
        raise Unsaid("it is an adaptive pool whose windows have different sizes")
    window = [n // m for n, m in zip(value.shape[1:], call.shape[1:], strict=True)]
    return Written((value,), (f"pool {kind} {for_all(window)}",))


@says("mean", "amax", anywhere=True)
def over_space(call: Call) -> Written | Averaged:
    """The mean or the largest value over all of space, at once or side by side."""
    found, kind = call.operand, "avg" if call.name == "mean" else "max"
    value, shown, before = _shown(call)
    dims = call.arguments.get("dim")
    named = {shown[side % len(shown)] for side in ([dims] if isinstance(dims, int) else dims or ())}
    space = frozenset(range(1, len(value.shape)) if call.last else range(2, len(value.shape) + 1))
    if not space or not named <= space or (isinstance(found, Averaged) and found.kind != kind):
        raise Unsaid(f"it is a {call.name} over other sides than all of space")
    if before | named != space:
        return Averaged(value, kind, before | named, call.shape)
    return Written((value,), (f"pool global {kind}", *_flattened(call.shape, value)))


def _shown(call: Call) -> tuple[Value, list[int], frozenset[int]]:
    """A value, which of its sides (the batch is 0) each side of what is read stands for, and those that are gone."""
    found = call.operand
    if isinstance(found, Line):
        rank = len(found.value.shape)
        return found.value, [0, 1, rank], frozenset(range(2, rank))
    if not isinstance(found, Averaged):
        return call.value(), [*range(len(call.value().shape) + 1)], frozenset()
    sides = range(len(found.value.shape) + 1)
    kept = len(found.shape) == len(found.value.shape)
    return found.value, [side for side in sides if kept or side not in found.sides], found.sides


def _flattened(shape: Shape, value: Value) -> tuple[str, ...]:
    """`flatten`, where no side of space is kept, or one of two that stand in a line."""
    return () if len(shape) == len(value.shape) else ("flatten",)


@says(*(f"{how}{rank}d" for how in ("upsample_nearest", "_upsample_nearest_exact") for rank in (1, 2, 3)))
def nearest(call: Call) -> Written | Spread:
    """`upsample n`."""
    return _upsampled(call, "")


@says("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d")
def linearly(call: Call) -> Written | Spread:
    """`upsample n linear`."""
    if call.arguments["align_corners"] and set(call.value().shape[1:]) != {1}:
        raise Unsaid("it interpolates between corners (`align_corners`), and `upsample` between centres")
    return _upsampled(call, " linear")


def _upsampled(call: Call, how: str) -> Written | Spread:
    value = call.value()
    if set(value.shape[1:]) == {1}:
        return Spread(value, call.shape)
    factors = {m / n for n, m in zip(value.shape[1:], call.shape[1:], strict=True)}
    factor = factors.pop()
    if factors or factor != int(factor):
        raise Unsaid("it upsamples by something else than one whole number")
    return Written((value,), () if factor == 1 else (f"upsample {int(factor)}{how}",))
