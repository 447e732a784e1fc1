"""Writes the parts of the docs that are made from the code, between `<!-- generated: NAME -->` and `<!-- end -->`.

python docs/generate.py            write them
python docs/generate.py --check    write nothing; exit with 1 where one is out of date
"""  # noqa: INP001 - a script beside the pages, not a package

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pydantic_core import PydanticUndefined

from dasdsl.cli.support.inputs import add_data_arguments
from dasdsl.cli.support.pages import Page, pages, shortened
from dasdsl.cli.support.training import add_settings
from dasdsl.data.options import DataOptions
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.facts import Extreme
from dasdsl.ir.program import Program, magnitude
from dasdsl.language import limits, load, loads
from dasdsl.language.closed import forms
from dasdsl.language.header.parts import Search
from dasdsl.language.resolve import resolve
from dasdsl.language.words import statements, words_of
from dasdsl.language.writing import spelling, written
from dasdsl.language.written import spell
from dasdsl.lowering.composite import WEIGHT_DECAY
from dasdsl.operations.core.axes import Axis, Site
from dasdsl.operations.core.fields import REQUIRED, Field
from dasdsl.operations.core.operation import Operation, registry
from dasdsl.operations.core.problems import HEAD
from dasdsl.search.settings import Settings

DOCS = Path(__file__).parent
PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar in a cell is escaped, as GitHub wants it even in code."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"


def sentence(text: str) -> str:
    """Text with a capital letter where it starts with a word, and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


# ---- language --------------------------------------------------------------------------------------------------------


def example_of(cls: type[Operation]) -> Operation:
    """The operation of its example."""
    statement = loads(f"{HEAD}4x8x8\n---\n{cls.example}\n").body[0]
    fields = {field.name: field for field in cls.fields}
    return cls(**{name: resolve(value, fields[name], {}) for name, value in statement.fields})


def channels_of(op: Operation) -> str:
    """What an operation does with the channels that it reads."""
    if op.produces is not None:
        return "produces its own"
    if op.pins:
        return "reads all together, so all stay"
    spread = max(op.axis(Site("here", ((4, 8, 8),), (Axis.of("input", 4),))).spreads) > 1
    if op.numbered:
        return "passes those on"
    return "spreads each over its positions" if spread else "passes them on"


def shown(cls: type[Operation]) -> str:
    """Its example, or the head of its block where that takes several lines."""
    first, _, rest = cls.example.partition("\n")
    return f"{first} …" if rest else first


def operations() -> str:
    """Every operation with an example, what it does, and what becomes of channels."""
    rows = [[code(shown(cls)), cls.about, channels_of(example_of(cls))] for cls in registry().values()]
    return table(("statement", "what it does", "channels"), rows)


def default_of(field: Field) -> str:
    """The default of a field as it would be written."""
    if field.default is REQUIRED:
        return "must be written"
    return "" if field.default is None else code(spell(written(field.default, field)))


PLACES = ("first", "second", "third")
"""Where a field without a word of its own stands behind the statement's words."""


def fields() -> str:
    """The fields of every statement that has some; those of equal tables together."""
    owners: dict[tuple[Field, ...], list[str]] = {}
    for words, table_of in statements().items():
        if table_of:
            owners.setdefault(table_of, []).append(words)
    rows: list[list[str]] = []
    for table_of, words in owners.items():
        for index, field in enumerate(table_of):
            owner = ", ".join(code(name) for name in words) if index == 0 else ""
            name = code(field.name) if field.keyword else PLACES[index]
            rows.append([owner, name, forms(field), default_of(field), field.about])
    return table(("statement", "field", "value", "default", "what it says"), rows)


def reserved() -> str:
    """The words that cannot be labels."""
    taken = {word for words in statements() for word in words.split()}
    values = {word for table_of in statements().values() for field in table_of for word in words_of(field)}
    names = {field.name for table_of in statements().values() for field in table_of if field.keyword}
    lines = [
        f"- words of statements: {', '.join(code(word) for word in sorted(taken))}",
        f"- words of fields and values: {', '.join(code(word) for word in sorted(names | values - taken))}",
        "- `x` and `from`",
    ]
    return "\n".join(lines) + "\n"


