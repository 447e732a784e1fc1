"""MLflow: a run of an experiment, on the server or in the store that `MLFLOW_TRACKING_URI` names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import time
from typing import TYPE_CHECKING, ClassVar

from dasdsl.trackers.tracker import Begun, Ended, State

if TYPE_CHECKING:
    from mlflow import MlflowClient

STATES: Mapping[State, str] = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
EXPERIMENT = "dasdsl"
"""Where `MLFLOW_EXPERIMENT_NAME` says nothing."""


class MLflow:
    """Speaks through a client of its own: the active run of a program that calls us is not touched."""

    title: ClassVar[str] = "MLflow"
    extra: ClassVar[str] = "mlflow"
    modules: ClassVar[tuple[str, ...]] = ("mlflow",)
    client: MlflowClient
    id: str

    def missing(self) -> str:
        """Nothing: without a server there is a store in the current folder."""
        return ""

    def begin(self, run: Begun) -> str:
        """A new run, its settings as params; or the one that is known, which runs again."""
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self.client = MlflowClient()
        if run.known is not None:
            self.id = run.known
            self.client.update_run(self.id, "RUNNING")
            return self.id
        self.id = self.client.create_run(self._experiment(), run_name=run.name).info.run_id
        params = [Param(name, str(value)) for name, value in run.settings.items()]
        self.client.log_batch(self.id, params=params)
        return self.id

    def _experiment(self) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        found = self.client.get_experiment_by_name(name)
        return self.client.create_experiment(name) if found is None else found.experiment_id

    def point(self, phase: str, step: int, figures: Mapping[str, float]) -> None:
        """A metric for each figure."""
        self._measured({f"{phase}/{name}": value for name, value in figures.items()}, step)

    def end(self, run: Ended) -> None:
        """The figures of the report as metrics, the files as artifacts."""
        self._measured(run.figures, 0)
        for path in run.files:
            self.client.log_artifact(self.id, str(path))
        self.client.set_terminated(self.id, STATES[run.state])

    def _measured(self, figures: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time() * 1000)
        metrics = [Metric(name, value, now, step) for name, value in figures.items()]
        if metrics:
            self.client.log_batch(self.id, metrics=metrics)


TRACKER = MLflow
