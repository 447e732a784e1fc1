"""Benchmarks are run by hand, some with peers that are not here: what they use of the package has to be there."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path: Path) -> None:
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] in ("dasdsl", "tests"):
            module = importlib.import_module(str(statement.module))
            for name in statement.names:
                if not hasattr(module, name.name):
                    importlib.import_module(f"{statement.module}.{name.name}")
