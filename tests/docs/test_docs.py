"""Every example in the docs is run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page in one go, as a reader would try them."""
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"OUT": tmp_path / "one", "OUT2": tmp_path / "two"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)  # noqa: S102 - our own text


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "das")], ids=lambda page: page.name)
def test_spaces_are_valid(page: Path, tmp_path: Path) -> None:
    from dasdsl.ir.elaborate import elaborate
    from dasdsl.language import load
    from dasdsl.language.formatting import format as formatted

    for number, block in enumerate(blocks(page, "das")):
        path = tmp_path / f"example{number}.das"
        path.write_text(block, encoding="utf-8")
        assert not elaborate(load(path)).warnings
        assert formatted(block, str(path)) == block


def sessions() -> list[tuple[str, str]]:
    """Commands that are shown with their output, one after `$` and the other below it, except searches (they train)
    and what installs (the environment of the tests is not to be touched)."""
    found = []
    for page in PAGES:
        for block in blocks(page, "console"):
            parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
            for part in parts:
                command, _, output = part.partition("\n")
                if not re.search(r"\b(search|make|pip|venv|git|cd|train)\b", command):
                    found.append((command, output))
    return found


@pytest.mark.parametrize(("command", "output"), sessions())
def test_sessions_are_real(command: str, output: str) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }
    done = subprocess.run(  # noqa: S602 - a shell, as the reader has; the text is ours
        command, shell=True, cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )
    shown = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    assert shown.strip() == output.strip()


def test_the_operation_of_the_contributing_guide_works(tmp_path: Path) -> None:
    code = blocks(ROOT / "CONTRIBUTING.md", "python")[0]
    (tmp_path / "upscale.py").write_text(code, encoding="utf-8")
    space = "---\\ndas: 1\\nspace: s\\ninput: 4x8x8\\n---\\nupscale 2\\nconv filters 1x1 channels 2\\n"
    program = (
        f"import dasdsl, dasdsl.operations as room; room.__path__.append({str(tmp_path)!r})\n"
        f"graph = dasdsl.build(dasdsl.loads('{space}'))\n"
        "import torch; print(graph.nodes['upscale1']['shape'], dasdsl.lower(graph)(torch.zeros(1, 4, 8, 8)).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "(4, 16, 16) torch.Size([1, 2, 16, 16])"
