"""Three versions of a file → one."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.language import Comments, Space, Statement, loads
from dasdsl.language import format as formatted
from dasdsl.language.merging import Merge, merge
from dasdsl.language.merging.merge import canonical
from dasdsl.language.merging.threeway import Both, arranged, merged_lines, settled
from dasdsl.language.words import DEFINITIONS, USE
from dasdsl.operations.core.operation import registry
from tests import strategies

FOLDER = Path(__file__).parent.parent / "golden" / "merge"
SECTIONS = ("# ours\n", "# theirs\n", "# merged\n", "# conflicts\n")

HEAD = "---\ndas: 1\nspace: net\ninput: 4x8x8\n---\n"
LINES = [
    "conv filters 3x3 channels 16",
    "relu",
    "conv filters 5x5 channels 32 stride 2",
    "flatten",
    "linear channels 10",
]


SOME = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci")).max_examples // 4
"""Whole spaces take time to make."""


def text(*lines: str, head: str = HEAD) -> str:
    return head + "\n".join(lines or LINES) + "\n"


def merged(base: str, a: str, b: str) -> Merge:
    return merge(loads(base) if base else None, loads(a), loads(b))


def changed(old: str, new: str, within: str = "") -> str:
    """The text with something in it replaced."""
    before = within or text()
    assert old in before
    return before.replace(old, new)


# ---- goldens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_golden(path: Path, request: pytest.FixtureRequest) -> None:
    """Base, both edits, the result, and what is said about conflicts."""
    golden = path.read_text(encoding="utf-8")
    parts = re.split("|".join(SECTIONS), golden)[:3]
    found = merged(*parts)
    said = [conflict.told(("ours.das", "theirs.das")) for conflict in found.conflicts]
    results = (parts[0], *parts[1:], found.text, "".join(f"{line}\n" for line in said))
    shown = "".join(part for pair in zip(("", *SECTIONS), results, strict=True) for part in pair)
    if request.config.getoption("--update-golden"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    if found.clean:
        assert formatted(found.text) == found.text


# ---- statements ------------------------------------------------------------------------------------------------------


def test_edits_of_different_statements() -> None:
    a, b = changed("channels 16", "channels 8"), changed("channels 10", "channels 100")
    assert merged(text(), a, b) == Merge(changed("channels 16", "channels 8", b), ())


def test_edits_of_different_fields_of_one_statement() -> None:
    a, b = changed("3x3 channels", "5x5 channels"), changed("channels 16", "channels 16 bias off")
    assert merged(text(), a, b).text == changed("3x3 channels 16", "5x5 channels 16 bias off")
    c = changed("conv filters 3x3", "stem = conv filters 3x3")
    assert merged(text(), a, c).text == changed("conv filters 3x3", "stem = conv filters 5x5")


def test_the_same_edit_on_both_sides() -> None:
    a = changed("channels 16", "channels 8  # fewer")
    assert merged(text(), a, a) == Merge(a, ())
    b = changed("flatten", "pool max 2\nflatten")
    assert merged(text(), b, b) == Merge(b, ())


def test_statements_that_come_and_go() -> None:
    a, b = changed("relu\n", "relu\nnorm batch\n"), changed("flatten\n", "pool max 2\nflatten\n")
    assert merged(text(), a, b).text == changed("flatten\n", "pool max 2\nflatten\n", a)
    c = changed("relu\n", "")
    assert merged(text(), a, c).text == changed("relu\n", "norm batch\n")
    assert merged(text(), c, b).text == changed("relu\n", "", b)
    assert merged(text(), c, c).text == c


@pytest.mark.parametrize(
    ("a", "b", "place", "what"),
    [
        (("3x3", "5x5"), ("3x3", "1x1"), "conv1", "filters"),
        (("channels 10", "channels 10 bias off"), ("linear", "last = linear"), "", ""),
        (("linear", "last = linear"), ("linear", "end = linear"), "linear1", "label"),
        (("conv filters 5x5 channels 32", "conv filters 5x5 channels 8"),
         ("conv filters 5x5 channels 32 stride 2\n", ""), "conv2", ""),
        (("conv filters 5x5 channels 32 stride 2\n", ""),
         ("conv filters 5x5 channels 32", "conv filters 5x5 channels 32  # big"), "conv2", ""),
        (("relu", "tanh"), ("relu", "gelu"), "relu1", ""),
        (("relu", "relu  # one"), ("relu", "relu  # two"), "relu1", "comment"),
        (("relu", "# one\nrelu"), ("relu", "# two\nrelu"), "relu1", "comment"),
        (("channels 10", "channels 10\n# one"), ("channels 10", "channels 10\n# two"), "end", "comment"),
        (("flatten", "pool max 2\nflatten"), ("flatten", "norm batch\nflatten"), "before flatten1", ""),
        (("flatten", "pool max 2\nflatten"), ("flatten", "pool max 3\nflatten"), "pool before flatten1", "window"),
        (("channels 10", "channels 10\nrelu"), ("channels 10", "channels 10\ntanh"), "after linear1", ""),
        (("conv filters 5x5", "conv depthwise filters 5x5"), ("5x5 channels 32", "3x3 channels 32"), "conv2", ""),
    ],
)  # fmt: skip
def test_conflicts_are_named_by_their_place(a: tuple[str, str], b: tuple[str, str], place: str, what: str) -> None:
    one, other = changed(*a), changed(*b)
    if "depthwise" in one:
        one = changed(" channels 32", "", one)
    found = merged(text(), one, other)
    assert [(conflict.place, conflict.what) for conflict in found.conflicts] == ([(place, what)] if place else [])
    assert found.text.count("<<<<<<< A") == found.text.count(">>>>>>> B") == len(found.conflicts)


def test_lines_of_conflicts() -> None:
    found = merged(text(), changed("channels 16", "channels 8"), changed("channels 16", "channels 24"))
    conflict = found.conflicts[0]
    assert conflict.told(("a.das", "b.das")) == "conflict at conv1, channels: `8` in a.das:6, `24` in b.das:6"
    assert conflict.facts() == {"place": "conv1", "what": "channels", "a": "8", "b": "24", "line_a": 6, "line_b": 6}
    gone = merged(text(), changed("relu\n", "# why\nrelu\n"), changed("relu\n", ""))
    assert gone.conflicts[0].told(("a.das", "b.das")) == "conflict at relu1: `# why` … in a.das:8, nothing in b.das"


def test_the_region_of_a_conflict_is_a_line() -> None:
    a, b = changed("3x3 channels 16", "5x5 channels 8"), changed("channels 16", "channels 24 stride 2")
    assert merged(text(), a, b).text == text(
        "<<<<<<< A",
        "conv filters 5x5 channels 8 stride 2",
        "=======",
        "conv filters 5x5 channels 24 stride 2",
        ">>>>>>> B",
        *LINES[1:],
    )


BLOCK = "residual:  # block\n    conv filters 3x3 channels 4\n    norm batch\n    # end"


def test_blocks() -> None:
    base = text(BLOCK, "relu")
    a, b = changed("3x3", "5x5", base), changed("norm batch\n", "norm batch\n    relu\n", base)
    assert merged(base, a, b).text == changed("3x3", "5x5", b)
    c = changed("residual:", "body = residual:", base)
    assert merged(base, a, c).text == changed("3x3", "5x5", c)
    d = changed("3x3", "1x1", base)
    assert merged(base, a, d).text == text(
        "residual:  # block",
        "<<<<<<< A",
        "    conv filters 5x5 channels 4",
        "=======",
        "    conv filters 1x1 channels 4",
        ">>>>>>> B",
        "    norm batch",
        "    # end",
        "relu",
    )
    assert [conflict.place for conflict in merged(base, a, d).conflicts] == ["residual1.conv1"]
    gone = text("relu")
    assert merged(base, gone, base).text == gone
    assert [conflict.place for conflict in merged(base, gone, a).conflicts] == ["residual1"]


def test_a_block_of_one_line_grows() -> None:
    base = text("add:\n    path: relu\n    path: tanh")
    a, b = changed("path: relu", "path:\n        relu\n        elu", base), changed("path: tanh", "path: gelu", base)
    assert merged(base, a, b).text == text("add:\n    path:\n        relu\n        elu\n    path: gelu")
    c = changed("path: relu", "path: sigmoid", base)
    assert merged(base, a, c).text == changed("relu", "sigmoid", a)
    d = changed("path: relu", "path: gelu", base)
    assert merged(base, c, d).text == text(
        "add:\n    path:\n<<<<<<< A\n        sigmoid\n=======\n        gelu\n>>>>>>> B\n    path: tanh"
    )


def test_a_label_in_conflict_leaves_the_block_alone() -> None:
    base = text(BLOCK)
    a, b = changed("residual:", "one = residual:", base), changed("residual:", "two = residual:", base)
    assert merged(base, a, b).text == text(
        "<<<<<<< A",
        "one = residual:  # block",
        "=======",
        "two = residual:  # block",
        ">>>>>>> B",
        *BLOCK.split("\n")[1:],
    )


def test_a_block_that_became_two_others() -> None:
    base = text("b = add:\n    path: relu\n    path: tanh", "gelu")
    a, b = changed("add", "mul", base), changed("add", "concat", base)
    found = merged(base, a, b)
    assert found.text == text(
        "<<<<<<< A",
        "b = mul:\n    path: relu\n    path: tanh",
        "=======",
        "b = concat:\n    path: relu\n    path: tanh",
        ">>>>>>> B",
        "gelu",
    )
    assert [(conflict.place, conflict.what) for conflict in found.conflicts] == [("b", "")]
    c = changed("path: tanh", "path: elu", base)
    assert merged(base, a, c).text == changed("add", "mul", c)


def test_what_both_moved_does_not_stand_twice() -> None:
    base = text("a = conv filters 3x3 channels 4", "relu", "norm batch", "tanh", "gelu", "elu")
    line = "a = conv filters 3x3 channels 4\n"
    rest = changed(line, "", base)
    one, other = changed("relu\n", f"relu\n{line}", rest), changed("tanh\n", f"tanh\n{line}", rest)
    found = merged(base, one, other)
    assert len(found.conflicts) == 2
    assert found.text.count(line) == 2
    assert found.text.count("<<<<<<<") == 2
    assert merged(base, one, one) == Merge(one, ())
    assert merged(base, one, base) == Merge(one, ())
    assert not merged(base, one, rest).clean
    assert merged(base, one, changed("tanh\n", "sigmoid\n", base)).clean


def test_a_moved_statement_that_the_other_side_changed_is_a_conflict() -> None:
    base = text("a = conv filters 3x3 channels 4", "relu", "norm batch", "tanh")
    one = text("relu", "norm batch", "tanh", "a = conv filters 3x3 channels 4")
    found = merged(base, one, changed("3x3", "5x5", base))
    assert [conflict.place for conflict in found.conflicts] == ["a"]


def test_without_a_base_only_what_differs_is_in_conflict() -> None:
    a, b = text(), changed("channels 10", "channels 20", changed("relu\n", "relu\ndropout 0.1\n"))
    found = merged("", a, b)
    assert [(conflict.place, conflict.what) for conflict in found.conflicts] == [("linear body", "channels")]
    assert "dropout 0.1" in found.text
    assert merged("", a, a) == Merge(a, ())


def test_blocks_that_are_defined() -> None:
    base = text("block cell(c):", "    conv filters 3x3 channels c", "    relu", "cell(8)", "cell(16)", "flatten")
    a = base.replace("cell(", "unit(")
    assert merged(base, a, base) == Merge(a, ())
    c, d = changed("relu", "tanh", base), changed("cell(16)", "cell(32)", base)
    assert merged(base, c, d) == Merge(changed("relu", "tanh", d), ())
    e = changed("3x3", "1x1", base)
    found = merged(base, changed("3x3", "5x5", base), e)
    assert [conflict.place for conflict in found.conflicts] == ["block cell.conv1"]
    wider = changed("block cell(c)", "block cell(c, k)", changed("3x3", "k x k", base))
    wider = wider.replace("cell(8)", "cell(8, 3)").replace("cell(16)", "cell(16, 3)")
    assert [c.place for c in merged(base, wider, changed("cell(8)", "cell(4)", base)).conflicts] == ["cell1"]


# ---- the header ------------------------------------------------------------------------------------------------------

HEADER = """\
# about
---
das: 1
space: net   # its name
# the camera
input: 4x8x8
define: {p: 4, w: <16|32>}
search:
  gamma: 1e-6  # small
  # how long
  epochs: 3
