"""A finished search that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasdsl.cli import main
from tests.search.runs import QUICK, tiny


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `run` of a finished search, beside `tiny.das` and `tiny.npz`. It is not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    space, data = tiny(folder)
    assert main(["search", str(space), "--data", str(data), "--out", str(folder / "run"), *QUICK]) == 0
    return folder / "run"
