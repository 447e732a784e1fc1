"""The pages say what the code says: generated parts, settings, keys, commands, links."""

import argparse
import importlib.util
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from dasdsl.cli.support.dispatching import Command, commands, loaded
from dasdsl.data.options import DataOptions
from dasdsl.language import loads
from dasdsl.language.header.model import READERS
from dasdsl.language.header.parts import Found, Search
from dasdsl.search import api
from dasdsl.search.events import silent
from dasdsl.search.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LATER = {"../benchmarks/RESULTS.md"}
"""What is measured after the pages are written."""
SPACE = "---\ndas: 1\nspace: tiny\ninput: 1x8x8\n---\nconv filters 3x3 channels<=2\nflatten\nlinear channels 10\n"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_parts_are_up_to_date(page: Path, generate: ModuleType) -> None:
    text = page.read_text(encoding="utf-8")
    assert generate.regenerated(text) == text, "run: python docs/generate.py"


def test_every_generated_part_is_shown(generate: ModuleType) -> None:
    shown = {name for page in PAGES for name in generate.used(page.read_text(encoding="utf-8"))}
    assert shown == set(generate.PARTS)


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("language", READERS),
        ("language", Search.keys()),
        ("language", Found.keys()),
        ("data", [field.alias or name for name, field in DataOptions.model_fields.items()]),
    ],
    ids=["header", "search", "found", "data"],
)
def test_every_key_of_a_header_is_described(page: str, keys: Iterable[str]) -> None:
    assert {key for key in keys if f"`{key}`" not in text_of(page)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_shown_can_be_typed(page: Path) -> None:
    lines = [line for kind, block in FENCED.findall(page.read_text(encoding="utf-8")) for line in block.split("\n")
             if kind in ("sh", "console")]  # fmt: skip
    for line in lines:
        words = shlex.split(line.removeprefix("$ "))
        if words[:1] != ["dasdsl"]:
            continue
        parser = argparse.ArgumentParser(exit_on_error=False)
        cast("Command", loaded(words[1])).add_arguments(parser)
        parser.parse_args(words[2:])


def test_every_command_is_described() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in commands() if f"dasdsl {name}" not in text] == []


def test_every_file_and_fact_of_a_run_is_described(tmp_path: Path) -> None:
    space = loads(SPACE)
    settings = Settings.of({}, {"epochs": 1, "finetune": 0, "batch": 256})
    folder = tmp_path / "run"
    report = api.begin(space, "digits", folder, settings, DataOptions(), silent).report
    text = text_of("search")
    assert [name.name for name in folder.iterdir() if f"`{name.name}" not in text] == []
    assert [key for key in report if f"`{key}`" not in text] == []
    nested = [
        part if isinstance(part, dict) else part[0]
        for part in report.values()
        if part and isinstance(part, dict | list)
    ]
    named = {key for part in nested if isinstance(part, dict) for key in part}
    named -= set(report["decisions"]) | set(report["settings"])
    assert [key for key in sorted(named) if f"`{key}`" not in text] == []


def anchors(text: str) -> set[str]:
    """What links may point at, as GitHub names headings."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if target in LATER and not file.exists():
            continue
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_have_as_many_cells_in_every_row(page: Path) -> None:
    before = 0
    for line in prose(page.read_text(encoding="utf-8")).split("\n"):
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (before and cells) or cells == before, line
        before = cells
