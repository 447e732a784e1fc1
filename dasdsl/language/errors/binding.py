"""The problems of statements: unknown words, fields that are missing or stand twice (codes E050 to E069)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.language.errors.text import BODY
from dasdsl.operations.core.problems import Problem, catalogued


@catalogued
@frozen(kw_only=True)
class UnknownStatement(Problem):
    """A line begins with the word of a statement, after its label if it has one."""

    code = "E050"
    example = BODY + "cov filters 3x3 channels 4\n"

    text: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"unknown statement `{self.text}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class UnknownKind(Problem):
    """Some statements need a second word that says which kind is meant: `norm batch`."""

    code = "E051"
    example = BODY + "norm bacth\n"

    word: str
    second: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.word}` has no kind `{self.second}`" if self.second else f"`{self.word}` of which kind?"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class UnknownField(Problem):
    """A statement has no field of this name."""

    code = "E052"
    example = BODY + "conv filtres 3x3 channels 4\n"

    text: str
    statement: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"unknown field `{self.text}` of `{self.statement}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class RepeatedField(Problem):
    """A field stands twice in one statement."""

    code = "E053"
    example = BODY + "conv filters 3x3 channels 4 stride 2 stride 1\n"

    field: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.field}` stands twice"

    def help(self) -> str:
        """What to do."""
        return "delete one of the two"


@catalogued
@frozen(kw_only=True)
class MissingField(Problem):
    """A statement lacks a field that it needs."""

    code = "E054"
    example = BODY + "conv filters 3x3\n"

    statement: str
    field: str
    sample: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.statement}` needs `{self.field}`" if self.field else f"`{self.statement}` needs a value"

    def help(self) -> str:
        """What to do."""
        return f"for example `{self.sample}`"


@catalogued
@frozen(kw_only=True)
class MissingValue(Problem):
    """The word of a field is followed by its value."""

    code = "E055"
    example = BODY + "conv filters 3x3 channels stride 2\n"

    field: str
    forms: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.field}` has no value"

    def help(self) -> str:
        """What to do."""
        return f"write {self.forms}"


@catalogued
@frozen(kw_only=True)
class UnexpectedValue(Problem):
    """A value stands where no field takes one."""

    code = "E056"
    example = BODY + "relu 3\n"

    written: str
    statement: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.statement}` does not take `{self.written}` here"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class OpensNoBlock(Problem):
    """Only some statements open a block."""

    code = "E057"
    example = BODY + "relu:\n    relu\n"

    statement: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.statement}` opens no block"

    def help(self) -> str:
        """What to do."""
        return "delete the `:` and write what follows as lines of their own"


@catalogued
@frozen(kw_only=True)
class BadLabel(Problem):
    """A word of the language cannot be a label, and a label is at most 64 characters long."""

    code = "E058"
    example = BODY + "norm = relu\n"

    label: str
    why: str
    remedy: str = "choose another label"

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.label}` {self.why}"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class RepeatedLabel(Problem):
    """A label stands once in the body it belongs to."""

    code = "E059"
    example = BODY + "stem = relu\nstem = gelu\n"

    label: str
    line: int

    def message(self) -> str:
        """What is wrong."""
        return f"the label `{self.label}` already stands on line {self.line}"

    def help(self) -> str:
        """What to do."""
        return "choose another label"


@catalogued
@frozen(kw_only=True)
class NeedsBlock(Problem):
    """Some statements say what happens to what their block makes, so they need one."""

    code = "E062"
    example = BODY + "residual\n"

    statement: str
    paths: bool

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.statement}` needs a block"

    def help(self) -> str:
        """What to do."""
        below = "one `path:` for each branch" if self.paths else "the statements of the block"
        return f"write `{self.statement}:` and below it, indented, {below}"


@catalogued
@frozen(kw_only=True)
class WrongPlace(Problem):
    """A `path` stands in the block of a statement that joins branches, and nothing else stands there."""

    code = "E063"
    example = BODY + "add:\n    relu\n    path: identity\n"

    statement: str
    within: str

    def message(self) -> str:
        """What is wrong."""
        if self.statement == "path":
            return "a `path` is no statement of its own"
        return f"`{self.statement}` stands in `{self.within}:` outside of any path"

    def help(self) -> str:
        """What to do."""
        if self.statement == "path":
            return "write it in the block of `add:`, `mul:`, `concat:` or `choose:`"
        return f"write `path: {self.statement} …`, one path for each branch of `{self.within}:`"


@catalogued
@frozen(kw_only=True)
class TooFewPaths(Problem):
    """A choice needs something to choose between."""

    code = "E064"
    example = BODY + "choose:\n    path: relu\n"

    statement: str
    least: int

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.statement}:` needs {self.least} paths"

    def help(self) -> str:
        """What to do."""
        return "write one `path:` for each alternative; a block that may be absent is `optional:`"
