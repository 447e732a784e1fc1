"""From the IR to PyTorch: the composite network and the discrete one, by the same walker."""
