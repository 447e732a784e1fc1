"""Data sets: by shipped name, from files and folders, and from torch Datasets.

Names are looked up when they are used, so that `DataOptions` and the codes of problems can be had without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dasdsl.data.checks import check_fits
    from dasdsl.data.names import shipped
    from dasdsl.data.options import DataOptions
    from dasdsl.data.sets import Data, Normalisation, Split
    from dasdsl.data.sources import Source, load
    from dasdsl.data.splits import holdout

__all__ = ["Data", "DataOptions", "Normalisation", "Source", "Split", "check_fits", "holdout", "load", "shipped"]

_HOMES = {
    "Data": "sets",
    "DataOptions": "options",
    "Normalisation": "sets",
    "Source": "sources",
    "Split": "sets",
    "check_fits": "checks",
    "holdout": "splits",
    "load": "sources",
    "shipped": "names",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
