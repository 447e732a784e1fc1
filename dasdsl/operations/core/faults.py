"""The problems that operations find: fields and shapes that do not fit each other (codes E1xx)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.problems import HEAD, Problem, catalogued


def show(shape: Shape) -> str:
    """A shape as users write it: `24x33x100`."""
    return "x".join(str(size) for size in shape)


def dimensions(rank: int) -> str:
    """`a vector`, `1-D`, `2-D`, `3-D`."""
    return "a vector" if rank == 0 else f"{rank}-D"


def divisors(number: int) -> str:
    """`numbers that divide 8: 1, 2, 4, 8`, as far as a line holds them."""
    fits = ", ".join(str(n) for n in range(1, min(number, 64) + 1) if number % n == 0)
    return f"numbers that divide {number}: {fits}"


@catalogued
@frozen(kw_only=True)
class OutOfRange(Problem):
    """A number is outside of what this field allows."""

    code = "E101"
    example = HEAD + "4x8x8\n---\ndropout 1.5\nconv filters 3x3 channels 2\n"

    what: str
    value: str
    allowed: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` cannot be {self.value}"

    def help(self) -> str:
        """What to do."""
        return f"write a number from {self.allowed}"


@catalogued
@frozen(kw_only=True)
class NoSpace(Problem):
    """An operation that works on space (conv, pool, some norms) stands on a vector."""

    code = "E102"
    example = HEAD + "16\n---\nconv filters 3x3 channels 4\n"

    what: str
    shape: Shape
    instead: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` needs positions in space, but its input is a vector ({show(self.shape)})"

    def help(self) -> str:
        """What to do."""
        return self.instead


@catalogued
@frozen(kw_only=True)
class WrongRank(Problem):
    """A field has another number of sides than the layer's input has dimensions of space."""

    code = "E103"
    example = HEAD + "3x66x200\n---\nconv filters <1..5> channels<=24 stride 2\nconv filters 1x1 channels 1\n"

    what: str
    rank: int
    expected: int
    shape: Shape
    instead: str

    def message(self) -> str:
        """What is wrong."""
        return (
            f"`{self.what}` has rank {self.rank}, but the input of this layer is "
            f"{dimensions(self.expected)} ({show(self.shape)})"
        )

    def help(self) -> str:
        """What to do."""
        return f"write one number for each side, for example `{self.instead}`"


@catalogued
@frozen(kw_only=True)
class NeedsVector(Problem):
    """`linear` stands on channels with positions in space."""

    code = "E104"
    example = HEAD + "4x8x8\n---\nlinear channels 10\n"

    shape: Shape

    def message(self) -> str:
        """What is wrong."""
        return f"`linear` reads a vector, but its input is {dimensions(len(self.shape) - 1)} ({show(self.shape)})"

    def help(self) -> str:
        """What to do."""
        return "put `flatten` (or `pool global avg` and `flatten`) before it"


@catalogued
@frozen(kw_only=True)
class TooLarge(Problem):
    """A filter or a pooling window does not fit its input: nothing would be left."""

    code = "E105"
    example = HEAD + "4x3x3\n---\nconv filters 5x5 channels 8 pad valid\n"

    what: str
    window: Shape
    shape: Shape
    output: Shape

    def message(self) -> str:
        """What is wrong."""
        return f"with `{self.what} {show(self.window)}` on {show(self.shape)} the output here is {show(self.output)}"

    def help(self) -> str:
        """What to do."""
        return "make it smaller, pad more, or use smaller strides before"


@catalogued
@frozen(kw_only=True)
class NotDivisible(Problem):
    """`groups` must divide the channels that are read and those that are produced, for every option."""

    code = "E106"
    example = HEAD + "4x8x8\n---\nconv filters 3x3 channels 6 groups 4\n"

    groups: int
    number: int
    which: str
    choice: str = ""
    """One choice by which it is so, where something is open."""

    def message(self) -> str:
        """What is wrong."""
        start = f"with `{self.choice}` here " if self.choice else ""
        return f"{start}{self.groups} groups do not divide the {self.number} channels that this layer {self.which}"

    def help(self) -> str:
        """What to do."""
        return divisors(self.number)


