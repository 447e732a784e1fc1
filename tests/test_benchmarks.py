"""Benchmarks are run by hand, some with peers that are not here: what they use of the package has to be there."""

from __future__ import annotations

import ast
import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path: Path) -> None:
    imports = [one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.ImportFrom)]
    ours = [(str(one.module), name.name) for one in imports for name in one.names if of_ours(one.module)]
    assert [f"{module}.{name}" for module, name in ours if not is_there(module, name)] == []


def of_ours(module: str | None) -> bool:
    return module is not None and module.split(".")[0] in ("dasdsl", "tests")


def is_there(module: str, name: str) -> bool:
    """As something in a module, or as a module in a package."""
    return hasattr(importlib.import_module(module), name) or find_spec(f"{module}.{name}") is not None
