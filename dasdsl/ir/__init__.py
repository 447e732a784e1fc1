"""From a Space to a network of operations with shapes, axes, decisions, costs. No torch, networkx in `graph` only."""

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Node, Program

__all__ = ["Node", "Program", "elaborate"]
