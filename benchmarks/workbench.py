"""What benchmarks of whole searches share: a space on a data set, its composite trained once, and kept results."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from dasdsl.cli.support.memory import keep_freed
from dasdsl.data import holdout, load
from dasdsl.data.sets import Data
from dasdsl.inverse.discover import discover
from dasdsl.ir.elaborate import elaborate
from dasdsl.language import load as load_space
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.folder import Folder
from dasdsl.search.job import Job
from dasdsl.search.loop import Phase, Schedule, Trainer
from dasdsl.search.run import Phases
from dasdsl.search.settings import Settings
from dasdsl.search.starting import Start
from dasdsl.search.task import Task


class Workbench:
    """One space on one data set, with settings of its own; states are kept in a folder, to be gone on with."""

    def __init__(
        self, space: Path, source: str, flags: Mapping[str, Any], folder: Path, start: Start | None = None
    ) -> None:
        keep_freed()
        self.name = space.stem
        read = load_space(space)
        self.program = elaborate(read)
        self.data = loaded(source, read.input)
        settings = Settings.of({}, flags)
        train, validation = holdout(self.data.train, settings.validation, settings.seed)
        self.settings = settings.completed(len(train))
        self.trainer = Trainer(self.data, train, validation, Task.of(self.data, train), self.settings)
        self.folder, self.start = Folder(folder), start
        folder.mkdir(parents=True, exist_ok=True)
        self.epochs, self.finetune = self.settings.epochs or 1, self.settings.finetune or 0
        self.steps = self.epochs * self.trainer.steps_per_epoch

    @cached_property
    def phases(self) -> Phases:
        """The phases of its search."""
        begun = time.monotonic()
        return Phases(Job(self.program, self.data, self.settings, self.folder, self.trainer, begun, self.start))

    @cached_property
    def _searched(self) -> tuple[CompositeModel, float, float]:
        composite = self.phases.composite()
        threshold = self.phases.threshold(self.phases.ladder(composite))
        return composite, threshold, self.trainer.rate

    @property
    def composite(self) -> CompositeModel:
        """The trained composite; the trainer has the learning rate of its search again."""
        composite, _, self.trainer.rate = self._searched
        return composite

    @property
    def threshold(self) -> float:
        """Where the composite's ladder is cut."""
        return self._searched[1]

    @property
    def rate(self) -> float:
        """The learning rate of its search."""
        return self._searched[2]

    def discovered(self, model: CompositeModel, threshold: float | None = None) -> CompositeModel:
        """The network that is left of a decided one, fine-tuned as a search does it."""
        found = discover(model, threshold).model
        self.trained(found, "finetune", self.finetune, self.epochs / (self.epochs + self.finetune), 1.0)
        return found

    def trained(self, model: CompositeModel, name: str, epochs: int, start: float = 0.0, end: float = 1.0) -> None:
        """Train a network without penalties for a part of a schedule."""
        if epochs:
            self.trainer.fit(model, Phase(name, epochs, Schedule(start, end)))


_LOADED: dict[tuple[str, tuple[int, ...]], Data] = {}


def loaded(source: str, shape: tuple[int, ...]) -> Data:
    """A data set; it is read once."""
    key = source, tuple(shape)
    if key not in _LOADED:
        _LOADED[key] = load(source, input_shape=shape)
    return _LOADED[key]


def known(results: Path) -> Iterator[dict[str, Any]]:
    """What was measured already, a line each."""
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def append(results: Path, facts: Mapping[str, Any]) -> None:
    """Keep a result."""
    results.parent.mkdir(exist_ok=True)
    line = json.dumps(facts)
    with results.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    print(line, file=sys.stderr)