# the end
---
"""


def headed(*changes: tuple[str, str]) -> str:
    """The text with another header."""
    head = HEADER
    for old, new in changes:
        assert old in head
        head = head.replace(old, new)
    return text(head=head)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("p: 4", "p: 8"), ("w: <16|32>", "w: <16|32|64>")),
        (("p: 4, ", ""), ("<16|32>", "<8|16>")),
        (("p: 4, ", ""), ("<16|32>", "<16|32>, z: 1")),
        (("gamma: 1e-6", "gamma: 1e-7"), ("epochs: 3", "epochs: 5")),
        (("gamma: 1e-6", "gamma: 1e-7"), ("# small", "# very small")),
        (("  epochs: 3\n", "  epochs: 3\n  seed: 1\n"), ("  gamma: 1e-6  # small\n", "")),
        (("# how long", "# for how long"), ("epochs: 3", "epochs: 5")),
        (("# the camera", "# a camera"), ("input: 4x8x8", "input: 3x8x8")),
        (("# about", "# more\n# about"), ("# the end", "# the very end")),
        (("define:", "data: digits\ndefine:"), ("# the end", "found: {seed: 1}\n# the end")),
        (("space: net   # its name", "space: other"), ("4x8x8", "1x8x8")),
        (("search:\n  gamma: 1e-6  # small\n  # how long\n  epochs: 3\n", ""), ("p: 4", "p: 2")),
    ],
)
def test_the_header_is_merged_key_by_key(a: tuple[str, str], b: tuple[str, str]) -> None:
    base = headed()
    expected = headed(a, b)
    assert merge(loads(base), loads(headed(a)), loads(headed(b))) == Merge(expected, ())
    assert merge(loads(base), loads(headed(b)), loads(headed(a))) == Merge(expected, ())


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        (("p: 4", "p: 8"), ("p: 4", "p: 2"), "define.p"),
        (("p: 4", "p: 8"), ("p: 4, ", ""), "define.p"),
        (("<16|32>", "<16|32>, z: 1"), ("<16|32>", "<16|32>, z: 2"), "define.z"),
        (("4x8x8", "3x8x8"), ("4x8x8", "1x8x8"), "input"),
        (("gamma: 1e-6", "gamma: 1e-7"), ("gamma: 1e-6", "gamma: 1e-5"), "search.gamma"),
        (("# small", "# tiny"), ("# small", "# little"), "search.gamma"),
        (("# how long", "# one"), ("# how long", "# two"), "comment at search.epochs"),
        (("# about", "# one"), ("# about", "# two"), "comment"),
        (("# the end", "# one"), ("# the end", "# two"), "comment"),
        (("  gamma: 1e-6  # small\n", ""), ("gamma: 1e-6", "gamma: 1e-5"), "search.gamma"),
        (("define: {p: 4, w: <16|32>}\n", ""), ("p: 4", "p: 5"), "define"),
        (("define:", "data: one\ndefine:"), ("define:", "data: two\ndefine:"), "data"),
        (("define:", "data: one\ndefine:"), ("define:", "data: {from: one, seed: 1}\ndefine:"), "data"),
    ],
)
def test_conflicts_in_the_header(a: tuple[str, str], b: tuple[str, str], what: str) -> None:
    found = merge(loads(headed()), loads(headed(a)), loads(headed(b)))
    assert [(conflict.place, conflict.what) for conflict in found.conflicts] == [("header", what)]
    assert found.text.count("<<<<<<<") == 1
    # each side is there, and nothing else is touched
    mine, theirs = sides(found.text)
    for side, change in ((mine, a), (theirs, b)):
        if "comment" not in what and "small" not in change[0]:
            assert loads(side).header == loads(headed(change)).header


def sides(marked: str) -> tuple[str, str]:
    """What is left of a marked text where one side is taken everywhere."""
    pattern = r"<<<<<<< A\n(.*?)=======\n(.*?)>>>>>>> B\n"
    one, other = (re.sub(pattern, rf"\{side}", marked, flags=re.DOTALL) for side in (1, 2))
    return one, other


def test_a_mapping_in_two_styles() -> None:
    block = ("define: {p: 4, w: <16|32>}", "define:\n  p: 4\n  w: <16|32|64>")
    found = merge(loads(headed()), loads(headed(block)), loads(headed(("p: 4", "p: 8"))))
    assert found == Merge(headed(("p: 4, w: <16|32>", "p: 8, w: <16|32|64>")), ())
    commented = ("define: {p: 4, w: <16|32>}", "define:\n  p: 4  # patterns\n  w: <16|32|64>")
    found = merge(loads(headed()), loads(headed(commented)), loads(headed(("p: 4", "p: 8"))))
    assert [conflict.what for conflict in found.conflicts] == ["define"]


def test_a_mapping_of_which_nothing_is_left() -> None:
    block = ("  gamma: 1e-6  # small\n  # how long\n  epochs: 3\n", "  gamma: 1\n  epochs: 3\n")
    base = headed(block)
    a, b = changed("  gamma: 1\n", "", base), changed("  epochs: 3\n", "", base)
    assert merged(base, a, b) == Merge(changed("search:\n  epochs: 3\n", "", a), ())
    c, d = changed("p: 4, ", "", base), changed(", w: <16|32>", "", base)
    assert merged(base, c, d) == Merge(changed("define: {w: <16|32>}\n", "", c), ())


def test_a_mapping_of_which_one_choice_leaves_nothing() -> None:
    base = headed(("  gamma: 1e-6  # small\n  # how long\n  epochs: 3\n", "  gamma: 1\n  epochs: 3\n"))
    a = changed("  epochs: 3\n", "", base)
    b = changed("  gamma: 1\n  epochs: 3\n", "  epochs: 4\n", base)
    found = merged(base, a, b)
    assert [conflict.what for conflict in found.conflicts] == ["search.epochs"]
    assert sides(found.text) == (changed("search:\n  gamma: 1\n", "", a), b)


def test_values_that_mean_the_same() -> None:
    one, other = (
        headed(("{p: 4, w: <16|32>}", "{p: 4,   w: <16|32>}")),
        headed(("{p: 4, w", "{w: <16|32>, p"), ("<16|32>}", "4}")),
    )
    assert merge(loads(headed()), loads(one), loads(headed(("p: 4", "p: 5")))).text == headed(("p: 4", "p: 5"))
    assert merge(loads(headed()), loads(one), loads(other)).clean


def test_a_header_in_braces() -> None:
    base = "---\n{das: 1, space: net, input: 4x8x8, define: {p: 4}}\n---\nrelu\n"
    a, b = base.replace("4x8x8", "3x8x8"), base.replace("p: 4", "p: 8")
    assert merged(base, a, base) == Merge(a, ())
    found = merged(base, a, b)
    assert found.clean
    assert loads(found.text).header == loads(a.replace("p: 4", "p: 8")).header


def test_values_over_several_lines() -> None:
    data = "data:\n  from: roads\n  cameras: [left,\n    right]\n  target: >\n    angle\n  crop: 1..2\n"
    base = text(head=f"---\ndas: 1\nspace: net\ninput: 4x8x8\n{data}---\n")
    a, b = base.replace("right]", "center]"), base.replace("1..2", "1..3")
    assert merged(base, a, b).text == a.replace("1..2", "1..3")
    c = base.replace("angle", "speed")
    assert merged(base, a, c).text == a.replace("angle", "speed")


# ---- properties ------------------------------------------------------------------------------------------------------


def reread(space: Space) -> Space:
    return loads(str(space))


@settings(max_examples=SOME)
@given(strategies.spaces(), strategies.spaces())
def test_what_only_one_side_changed_is_the_result(x: Space, other: Space) -> None:
    base, a = reread(x), reread(other)
    assert merge(base, base, base) == Merge(str(base), ())
    assert merge(base, a, base) == Merge(str(a), ())
    assert merge(base, base, a) == Merge(str(a), ())
    assert merge(base, a, a) == Merge(str(a), ())
    assert merge(None, a, a) == Merge(str(a), ())


comments = st.sampled_from(
    [Comments(), Comments(above=("# one",)), Comments(beside="# two"), Comments(above=("", "# x"))]
)


@st.composite
def edited(draw: st.DrawFn, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The body after a few edits: statements go, come, change, move, and get comments."""
    out: list[Statement] = []
    for statement in body:
        kind = draw(st.sampled_from(["keep"] * 4 + ["go", "come", "field", "comment", "move", "label"]))
        inner = draw(edited(statement.body)) if statement.body else ()
        kept = replace(statement, body=inner or statement.body)
        if kept.words in ("path", *DEFINITIONS) and kind != "comment":
            kind = "keep"
        match kind:
            case "go":
                continue
            case "come":
                out.append(draw(strategies.statements_in(0)))
            case "field" if kept.fields and kept.words in registry() and not kept.body:
                fresh = draw(strategies.statements_in(0).filter(lambda one, kept=kept: one.words == kept.words))
                kept = replace(kept, fields=fresh.fields)
            case "comment":
                kept = replace(kept, comments=draw(comments))
            case "move" if kept.words != USE:
                out.insert(0, kept)
                continue
            case "label" if kept.label:
                kept = replace(kept, label=None)
            case _:
                pass
        out.append(kept)
    return tuple(out) or body


