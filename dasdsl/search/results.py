"""A discovered network as a result: where it comes from, what it measured, and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import torch

from dasdsl.data.sets import Data, Split
from dasdsl.files import write_atomically
from dasdsl.inverse.discover import Found, discover
from dasdsl.ir.program import Program
from dasdsl.language.reports import visible
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search import ranks
from dasdsl.search.folder import Folder
from dasdsl.search.problems import broken
from dasdsl.search.settings import Settings
from dasdsl.search.weights import write_weights

OF_DATA = ("normalisation", "classes")
CERTIFIED = 256
"""Held-out samples that a certificate compares."""


def held_out(data: Data, validation: Split) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (and targets) that nothing was trained on, for certificates."""
    return data.batch(validation, torch.arange(min(len(validation), CERTIFIED)))


def with_metric(found: Found, name: str, metric: float) -> Found:
    """The same with its costs and its metric in the header of its text."""
    space = found.architecture
    before = space.header.found
    origin: dict[str, object] = {} if before is None else before.model_dump(by_alias=True, exclude={"metrics"})
    facts = {**origin, "params": found.costs.params, "macs": found.costs.macs}
    if isfinite(metric):
        facts[name] = float(f"{metric:.6g}")
    text = Space.closed(space.name, space.input, space.body, facts)
    return Found(text, found.model, found.costs, found.outcomes, found.certificate)


def write_found(folder: Folder, found: Found) -> None:
    """The discovered text and its weights, each whole or not at all."""
    if not ranks.is_first():
        return
    write_weights(folder.weights, found.model, {"architecture": str(found.architecture)})
    write_atomically(folder.architecture, str(found.architecture))


def write_rung(folder: Folder, run: Folder, found: Found, facts: Mapping[str, Any]) -> None:
    """A rung of a run with its facts, and those that the run's report has of what it reads and says.

    Raises: DasError E507 where that report is broken; nothing is then written.
    """
    report: Any = {}
    if run.report.is_file():
        try:
            report = json.loads(run.report.read_bytes())
        except (ValueError, RecursionError) as error:
            raise broken(str(run.report), str(error)) from None
        if not isinstance(report, dict):
            raise broken(str(run.report), "it holds no JSON object")
    write_found(folder, found)
    folder.write_report({**facts, **{key: report[key] for key in OF_DATA if key in report}})


def origin(program: Program, settings: Settings, threshold: float | None) -> dict[str, Any]:
    """What the header of a discovered text says about where it comes from; a name of a file may hold anything.

    There is no threshold where a limit was met by filling up.
    """
    name = visible(Path(program.space.source.path).name)
    return {"from": name, **({} if threshold is None else {"threshold": threshold}), "seed": settings.seed}


def rung(model: CompositeModel, settings: Settings, threshold: float) -> Found:
    """Another rung of a trained composite, without training; its header says what it costs.

    Raises: DasError where the network collapses.
    """
    found = discover(model, threshold)
    facts = {**origin(model.program, settings, threshold), "params": found.costs.params, "macs": found.costs.macs}
    space = found.architecture
    return replace(found, architecture=Space.closed(space.name, space.input, space.body, facts))
