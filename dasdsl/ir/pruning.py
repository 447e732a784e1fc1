"""What nothing reads, and the trees without it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from dasdsl.ir.program import Tree
from dasdsl.ir.scopes import Placed


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
