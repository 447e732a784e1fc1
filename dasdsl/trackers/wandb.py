"""Weights & Biases: a run of a project, on the server that `wandb login` knows, or offline."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dasdsl.trackers.tracker import Begun, Ended

if TYPE_CHECKING:
    from wandb import Run

PROJECT = "dasdsl"
"""Where `WANDB_PROJECT` says nothing."""
UNHEARD = ("offline", "disabled", "dryrun")
"""Modes in which nothing is sent, so that nobody has to log in."""


class WeightsAndBiases:
    """Each phase has an axis of its own: steps begin anew with it."""

    title: ClassVar[str] = "Weights & Biases"
    extra: ClassVar[str] = "wandb"
    modules: ClassVar[tuple[str, ...]] = ("wandb",)
    run: Run

    def __init__(self) -> None:
        self.told: dict[str, int] = {}
        """The last step of each phase that the server knew when the run went on."""

    def missing(self) -> str:
        """Whoever is to send something has to have logged in before."""
        import wandb

        if os.environ.get("WANDB_MODE", "") in UNHEARD or wandb.login(prompt=False, verify=False):
            return ""
        return "`wandb login`, or set WANDB_MODE=offline to keep what is told for `wandb sync`"

    def prepare(self) -> None:
        """Nothing."""

    def begin(self, run: Begun) -> str:
        """A run of our own, beside one that the program may have; the one that is known. What is printed stays ours."""
        import wandb

        self.run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or PROJECT,
            name=run.name,
            id=run.known or secrets.token_hex(4),
            resume="allow",
            reinit="create_new",
            dir=str(run.folder),
            config=dict(run.settings),
            settings=wandb.Settings(console="off"),
        )
        return self.run.id

    def point(self, phase: str, step: int, figures: Mapping[str, float]) -> None:
        """A value for each figure, over the steps of its phase."""
        axis = f"{phase}/step"
        if phase not in self.told:
            self.run.define_metric(axis, hidden=True)
            self.run.define_metric(f"{phase}/*", step_metric=axis)
            self.told[phase] = self.run.summary.get(axis, -1)
        if step > self.told[phase]:
            self.run.log({axis: step} | {f"{phase}/{name}": value for name, value in figures.items()})

    def end(self, run: Ended) -> None:
        """The figures of the report as the summary, the files as one artifact."""
        from wandb import Artifact

        self.run.summary.update(dict(run.figures))
        if run.files:
            made = Artifact(name=f"run-{self.run.id}", type="model")
            for path in run.files:
                made.add_file(str(path))
            self.run.log_artifact(made)
        self.run.finish(exit_code=0 if run.state == "finished" else 1)


TRACKER = WeightsAndBiases
