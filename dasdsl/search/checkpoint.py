"""States of a training on disk: verified before they are read, two generations kept, never half written.

A generation is `NNNNNNNN.safetensors` and `NNNNNNNN.json`. The JSON is the manifest: it is written last, holds the
facts, the SHA-256 of the tensors and its own. Where that is not sound, the generation before is taken.
A phase that trains nothing keeps what it found out as facts alone (`write_facts`, `read_facts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.search import ranks
from dasdsl.search.checksums import sha256, verified, with_checksum

KEPT = 2


@frozen
class State:
    """Tensors by name, and facts as plain JSON values."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def write_state(folder: Path, step: int, state: State) -> None:
    """Add a generation, then drop everything but this one and the one before it.

    Those of later steps go too: where there are any, they are broken, and training has gone back behind them.
    """
    if not ranks.is_first():
        return
    folder.mkdir(parents=True, exist_ok=True)
    tensors = save({name: tensor.contiguous() for name, tensor in state.tensors.items()})
    manifest = with_checksum({"facts": state.facts, "tensors": sha256(tensors)})
    name = f"{step:08d}"
    write_atomically(folder / f"{name}.safetensors", tensors)
    write_atomically(folder / f"{name}.json", manifest)
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


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Keep what a phase found out, as plain JSON values."""
    write_state(folder, 0, State({}, dict(facts)))


def read_facts(folder: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """What a phase found out, or None where it is not known yet; a line for each file that is broken."""
    state, broken = read_state(folder)
    return None if state is None else state.facts, broken


def _generations(folder: Path) -> list[str]:
    return sorted({path.stem for path in folder.glob("*.json")}) if folder.is_dir() else []


def _read(facts: Path, tensors: Path) -> State | None:
    """One generation, or None where anything about it is not as it was written.

    Raises: PermissionError, since what may not be read is not broken.
    """
    try:
        manifest = verified(facts.read_bytes())
        data = tensors.read_bytes()
    except PermissionError:
        raise
    except (OSError, ValueError, RecursionError):
        return None
    if manifest.get("tensors") != sha256(data) or not isinstance(manifest.get("facts"), dict):
        return None
    return State(load(data), manifest["facts"])
