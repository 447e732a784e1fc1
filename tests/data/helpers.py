"""What the tests of data share: small data sets on disk, and a refusal that is looked at closely."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dasdsl.data.problems import Kind
from dasdsl.diagnostics import DasError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@contextmanager
def refused(kind: Kind, *words: str) -> Iterator[pytest.ExceptionInfo[DasError]]:
    """Expects a DasError of this kind that offers help and says all these words."""
    with pytest.raises(DasError) as caught:
        yield caught
    first = caught.value.diagnostics[0]
    assert first.code == kind.code, str(caught.value)
    assert first.severity == "error"
    assert first.help
    assert first.message[0] == first.message[0].lower()
    assert not first.message.endswith(".")
    for word in words:
        assert word in str(caught.value)


def arrays(samples: int = 12, classes: int = 3, shape: tuple[int, ...] = (2, 4, 4)) -> dict[str, np.ndarray]:
    """The four arrays of a data set with every class on both sides."""
    generator = np.random.default_rng(0)
    labels = np.arange(samples) % classes
    images = [generator.integers(0, 256, (samples, *shape), dtype=np.uint8) for _ in range(2)]
    return {"x_train": images[0], "y_train": labels, "x_test": images[1], "y_test": labels}


def write_npz(path: Path, **changes: np.ndarray | None) -> Path:
    """A file of `arrays()` with some exchanged, or left out where None."""
    kept = {name: values for name, values in (arrays() | changes).items() if values is not None}
    np.savez_compressed(path, **kept)
    return path


def write_image(
    path: Path, colour: int | tuple[int, ...] = 0, size: tuple[int, int] = (8, 6), mode: str = "RGB"
) -> Path:
    """An image of one colour; `size` is width by height, as Pillow has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path
