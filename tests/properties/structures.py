"""Random spaces in which structure is open: choices, optional parts, depths, blocks and what they are made of.

A tensor's *count* is how its channels are written (` 4`, `<=4`, ` s`); a body that keeps it can stand in every block.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from tests.properties.spaces import ACTIVATIONS, indented, random_chain_end

SIDE = {0: 0, 1: 6, 2: 5, 3: 3}
DEFINE = "{p: 2, w: 3, d: <1|2>, s: <2|4>, t: <1..3>}"
"""Numbers, and decisions that are shared by all that mentions them."""


@dataclass(frozen=True)
class Block:
    """A block that keeps the shape: its parameters, and whether it must be given `<=` channels."""

    name: str
    parameters: tuple[str, ...]
    open_channels: bool
    sharable: bool


@dataclass
class Growing:
    """Statements that are being written. `plain` says that nothing is decided channel by channel, as in shared blocks.

    `labels` are those in sight, with the count of what they stand for.
    """

    draw: st.DrawFn
    rank: int
    blocks: list[Block]
    labels: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    sides: tuple[str, ...] = ("1", "2", "3", "<1..3>", "<1|3>", "<2|3>", "d", "t")
    plain: bool = False
    numbers: list[int] = field(default_factory=lambda: [0])

    def pick(self, *options: str) -> str:
        """One of them."""
        return self.draw(st.sampled_from(options))

    def inside(self) -> Growing:
        """A body in this one: it sees these labels, its own are not seen here."""
        return replace(self, labels=list(self.labels))

    # ---- layers ------------------------------------------------------------------------------------------------------

    def filters(self) -> str:
        """A filter of this rank; sides may be names."""
        if self.rank == 2 and self.pick("separate", "separate", "listed") == "listed":
            return "<3x3|1x5|2x1>"
        return " x ".join(self.pick(*self.sides) for _ in range(self.rank))

    def reading(self) -> str:
        """What a layer says about what it reads."""
        return " reads all" if self.plain else self.pick("", "", "", " reads any", " groups<=2")

    def layer(self, count: str) -> str:
        """A layer that makes so many channels and keeps space."""
        if self.rank == 0:
            return f"linear channels{count}{self.reading()}"
        more = self.pick("", "", "", " bias off", " dilation <1|2>") if self.rank < 3 else ""
        return f"conv filters {self.filters()} channels{count}{more}{self.reading()}"

    def unpadded(self, count: str) -> str:
        """A layer with the smallest filter, through which constants fold."""
        if self.rank == 0:
            return self.layer(count)
        return f"conv filters {' x '.join(['1'] * self.rank)} channels{count}{self.reading()}"

    def middle(self) -> str:
        """Any count, for channels that stay inside."""
        options = (" 3", " <2|4>", " s") if self.plain else (" 3", " <2|4>", "<=5", " s", " 2*w")
        return self.pick(*options)

    def light(self) -> str:
        """A statement without a layer that keeps the shape."""
        kinds = [*ACTIVATIONS, "norm batch", "identity", "dropout 0.2"]
        if self.rank:
            kinds += [
                "pool max 3 stride 1 pad 1",
                "pool avg 3 stride 1 pad 1",
                "pool avg 3 stride 1 pad 2/0 counted",
                f"conv depthwise filters {' x '.join(self.pick('1', '3', '<1|3>') for _ in range(self.rank))}",
            ]
        return self.pick(*kinds)

    # ---- bodies ------------------------------------------------------------------------------------------------------

    def body(self, count: str, depth: int) -> list[str]:
        """One to three statements that keep the shape of a tensor with such channels."""
        inside = self.inside()
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, 2 if depth else 3))):
            lines += inside.labelled(inside.statement(count, depth), count)
        return lines

    def labelled(self, lines: list[str], count: str) -> list[str]:
        """A label for the last statement, now and then."""
        if self.draw(st.integers(0, 2)):
            return lines
        self.numbers[0] += 1
        label = f"l{self.numbers[0]}"
        last = max(index for index, line in enumerate(lines) if not line.startswith(" "))
        self.labels.append((label, count))
        return [*lines[:last], f"{label} = {lines[last]}", *lines[last + 1 :]]

    def statement(self, count: str, depth: int) -> list[str]:
        """A statement, with its block where it has one."""
        simple = ["layer", "layer", "light", "two"]
        blocks = [
            "residual",
            "add",
            "choose",
            "choose",
            "optional",
            "repeat",
            "depth",
            "use",
            "use",
            "squeeze",
            "split",
        ]
        kind = self.pick(*simple, *(blocks * 2 if depth else ["use"]))
        match kind:
            case "layer":
                return [self.layer(count)]
            case "two":
                return [self.unpadded(self.middle()), self.pick("relu", "tanh", "norm batch"), self.layer(count)]
            case "residual" | "optional":
                return [f"{kind}:", *indented(self.body(count, depth - 1))]
            case "repeat":
                return [f"repeat {self.pick('1', '2', '2', 'p')}:", *indented(self.body(count, depth - 1))]
            case "depth":
                times = self.pick("<1..3>", "<1|3>", "d", "<2|3>", *(("t",) if depth < 2 else ()))
                return [f"repeat {times}:", *indented(self.body(count, depth - 1))]
            case "add" | "choose":
                return [f"{kind}:", *indented(self.paths(count, depth - 1))]
            case "squeeze" if self.rank:
                gate = ["pool global avg", self.unpadded(count), "sigmoid"]
                return ["mul:", "    path: identity", "    path:", *indented(indented(gate))]
            case "split" if count in (" 4", "<=4"):
                return self.split(count)
            case "use":
                return self.use(count) or [self.layer(count)]
            case _:
                return [self.light()]

    def split(self, count: str) -> list[str]:
        """Four channels of parts of four, which may have channels in common, and a layer on one of them."""
        kept, other, made = self.draw(
            st.sampled_from(
                [("1 of 2", "2 of 2", 2), ("[1-3]", "[0-1]", 1), ("[0,3]", "3 of 4", 2), ("[2]", "[0-2]", 3)]
            )
        )
        layer = [f"slice {other}", *([self.light()] if self.pick("", "light") else [])]
        layer.append(self.layer(count.replace("4", str(made))))
        paths = [["path:", *indented(layer)], [f"path: slice {kept}"]]
        return ["concat:", *indented([line for path in paths[:: self.draw(st.sampled_from([1, -1]))] for line in path])]

    def paths(self, count: str, depth: int) -> list[str]:
        """Two or three paths of one shape; the first begins at what stands before."""
        lines = ["path:", *indented(self.body(count, depth))]
        for _ in range(self.draw(st.integers(1, 2))):
            near = [label for label, other in self.labels if other == count]
            start = f"path from {self.pick(*near)}:" if near and self.draw(st.booleans()) else "path:"
            simple = self.draw(st.integers(0, 2)) == 0
            body = [self.pick("identity", "zero", "zero", "relu")] if simple else self.body(count, depth)
            lines += [start, *indented(body)]
        return lines

    # ---- blocks ------------------------------------------------------------------------------------------------------

    def use(self, count: str) -> list[str]:
        """The use of a block that fits, None where there is none."""
        fitting = [
            one
            for one in self.blocks
            if one.open_channels == count.startswith("<=") and (one.sharable or not self.plain)
        ]
        if not fitting:
            return []
        block = self.draw(st.sampled_from(fitting))
        channels = count.removeprefix("<=").strip()
        given = {"c": channels, "k": self.argument()}
        return [f"{block.name}({', '.join(given[name] for name in block.parameters)})"]

    def argument(self) -> str:
        """A side of a filter as an argument."""
        return self.pick("1", "3", "<1|3>", "<1|2>", "d", *(("k", "2*k-1") if "k" in self.sides else ()))

    def define(self) -> list[str]:
        """A block, which may use those before it."""
        name = f"b{len(self.blocks) + 1}"
        parameters = self.draw(st.sampled_from([("c",), ("c", "k"), ("k", "c")]))
        sharable = self.draw(st.booleans())
        shared = sharable and self.draw(st.booleans())
        open_channels = not sharable and self.draw(st.booleans())
        count = "<=c" if open_channels else " c"
        sides = ("1", "3", "<1|3>", *(("k", "k", "2*k-1") if "k" in parameters else ()))
        inside = replace(self, labels=[], sides=sides, plain=sharable)
        lines = inside.body(count, 1)
        self.blocks.append(Block(name, parameters, open_channels, sharable))
        return [f"{'shared ' if shared else ''}block {name}({', '.join(parameters)}):", *indented(lines)]


@st.composite
def structures(draw: st.DrawFn) -> str:
    """The text of a space of any rank, with open structure; sizes are small."""
    rank = draw(st.integers(0, 3))
    shape = "x".join(["2", *[str(SIDE[rank])] * rank])
    growing = Growing(draw, rank, [])
    lines = ["---", "das: 1", "space: random", f"input: {shape}", f"define: {DEFINE}", "---"]
    for _ in range(draw(st.integers(0, 2))):
        lines += growing.define()
    for _ in range(draw(st.integers(1, 2))):
        count = draw(st.sampled_from([" 4", "<=4", " s", " 2*w", "<=p"]))
        lines += growing.labelled([growing.layer(count)], count)
        for _ in range(draw(st.integers(1, 2))):
            lines += growing.labelled(growing.statement(count, 2), count)
    return "\n".join(lines + random_chain_end(draw, rank)) + "\n"
