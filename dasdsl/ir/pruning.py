"""What nothing reads, and the trees without it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from dasdsl.ir.program import Tree
from dasdsl.ir.scopes import Placed
from dasdsl.operations.concat import Concat


def needed(placed: Sequence[Placed], output: str) -> set[str]:
    """The nodes that the output hangs on, itself among them."""
    found = {output}
    for one in reversed(placed):
        if one.name in found:
            found.update(one.inputs)
    return found


def pruned(trees: tuple[Tree, ...], alive: Collection[str]) -> tuple[Tree, ...]:
    """The trees of these nodes; what holds none of them is gone."""
    out: list[Tree] = []
    for tree in trees:
        if tree.node is not None and tree.node not in alive:
            continue
        inner = pruned(tree.body, alive)
        if tree.node is not None or inner:
            out.append(replace(tree, body=inner))
    return tuple(out)


def spliced(trees: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """The trees, in which a `concat` of whose paths one is left has no node: it makes what that path makes.

    One that was written with a single path stays, and so does one whose path starts elsewhere.
    """
    out: list[Tree] = []
    for tree in trees:
        inner = spliced(tree.body)
        lonely = tree.statement.words == Concat.words and len(inner) == 1 < len(tree.statement.body)
        if lonely and inner[0].statement.get("from") is None:
            out.append(replace(tree, node=None, body=inner[0].body))
        else:
            out.append(replace(tree, body=inner))
    return tuple(out)
