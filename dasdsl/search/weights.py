"""Weights on disk: safetensors, written whole or not at all, checked against the architecture when they are read."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from dasdsl.files import write_atomically
from dasdsl.search import ranks
from dasdsl.search.checksums import sha256
from dasdsl.search.problems import broken, misfit


def write_weights(path: Path, model: nn.Module, metadata: dict[str, str] | None = None) -> str:
    """Every parameter and buffer of a model, by name; the SHA-256 of the file."""
    data = save(_tensors(model), metadata)
    if ranks.is_first():
        write_atomically(path, data)
    return sha256(data)


def digest_of(model: nn.Module) -> str:
    """The SHA-256 of the file that `write_weights` would write, without metadata."""
    return sha256(save(_tensors(model)))


def read_weights_(path: Path, model: nn.Module, digest: str | None = None) -> None:
    """Give a model the weights of a file, whose SHA-256 is verified first where it is known.

    Raises: DasError E507 where the file is broken, E508 where names or shapes differ from the model's.
    """
    data = path.read_bytes()
    if digest is not None and sha256(data) != digest:
        raise broken(str(path), "its content is not what its SHA-256 says")
    try:
        tensors = load(data)
    except (SafetensorError, ValueError) as error:
        raise broken(str(path), str(error)) from None
    load_(model, tensors, str(path))


def load_(model: nn.Module, tensors: dict[str, Tensor], path: str | None = None) -> None:
    """Give a model these tensors, which may be those of a file.

    Raises: DasError E508 where names or shapes differ from the model's.
    """
    reason = _difference(tensors, model.state_dict())
    if reason:
        raise misfit(path, reason)
    model.load_state_dict(tensors)


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()}


def _difference(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> str:
    missing, extra = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    if missing:
        return f"`{missing[0]}` is missing"
    if extra:
        return f"`{extra[0]}` is in the file, but not in the architecture"
    for name, tensor in wanted.items():
        if found[name].shape != tensor.shape:
            return f"`{name}` is {_show(found[name])} in the file and {_show(tensor)} in the architecture"
    return ""


def _show(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape) or "a number"
