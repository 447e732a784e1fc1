"""Problems of a run (codes E5xx): they are about what is trained and written, so they have no place in a text."""

from __future__ import annotations

from dataclasses import replace

from dasdsl.diagnostics import DasError, Kind

NOTHING_OPEN = Kind(
    "E501", "there is nothing to search", "A space in which nothing is open was given to `dasdsl search`."
)
SOMETHING_OPEN = Kind(
    "E502",
    "something is still open",
    "`train`, `eval` and `export` work on architectures, in which everything is decided.",
)
DIVERGED = Kind(
    "E503",
    "a value is no longer a finite number",
    "The loss, the gradient or a weight became NaN or infinite. The training stops at that step, and names the first "
    "layer, in the order in which they are computed, whose values are not finite. Such a state is never saved, so what "
    "was saved and found before stays. Where the fine-tuning or the baseline of a search diverges, the search still "
    "ends with its report, in which that is marked.",
)
NO_WEIGHTS = Kind(
    "E512",
    "there is nothing to train",
    "A search trains weights, and no layer of this space has any.",
)
NOT_A_RUN = Kind("E504", "no folder of a search", "A file that every run has is not in this folder.")
LOCKED = Kind("E505", "the folder is in use", "Two processes never work in the folder of one run.")
OCCUPIED = Kind(
    "E506", "the folder is not empty", "A run never overwrites another, so `--out` names a new or empty folder."
)
BROKEN = Kind("E507", "a file of a run is broken", "It is not what was written: cut off, changed, or of another kind.")
MISFIT = Kind(
    "E508",
    "weights of another architecture",
    "Names or shapes in the weights differ from those that the text of the architecture asks for.",
)
COLLAPSED_EVERYWHERE = Kind(
    "E509", "the network collapses at every threshold", "Some layer's gates all became zero while it was trained."
)
BAD_SETTING = Kind("E510", "a setting out of range", "A value of the header's `search:` or of a flag cannot be used.")
BAD_SWEEP = Kind(
    "E513",
    "a sweep of nothing",
    "What `dasdsl sweep` is told to vary is no setting, or its values are none, or there is too much of it.",
)
NOT_A_SWEEP = Kind("E514", "no folder of a sweep", "The `sweep.json` that every sweep has is not in this folder.")
NO_WORKERS = Kind(
    "E515",
    "workers end without a result",
    "The processes that run the points of a sweep end one after the other, and no point gets done.",
)
NO_STORAGE = Kind("E516", "the storage of a sweep cannot be used", "The database with the queue of a sweep fails.")
OUT_OF_MEMORY = Kind(
    "E520",
    "out of memory",
    "A step takes memory for every value that the network computes for each sample of a batch, and for the weights, "
    "their gradients and two moments of each. What was saved before stays, and the run can go on where there is more.",
)
DISK_FULL = Kind(
    "E521",
    "no room to write",
    "The disk is full, or a quota or a limit on the size of files is reached. Files are written beside the old ones, "
    "then put in their place, so what was saved before stays as it was.",
)
NOT_ALLOWED = Kind(
    "E522",
    "a place that cannot be read or written",
    "The folder is read-only, belongs to someone else, or is no folder. Nothing in it was changed.",
)
NO_DATA = Kind("E511", "no data is named", "Neither `--data` nor the header's `data:` says what to train on.")


def nothing_open(name: str) -> DasError:
    """A space with nothing left to decide was given to `search`."""
    return NOTHING_OPEN.error(
        f"there is nothing to search in `{name}`: nothing is open in it",
        help="open something (`channels<=48`, `filters <1..5>x<1..5>`), or train it as it is with `dasdsl train`",
    )


def no_weights(name: str) -> DasError:
    """A network without any weights was to be trained."""
    return NO_WEIGHTS.error(
        f"there is nothing to train in `{name}`: no layer of it has weights",
        help="add a layer that has some: `conv filters 3x3 channels 8`, `linear channels 10`",
    )


def something_open(name: str) -> DasError:
    """A space with something open was given where an architecture is wanted."""
    return SOMETHING_OPEN.error(
        f"`{name}` still has something open, so it is no architecture to be trained, measured or exported on its own",
        help="search it with `dasdsl search`, and give the `architecture.das` that it writes; or close it",
    )


def diverged(phase: str, step: int, what: str, first: str | None = None) -> DasError:
    """The loss, a gradient or a weight is no longer a number; `first` is the first layer where that is so."""
    where = f" (first in {first})" if first else ""
    return DIVERGED.error(
        f"{what} is not a finite number at step {step} of {phase}{where}; what was found and saved before is kept",
        help="search again with a lower `learning_rate` or `gamma`, and look for outliers in the data",
    )


def not_a_run(path: str, missing: str) -> DasError:
    """A folder was given as a run that is none."""
    return NOT_A_RUN.error(
        f"this is no folder of a search: `{missing}` is missing",
        help="give the folder that `dasdsl search` wrote, for example runs/digits-1",
        path=path,
    )


def unfinished(path: str, missing: str) -> DasError:
    """A search that did not get so far."""
    return NOT_A_RUN.error(
        f"the search in this folder has not got so far: `{missing}` is missing",
        help=f"go on with it: `dasdsl search --resume {path}`",
        path=path,
    )


