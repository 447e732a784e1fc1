"""Untrusted files: whatever they hold, the answer is a diagnostic, and it comes fast."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.diagnostics import DasError
from dasdsl.language import format as formatted
from dasdsl.language import limits, load, loads, render

HEAD = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n"
YAML = "---\ndas: 1\nspace: a\ninput: 4x8x8\n{}\n---\nrelu\n"
BOMB = "a: &a [x,x]\n" + "".join(f"{c}: &{c} [*{b},*{b}]\n" for b, c in zip("abcdefg", "bcdefgh", strict=True))

HOSTILE = {
    "parentheses": HEAD + "linear channels " + "(" * 10**6,
    "parentheses in the limit of a line": HEAD + "linear channels " + "(" * 65_000,
    "choices": HEAD + "linear channels " + "<" * 60_000,
    "plus": HEAD + "linear channels 1" + "+1" * 30_000,
    "sides": HEAD + "conv filters 1" + "x1" * 30_000,
    "words": HEAD + "relu " * 13_000,
    "numbers": HEAD + "relu " + "1 " * 30_000,
    "one digit": HEAD + "linear channels " + "9" * 60_000,
    "one name": HEAD + "linear channels " + "a" * 60_000,
    "unknown words": HEAD + "".join(f"relv{n}\n" for n in range(90_000)),
    "unknown fields": HEAD + "".join(f"conv filtres{n} 3 chanels 4\n" for n in range(30_000)),
    "options": HEAD + "conv filters 3x3 channels <1..4096>\n" * 27_000,
    "positions": HEAD + "conv filters 3x3 channels 4 reads [0-65535]\n" * 20_000,
    "patterns": HEAD + "conv filters 3x3 channels 4 groups [" + "0-65535 -> 0; " * 4_000 + "0 -> 0]\n",
    "ranges": HEAD + "conv filters 3x3 channels <1..999999999999>\n" * 1000,
    "depth": HEAD + "".join(" " * n + "residual:\n" for n in range(1_000)),
    "nul": HEAD + "\0" * 500_000,
    "lines": HEAD + "\n" * 1_000_000,
    "comments": HEAD + "#\n" * 500_000 + "relu\n",
    "indentation": HEAD + "".join(" " * (n % 7) + "relu\n" for n in range(100_000)),
    "yaml bomb": YAML.format(BOMB),
    "yaml nesting": YAML.format("data: " + "[" * 16_000),
    "yaml blocks": YAML.format("".join(" " * n + "- a:\n" for n in range(100))),
    "yaml keys": YAML.format("".join(f"k{n}: 1\n" for n in range(1_500))),
    "yaml names": YAML.format("define: {" + ", ".join(f"n{n}: {n}" for n in range(1_000)) + ", bad: [}"),
    "yaml flow": YAML.format("{" * 16_000),
    "yaml quotes": YAML.format('data: "' + "\\" * 15_999),
    "yaml questions": YAML.format("? " * 8_000),
    "a long header": YAML.format("x" * 900_000),
    "doubling names": YAML.format("define: {a0: 2, " + ", ".join(f"a{n + 1}: a{n}*a{n}" for n in range(200)) + "}"),
}


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Ends a test that does not end by itself. How fast it is, is measured in benchmarks, not here."""

    def give_up(_signum: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_end(name: str) -> None:
    with pytest.raises(DasError) as failure:
        loads(HOSTILE[name])
    shown = render(failure.value.diagnostics, {"<text>": HOSTILE[name]})
    assert len(failure.value.diagnostics) <= limits.ERRORS + 1
    assert len(shown) < 200_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "---",
        "---\n---",
        "---\n---\n",
        "\ufeff",
        "\r",
        "#",
        "---\n\n---\nrelu",
        "---\n- a\n---\n",
        "---\na\n---\n",
    ],
)
def test_almost_nothing_is_an_error(text: str) -> None:
    with pytest.raises(DasError):
        loads(text)


def survives(text: str) -> None:
    """Reading, formatting and rendering either work or say why not."""
    try:
        once = formatted(text)
    except DasError as error:
        render(error.diagnostics, {"<text>": text}, color=True).encode()
        return
    assert formatted(once) == once


WORDS = (
    "conv filters channels stride groups reads pad bias norm batch pool max global linear relu x by none from path: "
    "block <= < > | .. ( ) [ ] -> ; , : = + - * / 3 0 16 -1 0.5 1e9 k kxk 3x3 <1..5> [0-3] # \n \t \r é \0 \u202e"
)
words = st.sampled_from([*WORDS.split(" "), "\n    "])


@given(st.lists(words, max_size=40).map(" ".join))
def test_random_words_are_refused_or_read(body: str) -> None:
    survives(HEAD + body)


@given(st.text(max_size=200))
def test_random_text_is_refused_or_read(text: str) -> None:
    survives(text)
    survives(HEAD + text)
    survives(YAML.format(text))


KEYS = (
    "das: space: architecture: input: data: define: search: found: { } [ ] , : - ? & * ! | > ' \" % @ ` # << a 1 3x3 "
    "<=4 <1|2> ~ null true 0x10 1_000 12:30:45 2024-01-01 .inf .nan &a *a !!str !x --- ... \n \t \\U0011FFFF %YAML 1."
)
keys = st.sampled_from([*KEYS.split(" "), "\n  "])


@given(st.lists(keys, max_size=30).map(" ".join))
def test_random_yaml_is_refused_or_read(header: str) -> None:
    survives(f"---\n{header}\n---\nrelu\n")
    survives(YAML.format(header))


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read(data: bytes) -> None:
    survives((HEAD.encode() + data).decode("utf-8", "surrogateescape"))


def test_files_that_cannot_be_read_say_so(tmp_path: object) -> None:
    with pytest.raises(DasError, match="no such file"):
        load(f"{tmp_path}/nothing.das")
    with pytest.raises(DasError, match="is a directory"):
        load(f"{tmp_path}")
