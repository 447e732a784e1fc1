"""The report of a search: `report.json`."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

import torch

from dasdsl.data.sets import Data
from dasdsl.frozen import frozen
from dasdsl.inverse.discover import Found
from dasdsl.ir.closing import dump
from dasdsl.operations.core.operation import Cost
from dasdsl.search import ranks
from dasdsl.search.budget.phase import Met
from dasdsl.search.elimination.confidence import confidence
from dasdsl.search.elimination.state import Progress
from dasdsl.search.job import Job
from dasdsl.search.ladder import Ladder
from dasdsl.search.rates import Trial


@frozen
class Told:
    """What the phases of a search say beside the networks that they end with.

    `began` is what it started from, `steps` are those of search and fine-tuning.
    """

    began: dict[str, Any] | None
    rate: float
    trials: Sequence[Trial]
    elimination: Progress | None
    met: Met | None
    ladder: Ladder
    steps: int


def costed(cost: Cost, metric: float | None) -> dict[str, Any]:
    """What a network costs and how good it is."""
    return {"params": cost.params, "macs": cost.macs, "metric": metric}


def inputs_and_outputs(data: Data) -> dict[str, Any]:
    """What a network of these data reads and says: how inputs are normalised, and the names of the classes."""
    scale = data.scale
    return {
        "normalisation": {"mean": scale.mean.tolist(), "std": scale.std.tolist()},
        "classes": list(data.classes),
    }


def report_of(
    job: Job, found: Found, threshold: float, networks: dict[str, dict[str, Any]], told: Told
) -> dict[str, Any]:
    """All that a finished search says, as plain values; `networks` are those under `baseline`, `found`, `finetuned`."""
    trainer, certificate = job.trainer, found.certificate
    return {
        "space": job.program.space.header.name,
        "from": told.began,
        "data": job.data.name,
        "recipe": job.settings.recipe,
        "seed": job.settings.seed,
        "threshold": threshold,
        "metric_name": job.task.metric_name,
        **networks,
        "unclamped_validation": told.ladder.metric,
        "ladder": [rung.facts() for rung in told.ladder.rungs],
        "certificate": {
            "max_abs_error": certificate.max_abs_error,
            "relative": certificate.relative,
            "samples": certificate.samples,
        },
        "elimination": None if told.elimination is None else told.elimination.facts(),
        "confidence": confidence(told.elimination),
        "limit": None if told.met is None else told.met.facts,
        "decisions": dump(found.outcomes, job.program),
        "learning_rate": told.rate,
        "trials": [trial.facts() for trial in told.trials],
        "seconds": round(monotonic() - job.started, 3),
        "steps": told.steps,
        "settings": job.settings.facts(),
        "samples": {"train": len(trainer.train), "validation": len(trainer.validation), "test": len(job.data.test)},
        **inputs_and_outputs(job.data),
        "ranks": ranks.size(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
