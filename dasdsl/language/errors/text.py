"""The problems of a text and of its lines: characters, indentation, sizes (codes E001 to E019)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.operations.core.problems import HEAD, Problem, catalogued

BODY = HEAD + "4x8x8\n---\n"


@catalogued
@frozen(kw_only=True)
class NotUtf8(Problem):
    """A `.das` file is UTF-8 text."""

    code = "E001"
    example = BODY + "relu  # caf\udce9\n"

    def message(self) -> str:
        """What is wrong."""
        return "this is not UTF-8 text"

    def help(self) -> str:
        """What to do."""
        return "save the file as UTF-8"


@catalogued
@frozen(kw_only=True)
class FileTooLong(Problem):
    """A file has at most 1 MiB."""

    code = "E002"
    example = BODY + "relu\n" + "#" * limits.FILE

    length: int

    def message(self) -> str:
        """What is wrong."""
        return f"the file has more than {limits.FILE:,} characters ({self.length:,})"

    def help(self) -> str:
        """What to do."""
        return "shorten it: dasdsl reads no longer file"


@catalogued
@frozen(kw_only=True)
class LineTooLong(Problem):
    """A line of the body has at most 65,536 characters."""

    code = "E003"
    example = BODY + "relu" + " " * limits.LINE + "relu\n"

    length: int

    def message(self) -> str:
        """What is wrong."""
        return f"the line has more than {limits.LINE:,} characters ({self.length:,})"

    def help(self) -> str:
        """What to do."""
        return "write one statement a line"


@catalogued
@frozen(kw_only=True)
class ControlCharacter(Problem):
    """Control characters (NUL, escape, a carriage return alone, a line separator) are not text."""

    code = "E004"
    example = BODY + "relu\x1b[31m\n"

    character: int

    def message(self) -> str:
        """What is wrong."""
        return f"the control character U+{self.character:04X}"

    def help(self) -> str:
        """What to do."""
        if self.character == 0x0D:
            return "end lines with a line feed (LF), or with CR LF"
        return "delete it"


@catalogued
@frozen(kw_only=True)
class Bidirectional(Problem):
    """Characters that change the direction of text show a file other than it is, even in comments."""

    code = "E005"
    example = BODY + "relu  # \u202eeltit\n"

    character: int

    def message(self) -> str:
        """What is wrong."""
        return f"the character U+{self.character:04X} changes the direction of the text behind it"

    def help(self) -> str:
        """What to do."""
        return "delete it"


@catalogued
@frozen(kw_only=True)
class TabIndent(Problem):
    """Blocks are indented with spaces: how wide a tab is depends on the editor."""

    code = "E006"
    example = BODY + "\trelu\n"

    def message(self) -> str:
        """What is wrong."""
        return "a tab in the indentation"

    def help(self) -> str:
        """What to do."""
        return "indent with four spaces for each level"


@catalogued
@frozen(kw_only=True)
class UnexpectedIndent(Problem):
    """Only what stands in a block is indented, deeper than the line that opens the block with `:`."""

    code = "E007"
    example = BODY + "relu\n    relu\n"

    def message(self) -> str:
        """What is wrong."""
        return "this line is indented, but the line above opens no block"

    def help(self) -> str:
        """What to do."""
        return "start it where the line above starts; a block is opened by a line that ends in `:`"


@catalogued
@frozen(kw_only=True)
class BadDedent(Problem):
    """A line that ends a block stands exactly where one of the lines that are still open starts."""

    code = "E008"
    example = BODY + "residual:\n    relu\n  relu\n"

    columns: tuple[int, ...]

    def message(self) -> str:
        """What is wrong."""
        return "this line starts where no open block starts"

    def help(self) -> str:
        """What to do."""
        return f"start it at column {' or '.join(str(column) for column in self.columns)}"


@catalogued
@frozen(kw_only=True)
class EmptyBlock(Problem):
    """A line that ends in `:` needs statements below it, indented, or one statement behind it."""

    code = "E009"
    example = BODY + "residual:\nrelu\n"

    def message(self) -> str:
        """What is wrong."""
        return "this block is empty"

    def help(self) -> str:
        """What to do."""
        return "write its statements below it, indented by four spaces; `identity` passes the input on"


@catalogued
@frozen(kw_only=True)
class TooDeep(Problem):
    """Blocks and brackets nest at most 64 deep."""

    code = "E010"
    example = BODY + "linear channels " + "(" * 65 + "1" + ")" * 65 + "\n"

    what: str

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.NESTING} {self.what} within each other"

    def help(self) -> str:
        """What to do."""
        return "write it flatter"


@catalogued
@frozen(kw_only=True)
class TooManyStatements(Problem):
    """A file has at most 20,480 statements."""

    code = "E011"
    example = BODY + "relu\n" * (limits.STATEMENTS + 1)

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.STATEMENTS:,} statements"

    def help(self) -> str:
        """What to do."""
        return "shorten it: dasdsl reads no longer file"


@catalogued
@frozen(kw_only=True)
class TooManyErrors(Problem):
    """After 100 errors the rest of a file is not read."""

    code = "E012"
    example = BODY + "rleu\n" * (limits.ERRORS + 1)

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.ERRORS} errors; the rest of the file was not read"

    def help(self) -> str:
        """What to do."""
        return "mend those above first"


@catalogued
@frozen(kw_only=True)
class TooManyLines(Problem):
    """A file has at most 131,072 lines, empty ones and comments included."""

    code = "E014"
    example = BODY + "\n" * limits.LINES + "relu\n"

    lines: int

    def message(self) -> str:
        """What is wrong."""
        return f"the file has more than {limits.LINES:,} lines ({self.lines:,})"

    def help(self) -> str:
        """What to do."""
        return "shorten it: dasdsl reads no longer file"


@catalogued
@frozen(kw_only=True)
class EmptyBody(Problem):
    """A network has at least one statement."""

    code = "E013"
    example = BODY

    def message(self) -> str:
        """What is wrong."""
        return "there is no statement below the header"

    def help(self) -> str:
        """What to do."""
        return "write one statement a line, for example `linear channels 10`"


@catalogued
@frozen(kw_only=True)
class TooManyUnrolled(Problem):
    """A network has at most 20,480 statements once its blocks and repeats are written out."""

    code = "E015"
    example = BODY + "repeat 512:\n    repeat 512: relu\n"

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.UNROLLED:,} statements, once blocks and repeats are written out"

    def help(self) -> str:
        """What to do."""
        return "repeat less often"
