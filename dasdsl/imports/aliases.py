"""What changes a tensor in place, and who else shows it: these would have to change with it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, fx
from torch._ops import OpOverload

VIEWS = (
    *("flatten", "view", "view_as", "reshape", "reshape_as", "squeeze", "unsqueeze", "unflatten", "select"),
    *("contiguous", "to", "type_as"),
    *("permute", "transpose", "movedim", "moveaxis", "swapaxes", "swapdims"),
    *("slice", "narrow", "split", "split_with_sizes", "chunk", "tensor_split", "expand", "expand_as"),
)
"""Calls that may show what they are given under another name."""
UNCHANGING = ("dropout_", "feature_dropout_", "detach_")
"""Calls in place that change nothing in evaluation mode."""
SAME = ("alias", "detach", "dropout", "feature_dropout", *UNCHANGING)
"""Those that show all of it, as it is."""


def words(node: fx.Node) -> str:
    """The name of a call, as PyTorch's dispatcher has it: `relu_`."""
    target: Any = node.target
    return target.name().partition("::")[2].partition(".")[0] if isinstance(target, OpOverload) else ""


def changed_by(node: fx.Node) -> fx.Node | None:
    """What a call changes in place: its first argument."""
    name, first = words(node), node.args[0] if node.args else None
    return first if name.endswith("_") and name not in UNCHANGING and isinstance(first, fx.Node) else None


def same(changed: fx.Node) -> set[fx.Node]:
    """All names of exactly the tensor that is changed; they stand for what it is afterwards."""
    while _the_same(changed) and isinstance(source := changed.args[0], fx.Node):
        changed = source
    return _showing(changed, _the_same)


def stale(changed: fx.Node, change: fx.Node) -> bool:
    """Whether something that shows some of what is changed, or that it is a part of, is read by that name later."""
    root, below = changed, dict[fx.Node, fx.Node]()
    while _shows(root) and isinstance(source := root.args[0], fx.Node):
        below[source], root = root, source
    others = _showing(root, _shows) - same(changed)
    order = {node: number for number, node in enumerate(change.graph.nodes)} if others else {}
    for node in others:
        if order[node] < order[change] and not _beside(node, below):
            later = [user for user in node.users if order[user] > order[change]]
            if not all(node in below and _disjoint(user, below[node]) for user in later):
                return True
    return False


def _beside(node: fx.Node, below: Mapping[fx.Node, fx.Node]) -> bool:
    """Whether a tensor shows another part; `below` leads from the whole to what is changed."""
    while node not in below and isinstance(above := node.args[0] if node.args else None, fx.Node):
        if above in below:
            return _disjoint(node, below[above])
        node = above
    return False


def _disjoint(one: fx.Node, other: fx.Node) -> bool:
    """Whether two views of one tensor are of channels that differ."""
    bounds = _channels(one), _channels(other)
    return None not in bounds and not set(bounds[0] or ()) & set(bounds[1] or ())


def _channels(node: fx.Node) -> range | None:
    """Those that a slice shows."""
    source = node.args[0] if node.args else None
    whole = source.meta.get("val") if isinstance(source, fx.Node) else None
    numbers = (*node.args[1:], *(None, None, None, 1)[len(node.args) - 1 :])
    if words(node) != "slice" or not isinstance(whole, Tensor) or numbers[0] != 1:
        return None
    start, end, step = (one if isinstance(one, int) else None for one in numbers[1:])
    return range(int(whole.shape[1]))[slice(start, end, step)]


def _showing(root: fx.Node, shows: Callable[[fx.Node], bool]) -> set[fx.Node]:
    """A tensor, and what shows it by other names, directly or not."""
    found, left = {root}, [root]
    while left:
        node = left.pop()
        new = [user for user in node.users if user not in found and shows(user) and user.args[0] is node]
        found.update(new)
        left += new
    return found


def _the_same(node: fx.Node) -> bool:
    return changed_by(node) is not None or words(node) in SAME


def _shows(node: fx.Node) -> bool:
    """Whether it may be its first argument under another name."""
    return words(node) in VIEWS or node.target is operator.getitem or _the_same(node)
