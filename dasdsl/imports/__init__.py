"""Networks that exist already: from PyTorch to text with weights."""
