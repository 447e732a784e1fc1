"""What must hold of every data set, whatever it was read from."""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from dasdsl.data.options import DataOptions, Task
from dasdsl.data.problems import (
    BAD_LABELS,
    EMPTY,
    GAPS,
    LENGTHS,
    NOT_FINITE,
    NOT_NUMBERS,
    WRONG_OUTPUTS,
    WRONG_SHAPE,
)
from dasdsl.data.sets import Data, Normalisation, Split
from dasdsl.data.splits import holdout

SHOWN = 10
"""How many of many names a message shows."""


def assemble(
    name: str,
    train: Split,
    test: Split | None,
    options: DataOptions,
    *,
    classes: tuple[str, ...] | None = None,
    path: str | None = None,
) -> Data:
    """A checked data set from splits as they were read; test data is held out of `train` where there is none.

    Raises: DasError for whatever does not hold, naming `path`.
    """
    train = _checked(train, "training", options.task, path)
    task: Task = "classification" if train.y.dtype == torch.int64 else "regression"
    if test is None:
        train, test = holdout(train, options.test, options.seed)
    else:
        test = _checked(test, "test", task, path)
    _check_alike(train, test, path)
    if task == "regression":
        return Data(name, task, train, test, (), Normalisation.measured(train.x))
    names = classes or tuple(str(number) for number in range(_count(train.y)))
    _check_classes(train.y, test.y, names, path)
    return Data(name, task, train, test, names, Normalisation.measured(train.x))


