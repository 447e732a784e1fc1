"""What a run was told, kept in its `run.json`, so that it goes on without being told again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, cast, get_args

from dasdsl.data import DataOptions, shipped
from dasdsl.data.sets import Data
from dasdsl.data.sources import Source
from dasdsl.diagnostics import DasError
from dasdsl.frozen import frozen
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.search.devices import device_named
from dasdsl.search.environment import environment, fingerprint
from dasdsl.search.folder import Folder
from dasdsl.search.problems import broken, given_by_program, of_another_command
from dasdsl.search.settings import Settings

Command = Literal["search", "train"]


@frozen
class Told:
    """The command, the space or the architecture, the data (None where they are Python objects), the settings.

    `beginning` is what the run starts from, as `Start.keep` tells it, `trackers` are those that are told of it.
    """

    command: Command
    space: Space
    source: str | None
    options: DataOptions
    settings: Settings
    beginning: Mapping[str, Any] | None = None
    trackers: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        command: Command,
        space: Space,
        source: Source,
        options: DataOptions,
        settings: Settings,
        beginning: Mapping[str, Any] | None = None,
        trackers: Sequence[str] = (),
    ) -> Told:
        """What a new run is told."""
        return cls(command, space, _lasting(source), options, settings, beginning, tuple(trackers))

    def write(self, folder: Folder, data: Data) -> None:
        """Claim the folder of a new run; with what is told goes what its numbers depend on.

        Raises: DasError E505, E506 where another process was faster.
        """
        folder.claim(
            {
                "command": self.command,
                "space": str(self.space),
                "path": self.space.source.path,
                "data": self.source,
                "options": self.options.model_dump(mode="json", by_alias=True, exclude_unset=True),
                "settings": self.settings.facts(),
                "from": self.beginning,
                "trackers": list(self.trackers),
                "environment": environment(self.settings.device),
                "data_sha256": fingerprint(data),
            }
        )

    @classmethod
    def read(cls, folder: Folder) -> Told:
        """What a run was told.

        Raises: DasError E504 for a folder of no run, E507 where its `run.json` is broken.
        """
        told = folder.told()
        try:
            command, source = told["command"], told["data"]
            if command not in get_args(Command):
                raise ValueError(command)
            return cls(
                command,
                loads(told["space"], path=fspath(told["path"])),
                None if source is None else fspath(source),
                DataOptions.of(told["options"]),
                Settings.of({}, told["settings"]),
                told["from"],
                # runs of older versions have none
                _names(told.get("trackers", [])),
            )
        except KeyError as error:
            raise broken(str(folder.run), f"`{error.args[0]}` is missing") from None
        except DasError as error:
            raise broken(str(folder.run), error.diagnostics[0].message) from None
        except (TypeError, ValueError, AttributeError):
            raise broken(str(folder.run), "a value is of another kind") from None

    def on(self, device: str | None) -> Told:
        """The same on another device; None for that on which it began.

        Raises: DasError E510 where there is no such device here.
        """
        told = self if device is None else replace(self, settings=replace(self.settings, device=device))
        device_named(told.settings.device)
        return told

    def resumed_by(self, command: Command, folder: Folder) -> str:
        """The data, where this command can go on with the run.

        Raises: DasError E504 where it cannot.
        """
        if self.command != command:
            raise of_another_command(str(folder.path), self.command)
        if self.source is None:
            raise given_by_program(str(folder.path))
        return self.source


def _names(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise TypeError(found)
    return tuple(map(fspath, cast("list[str]", found)))


def _lasting(source: Source) -> str | None:
    """A shipped name, or a path from anywhere; None for Python objects."""
    if not isinstance(source, str | PathLike):
        return None
    name = fspath(source)
    return name if name in shipped() else str(Path(name).expanduser().absolute())