@settings(max_examples=SOME)
@given(strategies.spaces(), st.data())
def test_the_sides_are_equal(x: Space, data: st.DataObject) -> None:
    base = reread(x)
    try:
        a, b = (reread(replace(base, body=data.draw(edited(base.body)))) for _ in range(2))
    except DasError:
        # a block is used before it is defined
        assume(False)
        return
    one, other = merge(base, a, b), merge(base, b, a)
    mine = sorted(repr((c.place, c.what, c.a, c.b)) for c in one.conflicts)
    assert mine == sorted(repr((c.place, c.what, c.b, c.a)) for c in other.conflicts)
    if one.clean:
        assert one == other
        assert canonical(one.text) == one.text


@given(st.data())
def test_edits_of_different_statements_are_both_applied(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 8))
    base = {f"s{i}": [f"s{i} = conv filters 3x3 channels {i + 2}"] for i in range(count)} | {"end": ["softmax"]}
    sides = {name: data.draw(st.sampled_from("ab-")) for name in base}
    edits = {"a": dict(base), "b": dict(base), "both": dict(base)}
    for name, side in sides.items():
        if side == "-" or name == "end":
            continue
        line = base[name][0]
        new = data.draw(
            st.sampled_from(
                [
                    [],
                    [line.replace("3x3", "5x5")],
                    [line + " stride 2  # slow"],
                    [f"# {name}", line],
                    [line.replace(f"{name} = ", "")],
                    [line, f"t{name} = conv filters 1x1 channels 1{name[1:]}"],
                    ["", line + " bias off"],
                ]
            )
        )
        for which in (side, "both"):
            edits[which][name] = new
    texts = {which: text(*(line for lines in one.values() for line in lines)) for which, one in edits.items()}
    assert merged(text(*(line for lines in base.values() for line in lines)), texts["a"], texts["b"]) == Merge(
        formatted(texts["both"]), ()
    )


