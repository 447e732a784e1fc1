"""Leaving the project behind: a found network as ONNX, as a program of PyTorch's, or as Python code."""
