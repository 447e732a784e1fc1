"""Writes what editors read and the code knows: the TextMate grammar, and the JSON Schema of a header.

python editors/generate.py            write them
python editors/generate.py --check    write nothing; exit with 1 where one is out of date
"""  # noqa: INP001 - a script beside the files, not a package

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dasdsl.highlight import field_names, first_words, label_names, second_words, value_words
from dasdsl.language.header.schema import header_schema

EDITORS = Path(__file__).parent
NAME = "[A-Za-z_][A-Za-z0-9_]*"
START = "(?<![A-Za-z0-9_])"
END = "(?![A-Za-z0-9_])"
BEGINNING = "(?:^|(?<=[:=]))[ \\t]*"
"""Where a statement begins: at its margin, behind a label, or behind the `:` of a block."""

Rule = dict[str, Any]


def scope(name: str) -> str:
    """A scope of this language."""
    return f"{name}.dasdsl"


def match(pattern: str, *scopes: str) -> Rule:
    """A rule for a text: one scope for all of it, or one for each group."""
    if len(scopes) == 1:
        return {"match": pattern, "name": scope(scopes[0])}
    return {"match": pattern, "captures": captures(scopes)}


def captures(scopes: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """The scopes of groups, in their order."""
    return {str(number): {"name": scope(name)} for number, name in enumerate(scopes, 1)}


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of these words, whole."""
    return f"{START}({'|'.join(words)}){END}"


def header() -> Rule:
    """What stands between two lines `---`: YAML, whatever it leaves open."""
    fence = "---[ \\t]*$"
    mark = {"0": {"name": scope("punctuation.definition.header")}}
    yaml = {
        "begin": f"\\G{fence}",
        "beginCaptures": mark,
        "while": f"^(?!{fence})",
        "contentName": "meta.embedded.block.yaml",
        "patterns": [{"include": "source.yaml"}],
    }
    # behind the last line of the header its own begin no longer stands at \G
    return {
        "begin": f"^(?={fence})",
        "end": f"^{fence}",
        "endCaptures": mark,
        "applyEndPatternLast": True,
        "patterns": [yaml],
    }


def body() -> list[Rule]:
    """The parts of a statement, the more particular ones first."""
    seconds = f"(?:[ \\t]+({'|'.join(second_words())}){END})?"
    return [
        match("#.*$", "comment.line.number-sign"),
        match(f"{BEGINNING}({NAME})[ \\t]*(=)", "entity.name.label", "keyword.operator.assignment"),
        match(f"{BEGINNING}{one_of(first_words())}{seconds}", "keyword.control", "keyword.control"),
        match(f"{one_of(label_names())}[ \\t]+({NAME})", "support.type.property-name", "entity.name.label"),
        match(f"{NAME}(?=\\()", "entity.name.function"),
        match(one_of(field_names()), "support.type.property-name"),
        match(one_of(value_words()), "constant.language"),
        match("(?<=[0-9>)])x", "keyword.operator.word"),
        match(one_of(("x", "by", "none")), "keyword.operator.word"),
        match("[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-wyz_])", "constant.numeric"),
        match("<=|->|\\.\\.|[<>|+*/=-]", "keyword.operator"),
        match("[()\\[\\]]", "punctuation.section"),
        match("[:,;]", "punctuation.separator"),
        match(NAME, "variable.other"),
    ]


def grammar() -> str:
    """The grammar of TextMate, which most editors read."""
    rules = {
        "name": "dasdsl",
        "scopeName": "source.dasdsl",
        "fileTypes": ["das"],
        "patterns": [{"include": "#header"}, {"include": "#body"}],
        "repository": {"header": header(), "body": {"patterns": body()}},
    }
    return json.dumps(rules, indent=2) + "\n"


def schema() -> str:
    """What `dasdsl schema` prints."""
    return json.dumps(header_schema(), indent=2) + "\n"


FILES: dict[str, Callable[[], str]] = {
    "vscode/syntaxes/dasdsl.tmLanguage.json": grammar,
    "header.schema.json": schema,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all files, or say which are out of date."""
    parser = argparse.ArgumentParser(description="Write the files of editors that are made from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is out of date")
    options = parser.parse_args(arguments)
    stale = 0
    for name, made in FILES.items():
        path = EDITORS / name
        if path.exists() and path.read_text(encoding="utf-8") == made():
            continue
        stale += 1
        if options.check:
            print(f"{name} is out of date", file=sys.stderr)  # noqa: T201 - a script
        else:
            path.write_text(made(), encoding="utf-8")
            print(f"wrote {name}")  # noqa: T201 - a script
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