lines = st.lists(st.sampled_from(["# a", "# b", "# c", ""]), max_size=6).map(tuple)


@given(lines, lines, lines)
def test_lines(base: tuple[str, ...], a: tuple[str, ...], b: tuple[str, ...]) -> None:
    assert settled(merged_lines(base, a, base)) == a
    assert settled(merged_lines(base, base, b)) == b
    assert settled(merged_lines(base, b, b)) == b
    one, other = merged_lines(base, a, b), merged_lines(base, b, a)
    assert [Both(line.b, line.a) if isinstance(line, Both) else line for line in one] == list(other)


keys = st.lists(st.sampled_from("abcdef"), unique=True)


@given(keys, keys, keys)
def test_keys_of_both_sides_stand_once(base: list[str], a: list[str], b: list[str]) -> None:
    found = arranged(base, a, b)
    assert sorted(found) == sorted({*a, *b})
    assert found == arranged(base, b, a)
    assert [key for key in arranged(base, a, base) if key in a] == a
    common = [key for key in a if key in b]
    if common == [key for key in b if key in a]:
        assert [key for key in found if key in a] == a
        assert [key for key in found if key in b] == b


# ---- any header ------------------------------------------------------------------------------------------------------

NUMBERS = st.integers(1, 9).map(str)
MAPPINGS = {
    "define": {"p": NUMBERS, "q": NUMBERS, "w": st.sampled_from(["<1|2>", "<4..8>"]), "z": NUMBERS},
    "search": {"gamma": st.sampled_from(["1e-6", "0.1"]), "epochs": NUMBERS, "seed": NUMBERS, "batch": NUMBERS},
    "data": {"from": st.sampled_from(["roads", '"a b"']), "cameras": st.just("[left, right]"), "block": NUMBERS},
    "found": {"from": st.just("x.das"), "params": NUMBERS, "rmse": st.sampled_from(["0.1", "0.25"])},
}
REMARKS = st.sampled_from(["", "", "", "# one", "# two"])


