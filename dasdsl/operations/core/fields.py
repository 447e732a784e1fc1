"""How an operation's fields look in the text: their order is the printed order."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from dasdsl.frozen import frozen
from dasdsl.operations.core.values import Resolved


class Kind(Enum):
    """What a field's value may be, and what it resolves to."""

    COUNT = auto()
    """`48`, `4*c`, `<=48`, `<16|32>` → `int | UpTo | Options`."""
    FILTERS = auto()
    """`3x3`, `<1..5>x3`, `<3x3|1x7>` → one side a dimension, or `Shapes`."""
    STEPS = auto()
    """`2` or `2x1`, closed → a tuple of one number for all sides or one a side."""
    OPEN_STEPS = auto()
    """As STEPS, or a choice of one for all sides: `<1|2|4>` → a tuple, or `Options`."""
    PADS = auto()
    """`same`, `valid`, `1`, `2/1 x 0/-1` → the word, or (before, after) pairs, one for all sides or one a side."""
    GROUPS = auto()
    """`4`, `<1|2|4>`, `<=p`, `[0-5 -> 0-11; 6 -> 12]` → `int | Options | UpTo | Patterns`."""
    READS = auto()
    """`all`, `any`, `[0-11,14]` → the word, or positions."""
    PART = auto()
    """`2`, `[0-11,14]`, closed → a number, or positions."""
    DEPTH = auto()
    """`3`, `<1..4>` → `int | Options`."""
    CALL = auto()
    """`NAME(a, b)`: the head of a block, or its use → the name."""
    INTEGER = auto()
    """A closed positive integer."""
    DECIMAL = auto()
    """A closed number with or without a fraction."""
    LABEL = auto()
    """The label of an earlier statement."""
    WORD = auto()
    """One of `words`; where `words` is empty, the field's own name is the whole text (a flag, `depthwise`)."""


class Missing(Enum):
    """The default of a field that must be written."""

    REQUIRED = auto()


REQUIRED = Missing.REQUIRED


ELSEWHERE: Final = {
    "filters": ("kernel", "kernels", "kernelsize", "filter", "size", "k"),
    "channels": ("outchannels", "outputs", "width", "units", "features", "outfeatures", "hidden", "c"),
    "pad": ("padding", "pads", "ceilmode"),
    "counted": ("countincludepad", "includepad", "countpad"),
    "stride": ("strides", "step", "s"),
    "dilation": ("dilationrate", "rate", "dilations"),
    "groups": ("group", "cardinality"),
    "bias": ("usebias",),
    "reads": ("inputs", "inchannels"),
    "eps": ("epsilon", "varianceepsilon"),
}
"""What other tools call fields of these names, in small letters without `_`."""


def plainly(word: str) -> str:
    """A word as `ELSEWHERE` and the operations have what other tools call things."""
    return word.lower().replace("_", "")


@frozen(slots=True)
class Field:
    """One field of a statement.

    `name` is the Python name of the operation's attribute and, where `keyword` is true, the word that introduces the
    value in the text; a field without a keyword follows the statement's word directly, in order. `default` is dropped
    when printed. `about` is the sentence editors show. `least` is the smallest number it may hold.
    """

    name: str
    kind: Kind
    default: Resolved | Missing = REQUIRED
    keyword: bool = True
    words: tuple[str, ...] = ()
    about: str = ""
    least: int = 1

    @property
    def is_flag(self) -> bool:
        """Whether its word is all there is of it: it has no value, and is simply there."""
        return self.kind is Kind.WORD and not self.words

    def is_called(self, word: str) -> bool:
        """Whether other tools have this word for it."""
        return plainly(word) in ELSEWHERE.get(self.name, ())

    @property
    def said(self) -> str:
        """What messages call it: the word that the text has for it, or else the start of `about`."""
        if self.keyword or self.kind is Kind.WORD:
            return f"`{self.name}`"
        return self.about.partition(":")[0].partition(",")[0]