def locked(path: str) -> DasError:
    """Another process works in the folder of this run."""
    return LOCKED.error(
        "another process is at work in this folder",
        help="wait for it, or choose another folder with `--out`",
        path=path,
    )


def occupied(path: str) -> DasError:
    """The folder given with `--out` holds something already."""
    return OCCUPIED.error(
        "this folder is not empty, and a run never overwrites another",
        help="choose another folder, or go on with the run in it: `dasdsl search --resume DIR`",
        path=path,
    )


def broken(path: str, what: str) -> DasError:
    """A file of a run can't be read."""
    return BROKEN.error(f"this file of the run is broken: {what}", help="restore it, or search again", path=path)


def misfit(path: str | None, what: str) -> DasError:
    """Weights that do not belong to the architecture."""
    return MISFIT.error(
        f"these weights do not fit the architecture: {what}",
        help="give the `weights.safetensors` that was written beside this `.das` file",
        path=path,
    )


def collapsed_everywhere() -> DasError:
    """Every rung of the ladder collapses."""
    return COLLAPSED_EVERYWHERE.error(
        "the network collapses at every threshold: some layer's gates are all zero",
        help="lower `gamma` (or `eta`), or train longer",
    )


def idle_limit(text: str) -> DasError:
    """A limit that the largest network keeps."""
    return bad_setting("limit", f"is {text}, but the largest network costs less: nothing has to go")


def no_data_here(path: str) -> DasError:
    """A limit needs the data of the run, which is not there."""
    return NOT_A_RUN.error(
        "this run was given its data by a program, and a limit is met by what the data say about the network",
        help="give a threshold instead (`--threshold T`), which needs no data, or search with `limit` in the program",
        path=path,
    )


def out_of_memory(asked: str | None) -> DasError:
    """There is not enough memory for a step, for the data, or for the network."""
    wanted = "" if asked is None else f": the last {asked} were not there"
    return OUT_OF_MEMORY.error(
        f"the memory is not enough{wanted}; what was saved before is kept",
        help="lower `batch`, or the size of the input in `input:` and the data, or open less (fewer `channels`, "
        "smaller filters); or go on with the run where there is more memory",
    )


def disk_full(path: str, reason: str) -> DasError:
    """A file cannot be written since there is no room."""
    return DISK_FULL.error(
        f"this file could not be written: {reason}; what was saved before is kept",
        help="make room, then go on with the run with `--resume DIR`",
        path=path or None,
    )


def not_allowed(path: str, reason: str) -> DasError:
    """A file or folder that the operating system does not let be read or written."""
    return NOT_ALLOWED.error(
        f"this cannot be read or written: {reason}",
        help="choose another folder with `--out`, or make this one writable",
        path=path or None,
    )


def given_by_program(path: str) -> DasError:
    """A run that a program gave its data."""
    return NOT_A_RUN.error(
        "this run was given its data by a program, so it cannot be gone on with from here",
        help="search again in the program; `dasdsl discover` needs no data",
        path=path,
    )


def of_another_command(path: str, command: str) -> DasError:
    """The folder of a search was given to `train --resume`, or the other way round."""
    return NOT_A_RUN.error(
        f"`dasdsl {command}` began what is in this folder",
        help=f"go on with it: `dasdsl {command} --resume {path}`",
        path=path,
    )


def still_there(error: DasError, folder: str) -> DasError:
    """The same, where a search was trained to its end and only this threshold does not do."""
    note = f"the trained composite is kept: `dasdsl discover {folder} --threshold T` reads it without training"
    return DasError(replace(found, notes=(*found.notes, note)) for found in error.diagnostics)


def bad_setting(name: str, why: str, remedy: str = "`dasdsl search --help` says what each setting takes") -> DasError:
    """A setting outside of its range."""
    return BAD_SETTING.error(f"`{name}` {why}", help=remedy)


def bad_sweep(what: str) -> DasError:
    """Nothing that could be swept over."""
    return BAD_SWEEP.error(what, help="`dasdsl sweep --help` says how settings are varied")


def not_a_sweep(path: str) -> DasError:
    """A folder was given as a sweep that is none."""
    return NOT_A_SWEEP.error(
        "this is no folder of a sweep: `sweep.json` is missing",
        help="give the folder that `dasdsl sweep` wrote, for example runs/digits-sweep-1",
        path=path,
    )


def no_workers(path: str, count: int) -> DasError:
    """Workers end before they have done anything."""
    return NO_WORKERS.error(
        f"{count} workers ended one after the other, and no point was done",
        help="what they said stands above; then go on with `dasdsl sweep --resume DIR`",
        path=path,
    )


def no_storage(url: str, why: str) -> DasError:
    """The database cannot be reached, or is none."""
    return NO_STORAGE.error(
        f"the storage of the sweep cannot be used: {why}",
        help="look at `--storage`; without it, a file in the folder of the sweep is used",
        path=url,
    )


def no_groups_space(path: str) -> DasError:
    """The preset of Table 1 lacks the space of its grouped rows."""
    return BAD_SWEEP.error(
        f"the grouped rows of Table 1 need a space with groups, and there is no `{path}`",
        help="put it there, or name another with `--groups FILE`",
    )


def no_data(name: str) -> DasError:
    """Nothing says what to train on."""
    return NO_DATA.error(
        f"nothing says which data to train `{name}` on",
        help="give `--data NAME|PATH` (`--data digits` ships with dasdsl), or write `data:` in the header",
    )
