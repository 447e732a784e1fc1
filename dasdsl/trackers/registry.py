"""Trackers by their names: a module of this room for each."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from dasdsl.trackers.problems import not_installed, not_set_up, unknown
from dasdsl.trackers.tracker import Tracker

NAMES = ("tensorboard", "mlflow", "wandb")


def tracker(name: str) -> Tracker:
    """The tracker of this name, which can be used.

    Raises: DasError E517 where there is no such tracker, or it is not installed, or not set up.
    """
    if name not in NAMES:
        raise unknown(name, NAMES)
    found: Tracker = import_module(f"dasdsl.trackers.{name}").TRACKER()
    missing = [module for module in found.modules if find_spec(module) is None]
    if missing:
        raise not_installed(found.title, found.extra, missing)
    remedy = found.missing()
    if remedy:
        raise not_set_up(found.title, remedy)
    return found
