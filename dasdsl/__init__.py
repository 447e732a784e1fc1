"""A declarative search-space language and compiler for differentiable architecture search in PyTorch."""
