"""The problems of a file's header (codes E030 to E049)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.operations.core.problems import HEAD, Problem, catalogued


@catalogued
@frozen(kw_only=True)
class MissingHeader(Problem):
    """A file begins with a YAML header between two lines `---`."""

    code = "E030"
    example = "conv filters 3x3 channels 4\n"

    def message(self) -> str:
        """What is wrong."""
        return "the file does not begin with a header"

    def help(self) -> str:
        """What to do."""
        return "begin with a line `---`, then `das: 1`, `space: NAME` and `input: 3x32x32`, each on a line, and `---`"


@catalogued
@frozen(kw_only=True)
class UnclosedHeader(Problem):
    """The header ends with a line `---`."""

    code = "E031"
    example = HEAD + "4x8x8\nrelu\n"

    def message(self) -> str:
        """What is wrong."""
        return "the header that begins here does not end"

    def help(self) -> str:
        """What to do."""
        return "put a line `---` between the header and the first statement"


@catalogued
@frozen(kw_only=True)
class HeaderTooLong(Problem):
    """A header has at most 16,384 characters."""

    code = "E032"
    example = HEAD + "4x8x8\n" + "#" * limits.HEADER + "\n---\nrelu\n"

    length: int

    def message(self) -> str:
        """What is wrong."""
        return f"the header has more than {limits.HEADER:,} characters ({self.length:,})"

    def help(self) -> str:
        """What to do."""
        return "move comments into the body"


@catalogued
@frozen(kw_only=True)
class BadYaml(Problem):
    """The header is not YAML, or not a mapping from keys to values."""

    code = "E033"
    example = HEAD + "4x8x8\nsearch: {gamma: 1e-6\n---\nrelu\n"

    detail: str

    def message(self) -> str:
        """What is wrong."""
        return self.detail

    def help(self) -> str:
        """What to do."""
        return "write `key: value` on each line, and `key: {a: 1, b: 2}` for several values"


@catalogued
@frozen(kw_only=True)
class YamlFeature(Problem):
    """Tags, anchors, aliases, merge keys and directives are parts of YAML that a header does not use."""

    code = "E034"
    example = HEAD + "4x8x8\ndefine: &a {p: 4}\n---\nrelu\n"

    feature: str

    def message(self) -> str:
        """What is wrong."""
        return f"{self.feature} cannot be used in a header"

    def help(self) -> str:
        """What to do."""
        return "write the value itself"


@catalogued
@frozen(kw_only=True)
class DuplicateKey(Problem):
    """A key stands twice."""

    code = "E035"
    example = HEAD + "4x8x8\ninput: 3x8x8\n---\nrelu\n"

    key: str
    line: int

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.key}` already stands on line {self.line}"

    def help(self) -> str:
        """What to do."""
        return "delete one of the two"


@catalogued
@frozen(kw_only=True)
class UnknownKey(Problem):
    """A key that a header does not have."""

    code = "E036"
    example = HEAD + "4x8x8\nserach: {seed: 1}\n---\nrelu\n"

    key: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"unknown key `{self.key}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class MissingKey(Problem):
    """A header needs `das`, `input` and one of `space` and `architecture`."""

    code = "E037"
    example = "---\ndas: 1\nspace: example\n---\nrelu\n"

    key: str
    sample: str

    def message(self) -> str:
        """What is wrong."""
        return f"the header has no `{self.key}`"

    def help(self) -> str:
        """What to do."""
        return f"add a line such as `{self.sample}`"


@catalogued
@frozen(kw_only=True)
class BadValue(Problem):
    """A key of the header has a value that it cannot have."""

    code = "E038"
    example = HEAD + "4x8xT\n---\nrelu\n"

    key: str
    detail: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.key}` {self.detail}"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class BothNames(Problem):
    """A file is a space or an architecture."""

    code = "E039"
    example = "---\ndas: 1\nspace: example\narchitecture: example\ninput: 4x8x8\n---\nrelu\n"

    def message(self) -> str:
        """What is wrong."""
        return "both `space` and `architecture` name the file"

    def help(self) -> str:
        """What to do."""
        return "keep `architecture` where nothing is open, else `space`"


@catalogued
@frozen(kw_only=True)
class OpenArchitecture(Problem):
    """An `architecture` leaves nothing open."""

    code = "E040"
    example = "---\ndas: 1\narchitecture: example\ninput: 4x8x8\n---\nconv filters <1..5>x3 channels 4\n"

    text: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.text}` is open, but the header says `architecture:`"

    def help(self) -> str:
        """What to do."""
        return "write `space:` in the header"


@catalogued
@frozen(kw_only=True)
class BadDefinedName(Problem):
    """A `define` name is made of letters, digits and `_`, and is no word of the language."""

    code = "E041"
    example = HEAD + "4x8x8\ndefine: {stride: 2}\n---\nrelu\n"

    name: str
    why: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.name}` {self.why}"

    def help(self) -> str:
        """What to do."""
        return "choose another name, of letters, digits and `_`, that starts with a letter"


@catalogued
@frozen(kw_only=True)
class UnusedName(Problem):
    """A name of `define` that nothing uses is most likely misspelt somewhere."""

    code = "W043"
    severity = "warning"
    example = HEAD + "4x8x8\ndefine: {p: 4}\n---\nrelu\n"

    name: str

    def message(self) -> str:
        """What is wrong."""
        return f"nothing uses the name `{self.name}`"

    def help(self) -> str:
        """What to do."""
        return "delete it from `define`"


@catalogued
@frozen(kw_only=True)
class HeaderTooDeep(Problem):
    """Mappings and lists in a header nest at most 8 deep."""

    code = "E042"
    example = HEAD + "4x8x8\ndata: " + "[" * 9 + "]" * 9 + "\n---\nrelu\n"

    def message(self) -> str:
        """What is wrong."""
        return "mappings and lists nest too deep"

    def help(self) -> str:
        """What to do."""
        return "write it flatter"
