"""What hostile files cost: little time and memory, whatever command reads them. CPU time, since machines are shared."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "---\ndas: 1\nspace: a\ninput: {}\n---\n"
SMALL, WIDE = HEAD.format("4x8x8"), HEAD.format("65536x8x8")
SECONDS = 15
"""CPU seconds of four commands: a busy machine counts some of its neighbours' work as ours."""
MEMORY = 1 << 30
"""Bytes of address space, of which the interpreter and its libraries reserve a part that they never touch."""


def doubled(body: str) -> str:
    """Blocks that each use the one before twice."""
    uses = "".join(f"block b{n + 1}():\n    b{n}()\n    b{n}()\n" for n in range(60))
    return f"{SMALL}block b0(): {body}\n{uses}b60()\n"


def nested(line: str, depth: int) -> str:
    """A line within itself."""
    return "".join(f"{'    ' * level}{line}\n" for level in range(depth)) + f"{'    ' * depth}relu\n"


HOSTILE = {
    "patterns": WIDE + "conv filters 1x1 channels<=65536 groups<=65536\nconv filters 1x1 channels 4\n",
    "pattern after pattern": HEAD.format("4096x8x8") + "conv filters 1x1 channels<=4096 groups<=4\n" * 1_000,
    "wide layers": SMALL + "conv filters 1x1 channels<=65536\n" * 5_000,
    "wide groups": WIDE + "conv filters 1x1 channels 65536 groups <1|2|65536>\n" * 1_000,
    "wide sums": SMALL + "add:\n" + "    path: conv filters 1x1 channels<=4096\n" * 5_000,
    "joins of joins": SMALL + "concat:\n    path: identity\n    path: identity\n" * 64,
    "upsampling": SMALL + "upsample 65536\n" * 1_000,
    "padding": SMALL + "conv filters 1x1 channels 4 pad 65536\n" * 1_000,
    "params": HEAD.format("65536x65536x8") + "conv filters 65536x8 channels 65536\n",
    "flattening": HEAD.format("65536x65536x200") + "flatten\nlinear channels 4\n",
    "repeats": SMALL + nested("repeat 2:", 60),
    "one repeat": SMALL + "repeat 65536: relu\n",
    "depths": SMALL + "repeat <1..4096>:\n    repeat <1..15>: relu\n",
    "wide depths": WIDE + "repeat <1..4096>: relu\n",
    "blocks": doubled("relu"),
    "options in blocks": SMALL + "block b():\n    conv filters <1..4096>x<1..4096> channels 4\nrepeat 20000: b()\n",
    "positions in blocks": WIDE + "block b(): conv filters 1x1 channels 4 reads [0-65535]\nrepeat 20000: b()\n",
    "shared options": SMALL
    + "shared block b0(k): conv filters k x k channels 4\n"
    + "".join(f"shared block b{n + 1}(k):\n    b{n}(k)\n    b{n}(k)\n" for n in range(14))
    + "b14(<1..4096>)\n",
    "arithmetic": HEAD.format("4x8x8\ndefine: {w: <1..256>}") + f"conv filters 3x3 channels w{'+w' * 60}\n" * 1_000,
    "options that fail last": HEAD.format("4x8x8\ndefine: {w: <1..256>}")
    + f"conv filters 3x3 channels 0*(w{'+w' * 60})/(w-256)\n" * 1_000,
    "full names": SMALL + nested(f"{'l' * 60} = residual:", 1) + nested("residual:", 63),
    "unknown labels": SMALL
    + "".join(f"label{n} = relu\n" for n in range(1_000))
    + "add:\n"
    + "".join(f"    path from labxel{n}: relu\n" for n in range(1_000)),
    "statements": SMALL + "relu\n" * 20_000,
    "shuffles": WIDE + "shuffle 2\n" * 2,
    "more shuffles": WIDE + "shuffle 2\n" * 16,
    "wide layers without weights": WIDE + "relu\n" * 30,
    "constants in a row": SMALL + "conv filters 1x1 channels 4 groups [none -> 0-3]\n" * 1_000,
    "filters that are groups": HEAD.format("8x8x8\ndefine: {" + ", ".join(f"k{n}: <1|2|4>" for n in range(500)) + "}")
    + "".join(f"conv filters k{n} x k{n} channels 8 groups k{n} pad 2\n" for n in range(500)),
    "errors": SMALL + "rleu\n" * 20_000,
    "errors of shapes": SMALL + "linear channels 4\n" * 1_000,
    "parentheses": SMALL + "linear channels " + "(" * 1_000_000,
    "one long line": SMALL + "#" * 1_000_000,
    "a number": SMALL + "linear channels " + "9" * 60_000,
    "NUL": SMALL + "\0" * 500_000,
    "directions": SMALL + "# \u202e\n" * 100_000,
    "byte order marks": "\ufeff" * 300_000 + SMALL + "relu\n",
    "carriage returns": SMALL + "relu\r" * 100_000,
    "aliases": HEAD.format("4x8x8\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]") + "relu\n",
    "a tag": HEAD.format("4x8x8\ndata: !!python/object/apply:os.system [true]") + "relu\n",
    "a long header": HEAD.format("4x8x8\n" + "x" * 900_000) + "relu\n",
}


def bounded() -> None:
    """Let the process end by itself where it takes too much."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="limits of processes are those of Linux")
@pytest.mark.parametrize("name", HOSTILE)
def test_commands_answer_at_little_cost(tmp_path: Path, name: str) -> None:
    file = tmp_path / "hostile.das"
    file.write_bytes(HOSTILE[name].encode())
    program = (
        "import sys; from dasdsl.cli import main\n"
        "for command in ('check', 'fmt --check', 'compile --json', 'diff'):\n"
        "    main([*command.split(), *sys.argv[1:], *sys.argv[1:][: command == 'diff']])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, preexec_fn=bounded, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert b"Traceback" not in done.stderr
    assert len(done.stdout) < 20_000_000
