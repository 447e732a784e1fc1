"""Trackers by name: what is refused, and why."""

from __future__ import annotations

import pytest

import dasdsl
from dasdsl.trackers import registry
from dasdsl.trackers.registry import NAMES, tracker


@pytest.mark.parametrize("name", NAMES)
def test_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda _: None)
    with pytest.raises(dasdsl.DasError, match=rf"E517.*packages that are not installed: {name}\n  help: pip install"):
        tracker(name)


def test_whoever_has_not_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setattr(wandb, "login", lambda **_: False)
    with pytest.raises(dasdsl.DasError, match=r"E517.*Weights & Biases is not set up\n  help: `wandb login`, or set"):
        tracker("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    tracker("wandb")


def test_a_tracker_is_made_anew_for_each_run() -> None:
    assert tracker("mlflow") is not tracker("mlflow")
