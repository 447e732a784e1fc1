"""Reads a `torch.utils.data.Dataset`, or a pair of them, into memory."""

from collections.abc import Sized
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from dasdsl.data.checks import assemble, shape_text
from dasdsl.data.options import DataOptions
from dasdsl.data.problems import BAD_SAMPLE, EMPTY, LENGTHS
from dasdsl.data.sets import Data, Split


def read_datasets(train: Dataset[Any], test: Dataset[Any] | None, options: DataOptions) -> Data:
    """The data set of these Datasets, whose items are pairs of an input and a target.

    Inputs are tensors, arrays or Pillow images; whole-number targets are classes. What a Dataset itself raises is not
    caught: it is the caller's code.
    Raises: DasError for items that are no such pairs or differ in shape.
    """
    return assemble(
        type(train).__name__,
        _split(train, "training"),
        None if test is None else _split(test, "test"),
        options,
    )


def _split(dataset: Dataset[Any], side: str) -> Split:
    if not isinstance(dataset, Sized):
        raise BAD_SAMPLE.error(
            f"the {side} Dataset has no length", help="use a Dataset with `__len__`, not an IterableDataset"
        )
    pairs = [_pair(dataset[index], index, side) for index in range(len(dataset))]
    if not pairs:
        raise EMPTY.error(f"the {side} Dataset has no sample", help="check how it was made")
    return Split(_stacked([x for x, _ in pairs], f"{side} inputs"), _stacked([y for _, y in pairs], f"{side} targets"))


def _pair(item: Any, index: int, side: str) -> tuple[Tensor, Tensor]:  # noqa: ANN401 - a Dataset yields anything
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise BAD_SAMPLE.error(
            f"sample {index} of the {side} Dataset is a {type(item).__name__}, not a pair",
            help="let the Dataset return `(input, target)`",
        )
    try:
        return _tensor(item[0]), _tensor(item[1])
    except (TypeError, ValueError, RuntimeError) as error:
        raise BAD_SAMPLE.error(
            f"sample {index} of the {side} Dataset holds a {type(item[0]).__name__} and a {type(item[1]).__name__}",
            help="let the Dataset return tensors, arrays or numbers",
        ) from error


def _tensor(value: Any) -> Tensor:  # noqa: ANN401 - as above
    """A value of a sample on the processor; a Pillow image has its channels moved to the front."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    array = np.asarray(value)
    tensor = torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("=")))
    if hasattr(value, "getbands"):
        return tensor.unsqueeze(0) if tensor.dim() == 2 else tensor.permute(2, 0, 1)
    return tensor


def _stacked(values: list[Tensor], what: str) -> Tensor:
    first = values[0]
    for index, value in enumerate(values):
        if value.shape != first.shape or value.dtype != first.dtype:
            raise LENGTHS.error(
                f"the {what} differ: sample 0 is {_described(first)}, sample {index} is {_described(value)}",
                help="give all samples one shape and type",
            )
    return torch.stack(values)


def _described(value: Tensor) -> str:
    return f"{shape_text(value.shape)} {str(value.dtype).removeprefix('torch.')}"
