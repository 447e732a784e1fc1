"""Problems of trackers (E517): nothing of a run depends on them."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, Kind

NO_TRACKER = Kind(
    "E517",
    "a tracker that cannot be used",
    "A service that is to show a run is not known, not installed, not set up, or does not answer. Where that happens "
    "while a run goes on, it is a warning: the run goes on without it, and `dasdsl track` tells it afterwards.",
)


def unknown(name: str, known: tuple[str, ...]) -> DasError:
    """A tracker that there is not."""
    return NO_TRACKER.error(f"there is no tracker `{name}`", help="there are " + ", ".join(known))


def not_installed(title: str, extra: str, packages: list[str]) -> DasError:
    """A tracker whose packages are not here."""
    return NO_TRACKER.error(
        f"{title} needs packages that are not installed: {', '.join(packages)}", help=f"pip install 'dasdsl[{extra}]'"
    )


def not_set_up(title: str, remedy: str) -> DasError:
    """A tracker that lacks something that only its user can give."""
    return NO_TRACKER.error(f"{title} is not set up", help=remedy)


def silent(title: str) -> DasError:
    """A tracker that does not come to an end."""
    return NO_TRACKER.error(f"{title} does not answer", help=f"see whether {title} can be reached, and its settings")


def failed(title: str, error: Exception) -> DasError:
    """A tracker that raised something of its own."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return NO_TRACKER.error(f"{title} failed: {lines[0]}", help=f"see whether {title} can be reached, and its settings")
