"""What only shows values in another shape: `flatten`, a pixel, one value everywhere, the three steps of a shuffle."""

from __future__ import annotations

from math import prod

import torch

from dasdsl.imports.calls import Call, Grouped, Last, Line, Padded, Said, Spread, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import UNFLATTEN, Affine, Shape, Value, Written

SHOWING = ("flatten", "view", "view_as", "reshape", "reshape_as", "squeeze", "unsqueeze", "unflatten", "_unsafe_view")


@says(*SHOWING)
def reshaped(call: Call) -> Written | Grouped | Line:
    """`flatten`, `shuffle` where channels that were dealt out come together again, or nothing where the shape stays.

    What makes a pixel of a vector is for `pixels` to take out.
    """
    found = call.operand
    if isinstance(found, Grouped):
        if call.shape != found.value.shape:
            raise Unsaid(_makes(found.shape, call.shape))
        trivial = found.groups in {1, found.value.shape[0]}
        return Written((found.value,), (f"shuffle {found.groups}",) if found.dealt and not trivial else ())
    value = call.value()
    if call.shape == value.shape:
        return Written((value,))
    if set(value.shape[1:]) <= {1} and set(call.shape[1:]) == {1} and call.shape[0] == value.shape[0]:
        return Written((value,), UNFLATTEN)
    groups = _groups(value.shape, call.shape)
    if groups:
        return Grouped(value, groups, call.shape)
    if len(value.shape) > 2 and call.shape == (value.shape[0], prod(value.shape[1:])):
        return Line(value)
    if call.shape != (prod(value.shape),):
        raise Unsaid(f"{_makes(value.shape, call.shape)}, and `flatten` makes a vector")
    return Written((value,), ("flatten",))


def _groups(shape: Shape, made: Shape) -> int:
    """Into how many groups channels are put, and nothing else is done; 0 where it is something else."""
    space = shape[1:]
    if len(made) < 2 or prod(made[:2]) != shape[0]:
        return 0
    alone = min(made[:2]) < 2 and (len(space) == 0 or made[2:] != space)
    return made[0] if made[2:] in {space, (1, *space)} and not alone else 0


def _makes(shape: Shape, made: Shape) -> str:
    wanted, found = ("x".join(map(str, sides)) for sides in (shape, made))
    return f"it makes {found} of {wanted}"


@says("select")
def selected(call: Call) -> Said:
    """Nothing, or `flatten`, where a side has only one."""
    value, side = call.value(), call.arguments["dim"] % (len(call.shape) + 2)
    if side == 0 or value.shape[side - 1] != 1:
        raise Unsaid("it takes one part of a side, and `slice` takes channels")
    return reshaped(call)


@says("transpose", "permute", "movedim", "moveaxis", "swapaxes", "swapdims")
def exchanged(call: Call) -> Said:
    """Channels that come last, or first again; or the middle of a shuffle, where groups and channels change places."""
    found, rank = call.operand, len(call.shape) + 1
    order = _order(call, rank)
    if order == list(range(rank)):
        return Written((call.value(),))
    if isinstance(found, Value) and rank > 2 and order == [0, *range(2, rank), 1]:
        return Last(found)
    if isinstance(found, Last) and order == [0, rank - 1, *range(1, rank - 1)]:
        return found.value if isinstance(found.value, Affine) else Written((found.value,))
    if not isinstance(found, Grouped) or found.dealt or order != [0, 2, 1, *range(3, rank)]:
        raise Unsaid("it exchanges sides, and no statement does but `shuffle`")
    return Grouped(found.value, found.groups, call.shape, dealt=True)


def _order(call: Call, rank: int) -> list[int]:
    """Which side comes where."""
    of, order = call.arguments, list(range(rank))
    if call.name == "permute":
        return [side % rank for side in of["dims"]]
    if call.name in {"movedim", "moveaxis"}:
        moved = [([one] if isinstance(one, int) else one) for one in (of["source"], of["destination"])]
        taken, places = ([side % rank for side in sides] for sides in moved)
        rest = iter([side for side in order if side not in taken])
        return [taken[places.index(place)] if place in places else next(rest) for place in order]
    one, other = (of[name] % rank for name in (("axis0", "axis1") if "axis0" in of else ("dim0", "dim1")))
    order[one], order[other] = other, one
    return order


@says("expand", "expand_as")
def spread(call: Call) -> Said:
    """Nothing: a product has one pixel count everywhere by itself."""
    value = call.value()
    if call.shape == value.shape:
        return Written((value,))
    if len(value.shape) < 2 or (*call.shape[:1], *value.shape[1:]) != (*value.shape[:1], *(1 for _ in call.shape[1:])):
        raise Unsaid("it repeats values, other than one pixel everywhere")
    return Spread(value, call.shape)


@says("channel_shuffle", "native_channel_shuffle")
def shuffled(call: Call) -> Written:
    """`shuffle g`."""
    return Written((call.value(),), (f"shuffle {call.arguments['groups']}",))


@says("contiguous", "clone", "alias", "detach", "to", "type_as", "identity", "lift_fresh_copy", anywhere=True)
def same(call: Call) -> Said:
    """Nothing: it is its input, in the precision that all is in."""
    if call.dtype not in {torch.float32, torch.float64}:
        raise Unsaid(f"it computes in another precision ({call.dtype})")
    found = call.operand
    return found if isinstance(found, Grouped | Affine | Spread | Padded | Line) else Written((call.value(),))
