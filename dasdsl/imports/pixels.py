"""Vectors that become pixels (C, 1, …) again are pixels all the way, as in squeeze and excitation with linear layers.

The language has no way back from a vector. But what was flattened was a pixel, so nothing need be flattened: a linear
layer between the two is a 1x1 convolution of the same weights, and all else reads pixels as it reads vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dasdsl.imports.calls import dimensions
from dasdsl.imports.problems import Unsaid, not_said
from dasdsl.imports.steps import UNFLATTEN, Shape, Step, Value

FLATTEN = ("flatten",)
LINEAR = "linear "


def pixels(steps: Sequence[Step], start: Value, end: str) -> tuple[tuple[Step, ...], str]:
    """The steps without `UNFLATTEN`, and what makes the network's output now; `start` is its input.

    Raises: DasError E701 where what was flattened was no pixel.
    """
    if all(step.statements != UNFLATTEN for step in steps):
        return tuple(steps), end
    work = _Pixels(steps, start, end)
    return tuple(work.written()), work.now(end)


class _Pixels:
    """The steps while they are rewritten."""

    def __init__(self, steps: Sequence[Step], start: Value, end: str) -> None:
        self.shapes = {start.name: start.shape} | {step.name: step.shape for step in steps}
        self.same: dict[str, str] = {}
        """What a value is only another name of."""
        self.steps = tuple(self._straight([apart for step in steps for apart in self._apart(step)]))
        self.by_name = {step.name: step for step in self.steps}
        self.sides: dict[str, Shape] = {}
        """The sides of space of what is to be a pixel, by the name of the vector."""
        self.made: dict[str, str] = {}
        """What makes that pixel."""
        read = {name for step in self.steps for name in step.inputs} | {end}
        for step in self.steps:
            if step.statements == UNFLATTEN and step.name in read:
                self._need(step)

    def _apart(self, step: Step) -> Iterator[Step]:
        """A `flatten` that ends a step becomes one of its own."""
        *first, last = step.statements
        if not first or last not in FLATTEN:
            yield step
            return
        before = f"{step.name}/before"
        self.shapes[before] = (*step.shape, *(1 for _ in self.shapes[step.inputs[0]][1:]))
        yield replace(step, name=before, statements=tuple(first), shape=self.shapes[before])
        yield Step(step.name, (before,), FLATTEN, {}, joins=False, where=step.where, shape=step.shape)

    def _straight(self, steps: Sequence[Step]) -> Iterator[Step]:
        """What shows a pixel or a vector in several shapes, one after the other, shows each as it was made."""
        shown: dict[str, str] = {}
        for step in steps:
            inputs = tuple(self.same.get(name, name) for name in step.inputs)
            if step.statements == UNFLATTEN or (step.statements == FLATTEN and set(self.shapes[inputs[0]][1:]) == {1}):
                source = shown[step.name] = shown.get(inputs[0], inputs[0])
                if self.shapes[source] == step.shape:
                    self.same[step.name] = source
                    continue
                inputs = (source,)
            yield replace(step, inputs=inputs)

    def _need(self, step: Step) -> None:
        """Find what has to be a pixel for one that a step makes, back to what was flattened."""
        sides, left = step.shape[1:], [*step.inputs]
        while left:
            name = left.pop()
            shape, source = self.shapes[name], self.by_name.get(name)
            if source is None or len(shape) != 1 or self.sides.setdefault(name, sides) != sides:
                raise not_said(step.where, _no_pixel(step.shape, shape))
            if source.statements != FLATTEN:
                left += source.inputs
            elif (before := self.shapes[source.inputs[0]])[1:] != sides:
                raise not_said(step.where, _no_pixel(step.shape, before))

    def written(self) -> Iterator[Step]:
        """The steps, each vector flattened after its pixel; where nobody reads it that is left out later."""
        for step in self.steps:
            if step.name in self.sides:
                flat = step
                if step.statements != FLATTEN:
                    pixel = self._pixel(step)
                    yield pixel
                    flat = Step(step.name, (pixel.name,), FLATTEN, {}, joins=False, where=step.where, shape=step.shape)
                (self.made[step.name],) = flat.inputs
                yield flat
            elif step.statements != UNFLATTEN:
                yield replace(step, inputs=tuple(map(self.now, step.inputs)))
            elif step.inputs[0] in self.made:
                self.same[step.name] = self.made[step.inputs[0]]

    def _pixel(self, step: Step) -> Step:
        """What a step says of vectors, said of pixels."""
        (words,), tensors, sides = step.statements, step.tensors, self.sides[step.name]
        if words.startswith(LINEAR):
            words = f"conv filters {dimensions(sides)} {words.removeprefix(LINEAR)}"
            weight = tensors["weight"]
            tensors = {**tensors, "weight": weight.reshape(*weight.shape, *sides)}
        name, inputs = f"{step.name}/pixel", tuple(self.made[name] for name in step.inputs)
        return replace(
            step, name=name, inputs=inputs, statements=(words,), tensors=tensors, shape=(*step.shape, *sides)
        )

    def now(self, name: str) -> str:
        """What makes a value that is read."""
        return self.same.get(name, name)


def _no_pixel(made: Shape, before: Shape) -> Unsaid:
    return Unsaid(f"it makes {dimensions(made)} of a vector, which was {dimensions(before)} and no pixel before")
