"""Writes `das.json`, the tables of the parser of `das.lark`.

python grammars/generate.py            write them
python grammars/generate.py --check    write nothing; exit with 1 where they are out of date
"""  # noqa: INP001 - a script beside the files, not a package

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dasdsl.language.generating import generated
from dasdsl.language.grammar import grammar_text
from dasdsl.language.tables import written

FILE = Path(__file__).with_name("das.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, or say whether they are out of date."""
    parser = argparse.ArgumentParser(description="Write the tables of the parser.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where they are out of date")
    options = parser.parse_args(arguments)
    grammar = grammar_text()
    text = written(generated(grammar), grammar)
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print("das.json is out of date", file=sys.stderr)  # noqa: T201 - a script
        return 1
    FILE.write_text(text, encoding="utf-8")
    print("wrote das.json")  # noqa: T201 - a script
    return 0


if __name__ == "__main__":
    sys.exit(main())