@catalogued
@frozen(kw_only=True)
class NoSuchChannel(Problem):
    """`reads` or `groups` names a channel that is not there."""

    code = "E107"
    example = HEAD + "4x8x8\n---\nconv filters 3x3 channels 2 reads [0-5]\n"

    what: str
    number: int
    size: int
    side: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` names {self.side} {self.number}, but there are {self.size}"

    def help(self) -> str:
        """What to do."""
        return f"{self.side}s are counted from 0 to {self.size - 1}"


@catalogued
@frozen(kw_only=True)
class NotAPartition(Problem):
    """The right sides of `groups [inputs -> outputs; …]` must name every output exactly once."""

    code = "E108"
    example = HEAD + "4x8x8\n---\nconv filters 3x3 channels 4 groups [0-1 -> 0-1; 2-3 -> 1-3]\n"

    number: int
    times: int

    def message(self) -> str:
        """What is wrong."""
        how = "is produced by no pattern" if self.times == 0 else f"is produced {self.times} times"
        return f"output {self.number} {how}"

    def help(self) -> str:
        """What to do."""
        return "let the right sides name every output exactly once (`none -> 3` for an output that reads nothing)"


@catalogued
@frozen(kw_only=True)
class Exclusive(Problem):
    """Two fields that both say what a layer reads."""

    code = "E109"
    example = HEAD + "4x8x8\n---\nconv filters 3x3 channels 4 groups<=2 reads any\n"

    groups: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.groups}` already says what is read, so `reads` cannot stand beside it"

    def help(self) -> str:
        """What to do."""
        return "drop one of the two"


@catalogued
@frozen(kw_only=True)
class OneValue(Problem):
    """A norm over a single value (a channel of one position, a group of one number) would give a constant."""

    code = "E110"
    example = HEAD + "4x8x8\n---\npool global avg\nnorm instance\nflatten\nlinear channels 2\n"

    what: str
    shape: Shape

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` on {show(self.shape)}: a single value has nothing to be normalised with"

    def help(self) -> str:
        """What to do."""
        return "use `norm batch`, or put it where there is more to normalise"


@catalogued
@frozen(kw_only=True)
class NotIncreasing(Problem):
    """The options of an open value are positive, all different and increasing."""

    code = "E111"
    example = HEAD + "4x8x8\n---\nconv filters <3|1>x3 channels 4\n"

    what: str
    values: tuple[int, ...]

    def message(self) -> str:
        """What is wrong."""
        return f"the options of `{self.what}` are {', '.join(str(value) for value in self.values)}"

    def help(self) -> str:
        """What to do."""
        return "write positive options in increasing order, each once"


@catalogued
@frozen(kw_only=True)
class DifferentShapes(Problem):
    """Branches that are joined have shapes that do not fit each other."""

    code = "E112"
    example = HEAD + "4x8x8\n---\nresidual: conv filters 3x3 channels 8\nflatten\nlinear channels 2\n"

    what: str
    shapes: tuple[Shape, ...]
    instead: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` joins {' and '.join(show(shape) for shape in self.shapes)}"

    def help(self) -> str:
        """What to do."""
        return self.instead


@catalogued
@frozen(kw_only=True)
class UnequalParts(Problem):
    """`slice k of n` cuts the channels into n equal parts."""

    code = "E113"
    example = HEAD + "4x8x8\n---\nslice 1 of 3\nconv filters 3x3 channels 2\n"

    parts: int
    number: int

    def message(self) -> str:
        """What is wrong."""
        return f"{self.number} channels cannot be cut into {self.parts} equal parts"

    def help(self) -> str:
        """What to do."""
        return f"{divisors(self.number)}; or list the channels, as in `slice [0-{self.number // 2}]`"


@catalogued
@frozen(kw_only=True)
class NotAPart(Problem):
    """`slice` says which of how many equal parts it is, or lists channels, at least one."""

    code = "E114"
    example = HEAD + "4x8x8\n---\nslice 3 of 2\nconv filters 3x3 channels 2\n"

    part: str
    of: int | None

    def message(self) -> str:
        """What is wrong."""
        if not self.part:
            return "a list of channels has no parts" if self.of else "this slice lists no channel"
        return f"there is no part {self.part} of {self.of}" if self.of else f"this is part {self.part}, but of how many"

    def help(self) -> str:
        """What to do."""
        return "write one of the parts, counted from 1 (`slice 1 of 2`), or channels, counted from 0 (`slice [0-7]`)"


@catalogued
@frozen(kw_only=True)
class FlattenedBefore(Problem):
    """`slice` stands behind a `flatten` that has made several features of a channel."""

    code = "E115"
    example = HEAD + "4x8x8\n---\nflatten\nslice 1 of 2\nlinear channels 2\n"

    what: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.what}` chooses channels, but here they are flattened: each is several features"

    def help(self) -> str:
        """What to do."""
        return f"put `{self.what}` before `flatten`"
