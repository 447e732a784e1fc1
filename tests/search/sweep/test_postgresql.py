"""A queue in a real PostgreSQL, started for the test where its programs are there."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.search.runs import tiny
from tests.search.sweep.forking import forking
from tests.search.sweep.sweeps import SHORT, begun, sound, sweep


def programs() -> Path | None:
    """Where the programs of a server are: distributions keep them off the search path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").is_file() and (place / "pg_ctl").is_file()), None)


def owner() -> str | None:
    """Who runs the server: it refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    pytest.importorskip("psycopg", reason="psycopg is not installed: the extra `postgresql`")
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL is installed: initdb and pg_ctl are missing")
    user = owner()
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        if user is not None:
            shutil.chown(folder, user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = Path(folder) / "data"

        def call(*arguments: object) -> None:
            subprocess.run(
                [str(argument) for argument in arguments],
                user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120,
            )  # fmt: skip

        call(place / "initdb", "-D", data, "-U", "sweeper", "-A", "trust", "--no-sync")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        call(place / "pg_ctl", "-D", data, "-w", "-l", Path(folder) / "log", "-o", options, "start")
        try:
            yield f"postgresql://sweeper:secret@127.0.0.1:{port}/postgres"
        finally:
            call(place / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def test_workers_take_points_from_a_server(url: str, tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    folder = tmp_path / "sweep"
    made = sweep(
        space, "--data", data, "--grid", "seed=0..2", *SHORT, "--workers", "0", "--out", folder, "--storage", url
    )
    assert made.returncode == 0, made.stderr
    # a password is nothing for a file that others read
    assert "secret" not in (folder / "sweep.json").read_text(encoding="utf-8")
    workers = [begun("--worker", folder, *more, before=forking) for more in (("--storage", url), ())]
    for worker in workers:
        printed, errors = worker.communicate(timeout=180)
        assert (worker.returncode, printed) == (0, ""), errors
    assert not (folder / "index.sqlite3").exists()
    done = sweep("--resume", folder)
    assert done.returncode == 0, done.stderr
    sound(folder, 3)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed: the extra `postgresql`")
    space, data = tiny(tmp_path)
    nowhere = "postgresql://me:secret@127.0.0.1:1/sweeps"
    done = sweep(space, "--data", data, "--grid", "seed=0", *SHORT, "--out", tmp_path / "sweep", "--storage", nowhere)
    assert done.returncode == 1
    assert "error[E516]: the storage of the sweep cannot be used: " in done.stderr
    assert "secret" not in done.stderr
