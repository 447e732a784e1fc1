"""From the IR to PyTorch: the composite network and the discrete one, by the same walker."""

from dasdsl.lowering.composite import CompositeModel, lower

__all__ = ["CompositeModel", "lower"]
