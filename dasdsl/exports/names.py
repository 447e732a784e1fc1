"""Labels and names of spaces as identifiers of Python's."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from torch import nn

TAKEN = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(nn.Module()), "F", "inputs", "mean", "nn", "self", "std", "torch", "x"}
)
"""Names that an attribute or a variable of the code cannot have."""


PARTS = re.compile(r"(.+?)_(\d+|\d+_reads|reads|order)")
"""What the parts of a layer are called, after the layer."""


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """One identifier for each name: `residual1.conv1` as `residual1_conv1`.

    Different names have different ones; one that is taken, or could be that of a part of another, gets an underscore.
    """
    every, taken, out = {name: identifier(name) for name in names}, set(TAKEN), dict[str, str]()
    plain = set(every.values())
    for name, written in every.items():
        part = PARTS.fullmatch(written)
        own = f"{written}_" if part is not None and part[1] in plain else written
        while own in taken:
            own += "_"
        taken.add(own)
        out[name] = own
    return out


def identifier(name: str) -> str:
    """A name in the letters, digits and underscores of ASCII."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return plain if plain[:1].isalpha() or plain[:1] == "_" else f"_{plain}"


def class_name(space: str) -> str:
    """`vgg-small` as `VggSmall`."""
    words = re.findall(r"[A-Za-z0-9]+", space)
    name = "".join(word[:1].upper() + word[1:] for word in words) or "Network"
    return name if name[:1].isalpha() else f"Net{name}"