@st.composite
def entries(draw: st.DrawFn, margin: str, fields: dict[str, st.SearchStrategy[str]]) -> list[str]:
    """Some of the keys of a mapping, each on its line, with comments."""
    out: list[str] = []
    for key in draw(st.lists(st.sampled_from(sorted(fields)), unique=True, min_size=1)):
        above, beside = draw(REMARKS), draw(REMARKS)
        out += [margin + above] if above else []
        out.append(f"{margin}{key}: {draw(fields[key])}{'  ' + beside if beside else ''}")
    return out


@st.composite
def heads(draw: st.DrawFn) -> str:
    """A header with mappings in either style."""
    lines = ["---", "das: 1", f"space: {draw(st.sampled_from(['one', 'two']))}", "input: 4x8x8"]
    for key in draw(st.lists(st.sampled_from(sorted(MAPPINGS)), unique=True)):
        above, beside = draw(REMARKS), draw(REMARKS)
        lines += [above] if above else []
        behind = f"  {beside}" if beside else ""
        if draw(st.booleans()):
            lines += [f"{key}:{behind}", *draw(entries("  ", MAPPINGS[key]))]
        else:
            pairs = [line.split("  #")[0] for line in draw(entries("", MAPPINGS[key])) if not line.startswith("#")]
            lines.append(f"{key}: {{{', '.join(pairs)}}}{behind}")
    tail = draw(REMARKS)
    return "\n".join([*lines, *([tail] if tail else []), "---"]) + "\n"


