"""A new sweep: everything that would fail in every point is refused before its folder is made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dasdsl.data import DataOptions, check_fits, holdout, load, shipped
from dasdsl.data.sets import Data
from dasdsl.diagnostics import each
from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.space import Space
from dasdsl.operations.core.decisions import Assignment
from dasdsl.search.api import header_settings
from dasdsl.search.folder import new_folder, refuse_occupied
from dasdsl.search.problems import bad_sweep, nothing_open
from dasdsl.search.settings import Settings
from dasdsl.search.sweep.index import without_password
from dasdsl.search.sweep.places import Places
from dasdsl.search.sweep.plan import Kind, Plan, Point, Sampler
from dasdsl.search.sweep.preset import ROWS
from dasdsl.search.sweep.varied import MOST_POINTS, Range, Value, Values, Varied, grid, refuse_twice
from dasdsl.search.tracking import usable


@frozen(slots=True)
class Task:
    """What is searched: the space, the data and how it is read, settings and trackers of all points."""

    space: Space
    data: str
    options: DataOptions
    reading: Mapping[str, Value]
    fixed: Mapping[str, Value]
    trackers: Sequence[str] = ()


def grid_points(varied: Sequence[Values]) -> list[Point]:
    """A point for each combination; the file of its space is filled in later."""
    return [Point(number, "", settings) for number, settings in enumerate(grid(varied))]


def study_points(count: int) -> list[Point]:
    """Points whose settings a sampler will choose.

    Raises: DasError E513 where there are none, or too many.
    """
    if not 1 <= count <= MOST_POINTS:
        raise bad_sweep(f"a study has 1 to {MOST_POINTS:,} points, not {count:,}")
    return [Point(number, "", {}) for number in range(count)]


def table1_points(seeds: Sequence[Value]) -> list[Point]:
    """A point for each row of the paper's table and each seed."""
    found = [(row, seed) for row in ROWS for seed in seeds]
    settings = [{**row.settings, "recipe": "paper", "seed": seed} for row, seed in found]
    return [Point(k, "groups" if row.grouped else "", settings[k], row.label) for k, (row, _) in enumerate(found)]


def usual_ranges(space: Space, fixed: Mapping[str, Value]) -> list[Varied]:
    """What a study varies where nothing is said: γ and, where the space has patterns, η, around their defaults."""
    recipe = Settings.of(header_settings(space), fixed).recipe
    gamma, eta = ((1e-3, 1e-1), (2e-4, 2e-2)) if recipe == "default" else ((1e-8, 1e-4), (3e-7, 3e-5))
    ranges = [Range("gamma", *gamma, whole=False, log=True)]
    if any(isinstance(decision, Assignment) for decision in elaborate(space).decisions):
        ranges.append(Range("eta", *eta, whole=False, log=True))
    return [one for one in ranges if one.name not in fixed]


def create(
    kind: Kind,
    task: Task,
    points: Sequence[Point],
    *,
    varied: Sequence[Varied] = (),
    sampler: Sampler = "tpe",
    seed: int = 0,
    grouped: Space | None = None,
    storage: str | None = None,
    out: str | None = None,
) -> Places:
    """The folder of a new sweep, with all that its workers need.

    `grouped` is the space of the points that are to have groups.
    Raises: DasError E501, E506, E510, E513, E517, and for whatever does not fit.
    """
    refuse_twice(varied)
    spaces = {"": task.space} | ({} if grouped is None else {"groups": grouped})
    _refuse_settings(task, spaces, points, varied)
    trackers = usable(task.trackers, several=True)
    if out is not None:
        refuse_occupied(Path(out))
    metric_name = [_refuse_unfit(task, space).metric_name for space in spaces.values()][-1]
    names = {key: _file_name(space, key) for key, space in spaces.items()}
    name = f"{task.space.name}-sweep"
    places = Places(new_folder(name, None if out is None else Path(out)).path)
    (places.path / "spaces").mkdir()
    for key, space in spaces.items():
        write_atomically(places.space(names[key]), str(space))
    plan = Plan(
        kind=kind,
        name=task.space.name,
        data=task.data if task.data in shipped() else str(Path(task.data).expanduser().absolute()),
        reading=task.reading,
        metric_name=metric_name,
        fixed={name: value for name, value in task.fixed.items() if name not in _settled(points, varied)},
        points=tuple(replace(point, space=names[point.space]) for point in points),
        study=f"{name}-{secrets.token_hex(6)}",
        varied=tuple(varied),
        sampler=sampler,
        seed=seed,
        storage=None if storage is None else without_password(storage),
        trackers=trackers,
    )
    places.write(plan)
    return places


def _settled(points: Sequence[Point], varied: Sequence[Varied]) -> set[str]:
    """Settings that are said for each point."""
    return {one.name for one in varied}.union(*(point.settings for point in points))


def _file_name(space: Space, key: str) -> str:
    """What its text is called in the sweep: a name that is safe wherever it came from."""
    return f"{space.name}{'-groups' if key and not space.name.endswith('groups') else ''}.das"


def _refuse_settings(
    task: Task, spaces: Mapping[str, Space], points: Sequence[Point], varied: Sequence[Varied]
) -> None:
    """Every point's settings must do, and the ends of what is drawn."""
    ends: list[dict[str, Any]] = [{}]
    for one in varied:
        values = one.values if isinstance(one, Values) else (_typed(one, one.low), _typed(one, one.high))
        ends += [{one.name: value} for value in values]

    def check(case: tuple[Point, dict[str, Any]]) -> None:
        point, drawn = case
        Settings.of(header_settings(spaces[point.space]), {**task.fixed, **point.settings, **drawn})

    each(check, [(point, drawn) for point in points[: 1 if varied else None] for drawn in ends])


def _typed(one: Range, value: float) -> Value:
    return int(value) if one.whole else value


def _refuse_unfit(task: Task, space: Space) -> Data:
    program = elaborate(space)
    if not program.decisions:
        raise nothing_open(space.name)
    settings = Settings.of(header_settings(space), task.fixed)
    data = load(task.data, options=task.options, input_shape=space.input)
    check_fits(data, space.input, program.output.shape)
    holdout(data.train, settings.validation, settings.seed)
    return data
