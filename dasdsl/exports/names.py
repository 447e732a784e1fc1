"""Labels and names of spaces as identifiers of Python's."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping

from torch import nn

TAKEN = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(nn.Module()), "F", "inputs", "mean", "nn", "self", "std", "torch", "x"}
)
"""Names that an attribute or a variable of the code cannot have."""
PARTS = re.compile(r"_(\d+|\d+_reads|reads|order)$")
"""What the parts of a layer are called, after the layer."""
OF_CODE = frozenset({*keyword.kwlist, "F", "Path"})
"""Names that the class cannot have."""
OF_MODULES = frozenset({*keyword.kwlist, *keyword.softkwlist, "pathlib", "safetensors", "torch"})
"""Names that a module of Python's cannot have that imports the last three."""


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """One identifier for each name: `residual1.conv1` as `residual1_conv1`.

    Different names have different ones; one that is taken, or could be that of a part of another, gets an underscore.
    """
    out: dict[str, str] = {}
    taken = set(TAKEN)
    for name in names:
        out[name] = _free(identifier(name), taken)
        taken.add(out[name])
    # a name that got an underscore is none of a part any more, but may be that of a layer with parts
    while clashing := _like_parts(out):
        for name in clashing:
            out[name] = _free(f"{out[name]}_", taken)
            taken.add(out[name])
    return out


def _free(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _like_parts(names: Mapping[str, str]) -> list[str]:
    """The names whose identifiers are like those of parts of others."""
    layers = {*names.values()}
    return [name for name, own in names.items() if _layers(own) & layers]


def _layers(name: str) -> set[str]:
    """The layers that a part of this name would be of: `a_1_reads` of `a` and of `a_1`."""
    return {name[: found.start()] for start in range(1, len(name)) if (found := PARTS.match(name, start))}


def identifier(name: str) -> str:
    """A name in the letters, digits and underscores of ASCII."""
    # within a class, Python gives names with two underscores in front others
    plain = re.sub(r"^_+", "_", re.sub(r"\W", "_", name, flags=re.ASCII))
    return plain if plain[:1].isalpha() or plain[:1] == "_" else f"_{plain}"


def class_name(space: str) -> str:
    """`vgg-small` as `VggSmall`."""
    words = re.findall(r"[A-Za-z0-9]+", space)
    name = "".join(word[:1].upper() + word[1:] for word in words) or "Network"
    return f"Net{name}" if not name[:1].isalpha() or name in OF_CODE else name
