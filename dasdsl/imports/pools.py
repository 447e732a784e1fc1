"""What changes space: pools, means over it, upsampling."""

from __future__ import annotations

from dasdsl.imports.calls import Call, for_all, says, space
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
    value = space(call.value(), rank)
    window = call.sides("kernel_size", rank)
    stride, pad = call.sides("stride", rank, window), call.sides("padding", rank)
    sides = zip(value.shape[1:], call.shape[1:], window, stride, pad, strict=True)
    # a window that is cut off at the end (`ceil_mode`) is one that reads some pad there
    after = tuple(max((m - 1) * s + w - n - p, p) for n, m, w, s, p in sides)
    if after != pad and counted and any(pad):
        raise Unsaid("it is a mean that counts its pad, but not what its last windows lack (`ceil_mode`)")
    words = [f"pool {kind} {for_all(window)}"]
    if stride != window:
        words.append(f"stride {for_all(stride)}")
    if any(after):
        pairs = tuple(str(b) if b == a else f"{b}/{a}" for b, a in zip(pad, after, strict=True))
        words.append(f"pad {pairs[0] if len(set(pairs)) == 1 else ' x '.join(pairs)}")
    if counted and any(pad):
        words.append("counted")
    return Written((value,), (" ".join(words),))


@says("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def adaptive_mean(call: Call) -> Written:
    """`pool global avg`, or `pool avg` with the window that gives this size."""
    return _adaptive("avg", call)


@says("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_largest(call: Call) -> Written:
    """`pool global max`, or `pool max`."""
    return _adaptive("max", call)


def _adaptive(kind: str, call: Call) -> Written:
    value = call.value()
    if call.shape == value.shape:
        return Written((value,))
    if set(call.shape[1:]) == {1}:
        return Written((value,), (f"pool global {kind}",))
    if any(n % m for n, m in zip(value.shape[1:], call.shape[1:], strict=True)):
        raise Unsaid("it is an adaptive pool whose windows have different sizes")
    window = [n // m for n, m in zip(value.shape[1:], call.shape[1:], strict=True)]
    return Written((value,), (f"pool {kind} {for_all(window)}",))


@says("mean", "amax")
def over_space(call: Call) -> Written:
    """The mean or the largest value over all of space."""
    value, kind = call.value(), "avg" if call.name == "mean" else "max"
    dims = call.arguments.get("dim")
    rank = len(value.shape)
    sides = {n % (rank + 1) for n in ([dims] if isinstance(dims, int) else dims or ())}
    if rank < 2 or sides != set(range(2, rank + 1)):
        raise Unsaid(f"it is a {call.name} over other sides than all of space")
    return Written((value,), (f"pool global {kind}", *_flattened(call.shape, value)))


def _flattened(shape: Shape, value: Value) -> tuple[str, ...]:
    return ("flatten",) if shape == value.shape[:1] else ()


@says("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d")
def nearest(call: Call) -> Written:
    """`upsample n`."""
    return _upsampled(call, "")


@says("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d")
def linearly(call: Call) -> Written:
    """`upsample n linear`."""
    if call.arguments["align_corners"]:
        raise Unsaid("it interpolates between corners (`align_corners`), and `upsample` between centres")
    return _upsampled(call, " linear")


def _upsampled(call: Call, how: str) -> Written:
    value = call.value()
    factors = {m / n for n, m in zip(value.shape[1:], call.shape[1:], strict=True)}
    factor = factors.pop()
    if factors or factor != int(factor):
        raise Unsaid("it upsamples by something else than one whole number")
    return Written((value,), () if factor == 1 else (f"upsample {int(factor)}{how}",))
