"""Settings of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Set before torch is loaded, and without loading it: a test of the language alone must not pay for torch. The networks
# of tests are tiny: a second thread waits more than it works, and on a busy machine makes them ten times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what goldens give now; then read the diff")


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed must not depend on the terminal that runs the tests."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `run` of a finished search, beside `tiny.das` and `tiny.npz`. It is not to be changed."""
    from dasdsl.cli import main
    from tests.search.runs import QUICK, tiny

    folder = tmp_path_factory.mktemp("finished")
    space, data = tiny(folder)
    assert main(["search", str(space), "--data", str(data), "--out", str(folder / "run"), *QUICK]) == 0
    return folder / "run"
