"""States of a training on disk: verified before they are read, two generations kept, never half written.

A generation is `NNNNNNNN.safetensors` and `NNNNNNNN.json`. The JSON is written last and holds the digests of both, so a
generation without a sound JSON is not there, and the one before it is taken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from dasdsl.files import write_atomically

KEPT = 2


@dataclass(frozen=True)
class State:
    """Tensors by name, and facts as plain JSON values."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def write_state(folder: Path, step: int, state: State) -> None:
    """Add a generation, then drop everything but this one and the one before it.

    Those of later steps go too: where there are any, they are broken, and training has gone back behind them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = save({name: tensor.contiguous() for name, tensor in state.tensors.items()})
    body = {"facts": state.facts, "tensors": hashlib.sha256(tensors).hexdigest()}
    name = f"{step:08d}"
    write_atomically(folder / f"{name}.safetensors", tensors)
    write_atomically(folder / f"{name}.json", json.dumps({"body": body, "digest": _digest(body)}))
    kept = [generation for generation in _generations(folder) if generation <= name][-KEPT:]
    for path in folder.iterdir():
        # half a generation, or a file that was being written, is what a killed process left behind
        if path.name.split(".")[0] not in kept:
            path.unlink(missing_ok=True)


def read_state(folder: Path) -> tuple[State | None, list[str]]:
    """The newest sound generation, and a line for each newer one that is broken."""
    broken: list[str] = []
    names = _generations(folder)
    for name in reversed(names):
        state = _read(folder / f"{name}.json", folder / f"{name}.safetensors")
        if state is not None:
            return state, broken
        instead = "this phase begins again" if name == names[0] else "the state before it is used"
        broken.append(f"{folder / name} is broken; {instead}")
    return None, broken


def _generations(folder: Path) -> list[str]:
    return sorted({path.stem for path in folder.glob("*.json")}) if folder.is_dir() else []


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _read(facts: Path, tensors: Path) -> State | None:
    """One generation, or None where anything about it is not as it was written."""
    try:
        whole = json.loads(facts.read_bytes())
        data = tensors.read_bytes()
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(whole, dict) or set(whole) != {"body", "digest"} or not isinstance(whole["body"], dict):
        return None
    body: dict[str, Any] = whole["body"]
    if _digest(body) != whole["digest"] or body.get("tensors") != hashlib.sha256(data).hexdigest():
        return None
    return State(load(data), body["facts"])
