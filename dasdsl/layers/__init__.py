"""PyTorch modules that the operations become. Loaded only when something is lowered."""
