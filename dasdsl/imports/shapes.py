"""What only shows values in another shape: `flatten`, a pixel, one value everywhere, the three steps of a shuffle."""

from __future__ import annotations

from math import prod

from dasdsl.imports.calls import Call, Grouped, Last, Spread, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import UNFLATTEN, Shape, Value, Written


@says("flatten", "view", "reshape", "squeeze", "unsqueeze", "unflatten", "_unsafe_view")
def reshaped(call: Call) -> Written | Grouped:
    """`flatten`, `shuffle` where channels that were dealt out come together again, or nothing where the shape stays.

    What makes a pixel of a vector is for `pixels` to take out.
    """
    found = call.operand
    if isinstance(found, Grouped):
        if call.shape != found.value.shape:
            raise Unsaid(_makes(found.shape, call.shape))
        return Written((found.value,), (f"shuffle {found.groups}",) if found.dealt else ())
    value = call.value()
    if call.shape == value.shape:
        return Written((value,))
    if set(value.shape[1:]) <= {1} and set(call.shape[1:]) == {1} and call.shape[0] == value.shape[0]:
        return Written((value,), UNFLATTEN)
    groups = _groups(value.shape, call.shape)
    if groups:
        return Grouped(value, groups, call.shape)
    if call.shape != (prod(value.shape),):
        raise Unsaid(f"{_makes(value.shape, call.shape)}, and `flatten` makes a vector")
    return Written((value,), ("flatten",))


def _groups(shape: Shape, made: Shape) -> int:
    """Into how many groups channels are put, and nothing else is done; 0 where it is something else."""
    space = shape[1:]
    if len(made) < 2 or min(made[:2]) < 2 or prod(made[:2]) != shape[0]:
        return 0
    return made[0] if made[2:] in {space, (1, *space)} else 0


def _makes(shape: Shape, made: Shape) -> str:
    wanted, found = ("x".join(map(str, sides)) for sides in (shape, made))
    return f"it makes {found} of {wanted}"


@says("transpose", "permute")
def exchanged(call: Call) -> Written | Grouped | Last:
    """Channels that come last, or first again; or the middle of a shuffle, where groups and channels change places."""
    found, rank = call.operand, len(call.shape) + 1
    if call.name == "permute":
        order = [side % rank for side in call.arguments["dims"]]
    else:
        order = list(range(rank))
        one, other = (call.arguments[name] % rank for name in ("dim0", "dim1"))
        order[one], order[other] = other, one
    if order == list(range(rank)):
        return Written((call.value(),))
    if isinstance(found, Value) and rank > 2 and order == [0, *range(2, rank), 1]:
        return Last(found)
    if isinstance(found, Last) and order == [0, rank - 1, *range(1, rank - 1)]:
        return Written((found.value,))
    if not isinstance(found, Grouped) or found.dealt or order != [0, 2, 1, *range(3, rank)]:
        raise Unsaid("it exchanges sides, and no statement does but `shuffle`")
    return Grouped(found.value, found.groups, call.shape, dealt=True)


@says("expand", "expand_as")
def spread(call: Call) -> Written | Spread:
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


@says("contiguous", "clone", "alias", "detach", "to", "identity", "lift_fresh_copy", anywhere=True)
def same(call: Call) -> Written | Grouped:
    """Nothing: it is its input."""
    return call.operand if isinstance(call.operand, Grouped) else Written((call.value(),))
