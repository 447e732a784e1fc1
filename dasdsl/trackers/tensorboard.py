"""TensorBoard: event files in the folder of the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dasdsl.trackers.tracker import Begun, Ended

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"
"""In that of the run."""


class TensorBoard:
    """Writes what `tensorboard --logdir runs` reads: curves, the text that was found, settings beside figures."""

    title: ClassVar[str] = "TensorBoard"
    extra: ClassVar[str] = "tensorboard"
    modules: ClassVar[tuple[str, ...]] = ("tensorboard",)
    writer: SummaryWriter
    run: Begun

    def missing(self) -> str:
        """Nothing."""
        return ""

    def prepare(self) -> None:
        """Nothing."""

    def begin(self, run: Begun) -> str:
        """Event files anew, also where the run goes on: it is told again what they had."""
        from torch.utils.tensorboard import SummaryWriter

        self.run = run
        for path in (run.folder / FOLDER).glob("events.out.tfevents.*"):
            path.unlink()
        self.writer = SummaryWriter(str(run.folder / FOLDER))
        return FOLDER

    def point(self, phase: str, step: int, figures: Mapping[str, float]) -> None:
        """A scalar for each figure, to be seen at once."""
        for name, value in figures.items():
            self.writer.add_scalar(f"{phase}/{name}", value, step)
        self.writer.flush()

    def end(self, run: Ended) -> None:
        """With a report, what was found: its text, and figures beside the settings, to compare runs by."""
        from torch.utils.tensorboard.summary import hparams

        if run.state == "finished":
            events = self.writer.file_writer
            assert events is not None
            settings = {name: "" if value is None else value for name, value in self.run.settings.items()}
            # `add_hparams` would make a run of its own beside this one
            for summary in hparams(settings, dict(run.figures)):
                events.add_summary(summary)
            for name, value in run.figures.items():
                self.writer.add_scalar(name, value)
            for path in filter(_is_text, run.files):
                self.writer.add_text(path.stem, _verbatim(path.read_text(encoding="utf-8")))
        self.writer.close()


def _is_text(path: Path) -> bool:
    return path.suffix == ".das"


def _verbatim(text: str) -> str:
    """As Markdown, which shows lines that are indented as they are."""
    return "\n".join(f"    {line}" for line in text.splitlines())


TRACKER = TensorBoard
