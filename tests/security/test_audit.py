"""What commands do besides reading the named file, as Python's audit hooks see it: nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = """
import json, os, sys, sysconfig
from pathlib import Path
import dasdsl

OWN = [Path(dasdsl.__file__).parent, Path(dasdsl.__file__).parent.parent / "grammars"]
BASES = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
PLACES = [Path(place).resolve() for place in (*OWN, *BASES)]
NAMED = {Path(argument).resolve() for argument in sys.argv[1:]}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DOING = ("socket.", "subprocess.", "os.", "pty.", "ctypes.", "shutil.", "urllib.", "webbrowser.", "ftplib.", "http.",
         "smtplib.", "sqlite3.", "mmap.", "pickle.", "marshal.dump", "signal.pthread_kill", "syslog.", "tempfile.")
LOOKING = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.putenv"}
seen = []

def hook(event, arguments):
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, int):
            return
        place = Path(os.fsdecode(path)).resolve()
        if (flags or 0) & WRITING:
            seen.append(f"writes {place}")
        elif place not in NAMED and not any(place.is_relative_to(own) for own in PLACES):
            seen.append(f"reads {place}")
    elif event == "import":
        if "evil" in arguments[0] or "antigravity" in arguments[0]:
            seen.append(f"imports {arguments[0]}")
    elif event.startswith(DOING) and event not in LOOKING:
        seen.append(f"{event} {arguments!r}")

sys.addaudithook(hook)
"""
COMMANDS = """
from dasdsl.cli import main
code = []
for command in ("check", "check --format sarif", "fmt --check", "fmt --diff", "compile", "compile --emit svg", "diff"):
    seen.append(command)
    code.append(main([*command.split(), *sys.argv[1:], *sys.argv[1:][: command == "diff"]]))
    seen.remove(command)
"""
FORMAT = "from dasdsl.cli import main\ncode = main(['fmt', *sys.argv[1:]])\n"
REPORT = 'sys.stdout.write("\\n" + json.dumps([code, seen]))\n'

TAGS = "---\ndas: 1\nspace: a\ninput: 4x8x8\ndata: {}\n---\nrelu\n"
HOSTILE = {
    "a path to read": "---\ndas: 1\nspace: a\ninput: 4x8x8\ndata: /etc/passwd\n---\nconv filters 3x3 channels 2\n",
    "a module to import": "---\ndas: 1\nspace: evil\ninput: 4x8x8\ndata: evil.npz\n---\nevil()\nimport evil\n",
    "objects of YAML": TAGS.format('!!python/object/apply:os.system ["touch evil"]'),
    "modules of YAML": TAGS.format("!!python/module:antigravity"),
    "names of YAML": TAGS.format("!!python/name:evil.thing"),
    "another space": "---\ndas: 1\narchitecture: a\ninput: 4x8x8\nfound: {from: ../evil.das}\n---\nrelu\n",
    "code for names": "---\ndas: 1\nspace: a\ninput: 4x8x8\ndefine: {p: __import__('evil')}\n---\nrelu\n",
    "an import": "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\npath from evil: relu\nfrom evil import *\n",
}


def watched(folder: Path, code: str, arguments: list[str]) -> tuple[object, list[str]]:
    """The exit code of a program in a folder, and what it did that it should not."""
    (folder / "evil.py").write_text('raise SystemExit("imported")\n')
    program = [sys.executable, "-B", "-P", "-c", WATCHED + code + REPORT, *arguments]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return found[0], found[1]


@pytest.mark.parametrize("name", HOSTILE)
def test_commands_touch_the_named_file_only(tmp_path: Path, name: str) -> None:
    file = tmp_path / "hostile.das"
    file.write_text(HOSTILE[name])
    before = sorted(path.name for path in (*tmp_path.iterdir(), tmp_path / "evil.py"))
    _, seen = watched(tmp_path, COMMANDS, ["hostile.das"])
    assert seen == []
    assert file.read_text() == HOSTILE[name]
    assert {path.name for path in tmp_path.iterdir()} <= set(before)


def test_a_file_with_errors_is_not_formatted(tmp_path: Path) -> None:
    (tmp_path / "hostile.das").write_text(HOSTILE["a module to import"])
    code, seen = watched(tmp_path, FORMAT, ["hostile.das"])
    assert (code, seen) == (1, [])


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("open('other.das', 'rb') if os.path.exists('other.das') else open('/etc/hosts')", "reads"),
        ("open('made', 'w')", "writes"),
        ("os.system('true')", "os.system"),
        ("import socket; socket.socket().close()", "socket."),
        ("os.mkdir('made')", "os.mkdir"),
        ("try:\n    import antigravity_none\nexcept ImportError:\n    pass", "imports"),
    ],
)
def test_the_hook_sees_what_it_should(tmp_path: Path, code: str, word: str) -> None:
    _, seen = watched(tmp_path, code + "\ncode = 0\n", [])
    assert any(entry.startswith(word) for entry in seen)