def check_fits(data: Data, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> None:
    """That a network of this input and this output can be trained on the data.

    A classifier ends in a vector, and may have more outputs than there are classes; targets are compared flattened.
    Raises: DasError D215 or D216, saying what both are.
    """
    if data.input_shape != input_shape:
        raise WRONG_SHAPE.error(
            f"the data set `{data.name}` has samples of {shape_text(data.input_shape)}, "
            f"but the space's input is {shape_text(input_shape)}",
            help=_shape_help(data.input_shape, input_shape),
        )
    if data.task == "classification" and len(output_shape) > 1:
        raise WRONG_OUTPUTS.error(
            f"the network gives {shape_text(output_shape)} values, but a classifier gives one for each class",
            help=f"end with `flatten` and `linear channels {data.outputs}`",
        )
    outputs = prod(output_shape)
    fits = data.outputs <= outputs if data.task == "classification" else data.outputs == outputs
    if not fits:
        what = "class" if data.task == "classification" else "target"
        raise WRONG_OUTPUTS.error(
            f"the data set `{data.name}` has {_counted(data.outputs, what)}, "
            f"but the network gives {_counted(outputs, 'value')}",
            help=f"let the last layer be `linear channels {data.outputs}`",
        )


def shape_text(shape: Sequence[int]) -> str:
    """A shape as the header writes it: `3x66x200`, or `(16)` for a plain vector."""
    return "x".join(str(side) for side in shape) if len(shape) > 1 else f"({shape[0] if shape else ''})"


def _counted(count: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def _shape_help(data: tuple[int, ...], space: tuple[int, ...]) -> str:
    if len(data) > 1 and (data[-1], *data[:-1]) == space:
        return "channels come first: move the last axis of the data to the front"
    return f"write `input: {shape_text(data)}` in the header, or choose other data"


def _checked(split: Split, side: str, task: Task | None, path: str | None) -> Split:
    """The split with usable inputs and targets."""
    if split.x.dim() == 0 or split.y.dim() == 0:
        raise NOT_NUMBERS.error(f"the {side} data is a single number", help="store one row a sample", path=path)
    if len(split.x) != len(split.y):
        raise LENGTHS.error(
            f"the {side} data has {_counted(len(split.x), 'input')} and {_counted(len(split.y), 'target')}",
            help="give each input one target",
            path=path,
        )
    if len(split) == 0:
        raise EMPTY.error(f"the {side} data has no sample", help="check how the data was made or split", path=path)
    return Split(_inputs(split.x, side, path), _targets(split.y, side, task, path), split.groups)


def _inputs(x: Tensor, side: str, path: str | None) -> Tensor:
    if x.dim() < 2 or 0 in x.shape:
        raise NOT_NUMBERS.error(
            f"the {side} inputs have shape {tuple(x.shape)}, which leaves nothing for one sample",
            help="store inputs as (samples, channels, …) or (samples, features)",
            path=path,
        )
    if x.dtype == torch.uint8:
        return x
    x = x.to(torch.float32)
    _check_finite(x, f"{side} inputs", path)
    return x


def _targets(y: Tensor, side: str, task: Task | None, path: str | None) -> Tensor:
    if y.dim() == 2 and y.shape[1] == 1 and not y.is_floating_point() and task != "regression":
        y = y[:, 0]
    whole = not y.is_floating_point() and y.dim() == 1
    if task == "classification" or (task is None and whole):
        return _class_numbers(y, side, path)
    if y.dim() not in (1, 2) or 0 in y.shape:
        raise NOT_NUMBERS.error(
            f"the {side} targets have shape {tuple(y.shape)}",
            help="store targets as (samples,) or (samples, targets)",
            path=path,
        )
    values = y.to(torch.float32)
    _check_finite(values, f"{side} targets", path)
    return values.unsqueeze(1) if values.dim() == 1 else values


def _class_numbers(y: Tensor, side: str, path: str | None) -> Tensor:
    y = y.squeeze(1) if y.dim() == 2 and y.shape[1] == 1 else y
    if y.dim() != 1:
        raise BAD_LABELS.error(
            f"the {side} labels have shape {tuple(y.shape)}", help="store one class number a sample", path=path
        )
    numbers = y.to(torch.int64)
    wrong = (numbers != y) | (numbers < 0)
    if bool(wrong.any()):
        place = int(wrong.nonzero()[0, 0])
        raise BAD_LABELS.error(
            f"the {side} label of sample {place} is {y[place].item()}",
            help="number the classes 0, 1, 2, …, or set the data's `task` to `regression`",
            path=path,
        )
    return numbers


def _check_finite(values: Tensor, what: str, path: str | None) -> None:
    wrong = ~torch.isfinite(values).flatten(1).all(1) if values.dim() > 1 else ~torch.isfinite(values)
    if bool(wrong.any()):
        first = int(wrong.nonzero()[0, 0])
        raise NOT_FINITE.error(
            f"{int(wrong.sum())} of the {what} hold NaN or infinite values, the first is sample {first}",
            help="remove or repair these samples",
            path=path,
        )


def _check_alike(train: Split, test: Split, path: str | None) -> None:
    for what, ours, theirs in (
        ("inputs", train.x.shape[1:], test.x.shape[1:]),
        ("targets", train.y.shape[1:], test.y.shape[1:]),
    ):
        if ours != theirs:
            raise LENGTHS.error(
                f"the training {what} are {shape_text(ours)} each, the test {what} {shape_text(theirs)}",
                help="give training and test data the same shape",
                path=path,
            )
    if train.x.dtype != test.x.dtype:
        raise LENGTHS.error(
            f"the training inputs are {_type_name(train.x)}, the test inputs {_type_name(test.x)}",
            help="store both as uint8 (0 to 255) or both as real numbers",
            path=path,
        )


def _type_name(x: Tensor) -> str:
    return "uint8" if x.dtype == torch.uint8 else "real numbers"


def _count(labels: Tensor) -> int:
    """The number of classes; more than there are samples can't all have one, so names need not be made for them."""
    return min(int(labels.max()), len(labels)) + 1


def _check_classes(train: Tensor, test: Tensor, classes: tuple[str, ...], path: str | None) -> None:
    present = set(train.unique().tolist())
    missing = [name for number, name in enumerate(classes) if number not in present]
    if missing:
        raise GAPS.error(
            f"no training sample of {_listed(missing)}",
            help="number the classes without gaps, and give each some training samples",
            path=path,
        )
    unknown = sorted(set(test.unique().tolist()) - present)
    if unknown:
        raise GAPS.error(
            f"the test data has {_listed([str(label) for label in unknown])}, which the training data has not",
            help="give each class some training samples, or remove its test samples",
            path=path,
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"class{'es' if len(names) > 1 else ''} {', '.join(names[:SHOWN])}{more}"