def limits_table() -> str:
    """Every limit of a file with its docstring."""
    tree = ast.parse(Path(limits.__file__).read_text(encoding="utf-8"))
    rows: list[list[str]] = []
    for statement, after in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            assert isinstance(after, ast.Expr)
            assert isinstance(after.value, ast.Constant)
            rows.append([str(after.value.value).rstrip("."), f"{getattr(limits, statement.target.id):,}"])
    return table(("what", "at most"), rows)


# ---- settings --------------------------------------------------------------------------------------------------------

RANGES = {
    "recipe": "`default` or `paper`",
    "gamma": "0 or more",
    "eta": "0 or more",
    "threshold": "0 or more",
    "limit": "`params=20%`, `macs=40M`, or both",
    "shaving": "0 or more",
    "cost": "`layers`, `params`, `macs` or `both`",
    "shrink": "`on` or `off`",
    "device": "`cpu`, `cuda`, `cuda:1`",
    "precision": "`float32` or `bfloat16`",
    "tolerance": "0 or more",
    "elimination": "0 or more",
    "epochs": "1 or more",
    "finetune": "0 or more",
    "batch": "1 or more",
    "learning_rate": "above 0",
    "gate_learning_rate": "above 0",
    "weight_decay": "0 or more",
    "validation": "between 0 and 1",
    "seed": "0 or more",
}


def number(value: object) -> str:
    """A default as code."""
    return code(spelling(value) if isinstance(value, float) else str(value))


def setting_default(name: str, said: str) -> str:
    """The value under both recipes, or what the flag's help says where it depends on the data."""
    completed = {recipe: Settings.of({}, {"recipe": recipe}).completed(1000) for recipe in ("default", "paper")}
    if name in ("epochs", "finetune", "threshold", "limit", "cost", "learning_rate", "gate_learning_rate"):
        return said
    values = [
        WEIGHT_DECAY[recipe] if name == "weight_decay" else getattr(completed[recipe], name)
        for recipe in ("default", "paper")
    ]
    if name == "recipe" or values[0] == values[1]:
        return number(values[0])
    return f"{number(values[0])}; {number(values[1])} for `paper`"


def flags(add: Callable[[argparse.ArgumentParser], None]) -> dict[str, str]:
    """The flags that a command adds, with their help."""
    parser = argparse.ArgumentParser(add_help=False)
    add(parser)
    return {action.option_strings[0]: (action.help or "").replace("%%", "%") for action in parser._actions}


def settings() -> str:
    """Every setting: its flag, whether the header has it, its values, its default."""
    helps = flags(lambda parser: add_settings(parser, search=True))
    training = flags(lambda parser: add_settings(parser, search=False))
    rows: list[list[str]] = []
    for name in Settings.__dataclass_fields__:
        flag = f"--{name.replace('_', '-')}"
        found = re.fullmatch(r"(.*?)(?: \((.*)\))?", helps[flag])
        assert found is not None
        header = code(name) if name in Search.model_fields else "no"
        default = setting_default(name, found[2] or "")
        rows.append([code(flag), header, found[1], RANGES[name], default, "yes" if flag in training else "no"])
    head = ("flag", "in `search:`", "what it is", "values", "default", "of `train` too")
    return table(head, rows)


def data_options() -> str:
    """Every option of data: its key, its flag, its default."""
    helps = flags(add_data_arguments)
    rows: list[list[str]] = []
    for name, field in DataOptions.model_fields.items():
        key = field.alias or name
        flag = "--data" if key == "from" else f"--{key}"
        empty = field.default in (None, (), PydanticUndefined)
        default = "" if empty else number(field.default)
        rows.append([code(key), code(flag) if flag in helps else "no", default, sentence(field.description or "")])
    return table(("key", "flag", "default", "what it is"), rows)


# ---- errors ----------------------------------------------------------------------------------------------------------

CHAPTERS = (
    ("The text and its lines", "E00 E01"),
    ("Syntax of a line", "E02"),
    ("The header", "E03 E04 W04"),
    ("Statements and their fields", "E05 E06 W06"),
    ("Values", "E07 E08"),
    ("Commands and what they are given", "E09"),
    ("Operations and shapes", "E1 W1"),
    ("The whole network", "E2 E3 W3"),
    ("From the trained network to text", "E4"),
    ("Runs", "E5"),
    ("Exports", "E6"),
    ("Imports", "E7"),
    ("Data", "D2"),
)


def chapter_of(one: str) -> str:
    """The chapter in which a code stands."""
    for title, starts in CHAPTERS:
        if one.startswith(tuple(starts.split())):
            return title
    raise ValueError(f"{one} belongs to no chapter: add it to CHAPTERS")


