"""Where the command finds a network: an object of Python's, or a file that `torch.export.save` has written."""

from __future__ import annotations

import pickle
import sys
import zipfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from dasdsl.imports.problems import not_found, weights_refused
from dasdsl.lowering.quiet import quiet

PROGRAM = ".pt2"
NONE = (RuntimeError, ValueError, TypeError, KeyError, EOFError, OSError, SafetensorError, pickle.UnpicklingError)
"""What is raised for a file that holds no weights, or those of another network."""


def network(source: str, weights: str | None = None) -> nn.Module:
    """The network that `package.module:object` names, made if that is a class or a function, or that of a `.pt2` file.

    This runs code: that of the module, or what a file of pickled objects says. `weights` is a file of its tensors,
    safetensors or a `state_dict` that `torch.save` has written, which runs none.
    Raises: DasError E704 where there is none, E705 where the weights are not its.
    """
    module = _program(source) if source.endswith(PROGRAM) else _made(source)
    if weights is not None:
        _load_(module, weights)
    return module


def _program(source: str) -> nn.Module:
    if not Path(source).is_file():
        raise not_found(f"there is no file `{source}`")
    try:
        with quiet():
            return torch.export.load(source).module()
    except (RuntimeError, ValueError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise not_found(f"`{source}` is no program of PyTorch's: {_first(error)}") from None


def _made(source: str) -> nn.Module:
    place, colon, name = source.partition(":")
    if not colon or not name:
        raise not_found(f"`{source}` names no network")
    if place.endswith(".py"):
        module = Path(place).with_suffix("").as_posix().replace("/", ".")
        raise not_found(f"`{place}` is a file, and a module is named without its ending: `{module}:{name}`")
    # as `python -m` does: modules in the current folder are found
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found: Any = import_module(place)
        for part in name.split("."):
            found = getattr(found, part)
        made = found if isinstance(found, nn.Module) else found()
    except (Exception, SystemExit) as error:  # it is anybody's code, and may raise anything
        raise not_found(f"`{source}` cannot be made: {type(error).__name__}: {_first(error)}") from error
    finally:
        with suppress(ValueError):
            sys.path.remove(here)
    if not isinstance(made, nn.Module):
        raise not_found(f"`{source}` makes a {type(made).__name__}, and no network")
    return made


def _load_(module: nn.Module, path: str) -> None:
    try:
        safe = path.endswith(".safetensors")
        state: Any = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
        module.load_state_dict(state)
    except FileNotFoundError:
        raise weights_refused(path, "there is no such file") from None
    except NONE as error:
        raise weights_refused(path, _first(error)) from None


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return " ".join(lines[:2]).strip()
