"""What a search works on."""

from __future__ import annotations

from dataclasses import dataclass

from dasdsl.data.sets import Data
from dasdsl.ir.limit import Limit
from dasdsl.ir.program import Program
from dasdsl.search.folder import Folder
from dasdsl.search.loop import Trainer
from dasdsl.search.settings import Settings
from dasdsl.search.starting import Start
from dasdsl.search.task import Task


@dataclass
class Job:
    """What a search works on."""

    program: Program
    data: Data
    settings: Settings
    folder: Folder
    trainer: Trainer
    started: float
    start: Start | None = None
    limit: Limit | None = None

    @property
    def task(self) -> Task:
        """What is learnt."""
        return self.trainer.task