def entry(page: Page) -> str:
    """One code: its explanation, an example, and exactly what is reported for it."""
    parts = [f"### {page.code}\n", f"{page.explanation}\n"]
    if page.example:
        parts += [fenced(shortened(page.example)), fenced(page.output())]
    return "\n".join(parts)


def fenced(text: str) -> str:
    """A block of text as it is."""
    return f"```text\n{text.rstrip(chr(10))}\n```\n"


def codes() -> str:
    """Every code, by chapters."""
    found: dict[str, list[str]] = {title: [] for title, _ in CHAPTERS}
    for page in pages().values():
        found[chapter_of(page.code)].append(entry(page))
    return "\n".join(f"## {title}\n\n{chr(10).join(entries)}" for title, entries in found.items() if entries)


# ---- gallery ---------------------------------------------------------------------------------------------------------

SPACES = DOCS.parent / "spaces"
KEYS = ("Published", "Differs", "Open", "Note")
"""What the comments above the first statement of a space say, each in a paragraph of its own, below the source."""


def gallery_files() -> list[Path]:
    """The spaces that say what is published about them; closed ones last."""
    found = [path for path in sorted(SPACES.rglob("*.das")) if "Published" in said(path)]
    return sorted(found, key=lambda path: (path.parent != SPACES, path.stem))


def said(path: Path) -> dict[str, str]:
    """The paragraphs of the comments above the first statement; the one without a key is the `Source`."""
    parts = {"Source": ""}
    key = "Source"
    for line in load(path).body[0].comments.above:
        text = line.removeprefix("#").strip()
        head, _, rest = text.partition(": ")
        if head in KEYS:
            key, text = head, rest
        parts[key] = f"{parts.get(key, '')} {text}".strip()
    return parts


def architectures(program: Program) -> str:
    """How many there are: exact where that is readable, else as a power of ten."""
    return f"{program.size:,}" if program.size < 10**6 else f"10^{magnitude(program.size):.1f}"


def span_of(least: int, most: int) -> str:
    """The smallest and the largest of a figure."""
    return f"{most:,}" if least == most else f"{least:,} to {most:,}"


def gallery() -> str:
    """Every space of the gallery: its source, what is open, its size, its extremes, and what is published."""
    rows: list[list[str]] = []
    notes: list[str] = []
    for path in gallery_files():
        parts, program = said(path), elaborate(load(path))
        least, most = Extreme.of(program, smallest), Extreme.of(program, largest)
        name = path.relative_to(SPACES).with_suffix("").as_posix()
        params, macs = zip(least.total, most.total, strict=True)
        published = parts["Published"].rstrip(".") + (" *" if "Differs" in parts else "")
        link = f"[{name}](../spaces/{name}.das)"
        opened = parts.get("Open", "nothing").rstrip(".")
        source = parts["Source"].rstrip(".")
        rows.append([link, source, published, span_of(*params), span_of(*macs), opened, architectures(program)])
        remarks = [sentence(parts[key]) for key in ("Differs", "Note") if key in parts]
        notes += [f"- {name}: {' '.join(remarks)}"] if remarks else []
    head = ("space", "source", "published", "params", "MACs", "what is open", "architectures")
    return f"{table(head, rows)}\n" + "\n".join(notes) + "\n"


# ---- pages -----------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[], str]] = {
    "operations": operations,
    "fields": fields,
    "reserved": reserved,
    "limits": limits_table,
    "settings": settings,
    "data-options": data_options,
    "codes": codes,
    "gallery": gallery,
}


def regenerated(text: str) -> str:
    """A page with its generated parts as they should be."""
    return PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", text)


def used(text: str) -> set[str]:
    """The generated parts of a page."""
    return {name for _, name, _ in PART.findall(text)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all pages, or say which are out of date."""
    parser = argparse.ArgumentParser(description="Write the parts of the docs that are made from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page is out of date")
    options = parser.parse_args(arguments)
    stale = 0
    for page in sorted(DOCS.glob("*.md")):
        before = page.read_text(encoding="utf-8")
        after = regenerated(before)
        if before == after:
            continue
        stale += 1
        if options.check:
            print(f"{page.name} is out of date", file=sys.stderr)  # noqa: T201 - a script
        else:
            page.write_text(after, encoding="utf-8")
            print(f"wrote {page.name}")  # noqa: T201 - a script
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
