"""What fuzzing found once is run for ever, and every target ends well on what fuzzing starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.run import REGRESSIONS
from fuzz.seeds import dictionary, seeds
from fuzz.targets import TARGETS

FILES = [file for file in sorted(REGRESSIONS.glob("*/*")) if file.parent.name in TARGETS]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_was_found_is_mended(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_ends_well_on_its_seeds(target: str) -> None:
    for data in list(seeds(target))[:8]:
        TARGETS[target](data)


def test_the_dictionary_knows_the_words_of_the_language() -> None:
    words = dictionary().splitlines()
    assert '"' + "".join(f"\\x{byte:02x}" for byte in b"conv") + '"' in words
    assert len(words) > 60
