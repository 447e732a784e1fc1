"""MLflow: a run of an experiment, on the server or in the store that `MLFLOW_TRACKING_URI` names."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING, ClassVar

from dasdsl.trackers.tracker import Begun, Ended, State

if TYPE_CHECKING:
    from mlflow import MlflowClient

STATES: Mapping[State, str] = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
EXPERIMENT = "dasdsl"
"""Where `MLFLOW_EXPERIMENT_NAME` says nothing."""


UNPRINTED = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"


class MLflow:
    """Speaks through a client of its own: the active run of a program that calls us is not touched."""

    title: ClassVar[str] = "MLflow"
    extra: ClassVar[str] = "mlflow"
    modules: ClassVar[tuple[str, ...]] = ("mlflow",)
    client: MlflowClient
    id: str
    known: bool

    def missing(self) -> str:
        """Nothing: without a server there is a store in the current folder."""
        return ""

    def __init__(self) -> None:
        self.told: dict[str, set[int]] = {}
        """The steps of each metric that a known run has already."""

    def prepare(self) -> None:
        """The store, whose tables are made when it is opened first, and the experiment."""
        from mlflow import MlflowClient

        self.client = MlflowClient()
        self._experiment()

    def begin(self, run: Begun) -> str:
        """A new run, its settings as params; or the one that is known, if it is in this store, which runs again."""
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self.client = MlflowClient()
        self.known = run.known is not None and self._is_there(run.known)
        if run.known is not None and self.known:
            self.id = run.known
            self.client.update_run(self.id, "RUNNING")
            return self.id
        self.id = self.client.create_run(self._experiment(), run_name=run.name).info.run_id
        params = [Param(name, str(value)) for name, value in run.settings.items()]
        self.client.log_batch(self.id, params=params)
        return self.id

    def _is_there(self, known: str) -> bool:
        from mlflow.exceptions import MlflowException

        try:
            self.client.get_run(known)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise
        return True

    def _experiment(self) -> str:
        from mlflow.exceptions import MlflowException

        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return found.experiment_id
        try:
            return self.client.create_experiment(name)
        except MlflowException as error:
            # another process was faster
            found = self.client.get_experiment_by_name(name)
            if found is None or error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            return found.experiment_id

    def point(self, phase: str, step: int, figures: Mapping[str, float]) -> None:
        """A metric for each figure."""
        self._measured({f"{phase}/{name}": value for name, value in figures.items()}, step)

    def end(self, run: Ended) -> None:
        """The figures of the report as metrics, the files as artifacts."""
        self._measured(run.figures, 0)
        for path in run.files:
            self.client.log_artifact(self.id, str(path))
        with _unprinted():
            self.client.set_terminated(self.id, STATES[run.state])

    def _measured(self, figures: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time() * 1000)
        metrics = [Metric(name, value, now, step) for name, value in figures.items() if step not in self._has(name)]
        if metrics:
            self.client.log_batch(self.id, metrics=metrics)

    def _has(self, name: str) -> set[int]:
        if name not in self.told:
            kept = self.client.get_metric_history(self.id, name) if self.known else ()
            self.told[name] = {point.step for point in kept}
        return self.told[name]


@contextmanager
def _unprinted() -> Generator[None]:
    """While this lasts, MLflow does not print where a run can be seen: results alone go to stdout."""
    before = os.environ.get(UNPRINTED)
    os.environ[UNPRINTED] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[UNPRINTED]
        else:
            os.environ[UNPRINTED] = before


TRACKER = MLflow