@given(heads(), heads())
def test_headers_that_one_side_changed_stay_as_they_are(base: str, a: str) -> None:
    """The other side changed something too, so that they are merged key by key."""
    x, y, z = (loads(text(head=head)) for head in (base, a, f"# other\n{base}"))
    expected = text(head=f"# other\n{a}")
    assert merge(x, y, z) == Merge(expected, ())
    assert merge(x, z, y) == Merge(expected, ())


@given(heads(), heads(), heads())
def test_headers_of_two_sides(base: str, a: str, b: str) -> None:
    x, y, z = (loads(text(head=head)) for head in (base, a, b))
    one, other = merge(x, y, z), merge(x, z, y)
    assert one.clean == other.clean
    if one.clean:
        assert one.text == other.text
        loads(one.text)
        return
    # what stands between the markers is of the sides, and either choice can be read
    for side in sides(one.text):
        loads(side)
    assert len(one.conflicts) == len(other.conflicts)


@given(heads(), heads())
def test_headers_without_a_base(a: str, b: str) -> None:
    y, z = loads(text(head=a)), loads(text(head=b))
    assert merge(None, y, y) == Merge(text(head=a), ())
    found = merge(None, y, z)
    assert found.clean == merge(None, z, y).clean
    for side in sides(found.text):
        loads(side)
