"""Where a search starts that does not start at random: at a found architecture with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch

from dasdsl.diagnostics import DasError
from dasdsl.frozen import frozen
from dasdsl.inverse.discover import discover
from dasdsl.inverse.embedding import embed_
from dasdsl.inverse.leaning import lean_
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.membership import locate
from dasdsl.ir.program import Program
from dasdsl.ir.widening import widen
from dasdsl.language.reading import load, loads
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.search.folder import Folder
from dasdsl.search.problems import broken, not_a_run, something_open, unfinished
from dasdsl.search.weights import read_weights_, write_weights


@frozen
class Start:
    """A found network, in evaluation mode; what it was called when it was given, and the path of its text.

    `settings` are those of its run that say which samples are validation data: with others it would be validated on
    samples that its weights were trained on.
    """

    model: CompositeModel
    name: str
    path: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def architecture(self) -> Space:
        """Its text."""
        return self.model.program.space

    def around(self) -> Space:
        """The space around it that `widen` makes."""
        return widen(loads(str(self.architecture), self.path))

    @classmethod
    def read(cls, run: str | PathLike[str]) -> Start:
        """What a run found: its folder, or an `architecture.das` with the `weights.safetensors` beside it.

        Raises: DasError E504 where a file is missing, E507 or E508 where the weights cannot be, E502 where something
        is open in the text, and whatever is wrong with it.
        """
        path = Path(run)
        text = path / "architecture.das" if path.is_dir() else path
        weights = text.with_name("weights.safetensors")
        if path.is_dir() and not text.is_file():
            missing = unfinished if (path / "run.json").is_file() else not_a_run
            raise missing(str(path), text.name)
        space = load(text)
        if not weights.is_file():
            raise not_a_run(str(weights.parent), weights.name)
        return replace(cls.of(space, weights, fspath(run)), settings=_split(Folder(text.parent)))

    @classmethod
    def of(cls, space: Space, weights: Path, name: str, digest: str | None = None) -> Start:
        """An architecture with its weights; what nothing reads is dropped, and what is constant is folded.

        Raises: DasError E507 where the weights are not those of this SHA-256.
        """
        program = elaborate(space)
        if program.decisions:
            raise something_open(space.name)
        with torch.random.fork_rng(devices=[]):
            model = lower(program).eval()
        read_weights_(weights, model, digest)
        return cls(discover(model).model, name, space.source.path)

    def place_(self, composite: CompositeModel) -> None:
        """Let a composite start here.

        Raises: DasError E322 where its space does not contain the architecture.
        """
        member = locate(self.model.program, composite.program)
        lean_(composite, self.model, member)
        embed_(composite, self.model, member)

    def check(self, program: Program) -> None:
        """Raise DasError E322 where a space does not contain the architecture."""
        locate(self.model.program, program)

    # ---- in the folder of the run that starts here -------------------------------------------------------------------

    def keep(self, folder: Folder) -> dict[str, Any]:
        """Write the weights into the folder of a run; what `run.json` says about it."""
        text = str(self.architecture)
        digest = write_weights(folder.start, self.model, {"architecture": text})
        return {"architecture": text, "name": self.name, "sha256": digest}

    @classmethod
    def kept(cls, folder: Folder, told: Mapping[str, Any] | None) -> Start | None:
        """What was kept, so that a run goes on without the one that it started from.

        Raises: DasError E507 where it is broken.
        """
        if told is None:
            return None
        try:
            space, name, digest = loads(told["architecture"]), str(told["name"]), str(told["sha256"])
        except (KeyError, TypeError, AttributeError, DasError):
            space, name, digest = None, "", ""
        if space is None or space.open:
            raise broken(str(folder.run), "`from` is not what was written")
        if not folder.start.is_file():
            raise not_a_run(str(folder.path), folder.start.name)
        return cls.of(space, folder.start, name, digest)


def _split(folder: Folder) -> dict[str, Any]:
    """The settings of a run that say how its training data was split.

    Raises: DasError E507 where its `run.json` is broken.
    """
    if not folder.run.is_file():
        return {}
    settings = folder.told().get("settings")
    if not isinstance(settings, dict):
        raise broken(str(folder.run), "`settings` is missing")
    return {name: settings[name] for name in ("seed", "validation") if name in settings}
