"""What `import dasdsl` loads: a check of a file must not pay seconds for torch."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "networkx", "lark", "numpy")


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter holds after running `code`."""
    report = f"{code}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_dasdsl_loads_nothing_heavy():
    assert loaded_by("import dasdsl") == set()


@pytest.mark.parametrize("name", ["networkx", "lark"])
def test_the_test_above_can_fail(name):
    assert name in loaded_by(f"import dasdsl, {name}")


PROBLEMS = (
    "dasdsl.language.errors.values",
    "dasdsl.operations.core.faults",
    "dasdsl.ir.problems",
    "dasdsl.ir.excesses",
)


@pytest.mark.parametrize(("filters", "loaded"), [("3x3", []), ("3", ["dasdsl.operations.core.faults"])])
def test_problems_are_loaded_where_there_are_some(filters, loaded):
    text = f"---\ndas: 1\nspace: a\ninput: 4x8x8\n---\nconv filters {filters} channels 2\n"
    code = f"from dasdsl.ir.examining import examined\nassert len(examined({text!r}, 'a')) == {len(loaded)}"
    report = f"{code}\nimport sys\nprint(*(name for name in {PROBLEMS!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True)
    assert done.stdout.split() == loaded


def test_pydantic_is_loaded_where_a_header_has_a_part_that_it_types():
    check = "import sys, glob\nfrom dasdsl.cli import main\nassert not main(['check', *glob.glob('spaces/*.das')])"
    typed = "loads('---\\ndas: 1\\nspace: a\\ninput: 4\\nsearch: {seed: 1}\\n---\\nrelu\\n')"
    shown = "print('pydantic' in sys.modules)"
    report = f"{check}\n{shown}\nfrom dasdsl.language import loads\n{typed}\n{shown}"
    done = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]
