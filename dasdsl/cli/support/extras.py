"""Packages that only some commands need: extras of the installation."""

from __future__ import annotations

from importlib.util import find_spec

from dasdsl.diagnostics import Kind

MISSING = Kind(
    "E096", "an extra is not installed", "Some commands need packages that are not installed with dasdsl itself."
)


def need(extra: str, command: str, *modules: str) -> None:
    """Refuse to go on without the packages of an extra.

    Raises: DasError E096.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        message = f"`{command}` needs packages that are not installed: {', '.join(missing)}"
        raise MISSING.error(message, help=f"pip install 'dasdsl[{extra}]'")
