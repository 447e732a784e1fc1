"""Reading .npz files, whole and damaged."""

import io
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dasdsl.data import Data, load
from dasdsl.data.problems import LENGTHS, MISSING_PART, NOT_NUMBERS, OBJECTS, TOO_LARGE, UNREADABLE
from dasdsl.diagnostics import DasError
from tests.data.helpers import arrays, refused, write_npz


def header(shape: str, descr: str = "'|u1'") -> bytes:
    """The start of an .npy file that claims this shape and type."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def write_entry(path, content: bytes):
    """A file whose first array is these bytes."""
    write_npz(path, x_train=None)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", content)
    return path


def test_a_whole_file_is_read_as_it_was_written(tmp_path):
    data = load(write_npz(tmp_path / "toy.npz"))
    for side, split in (("train", data.train), ("test", data.test)):
        assert np.array_equal(split.x.numpy(), arrays()[f"x_{side}"])
        assert np.array_equal(split.y.numpy(), arrays()[f"y_{side}"])
    assert data.name == "toy"


@pytest.mark.parametrize("dtype", ["float16", ">f4", "float64", "int16", ">u2", "bool"])
def test_other_numbers_become_float32(tmp_path, dtype):
    x = arrays()["x_train"].astype(dtype)
    data = load(write_npz(tmp_path / "a.npz", x_train=x, x_test=x))
    assert data.train.x.dtype == torch.float32
    assert np.array_equal(data.train.x.numpy(), x.astype(np.float32))


def test_columns_in_memory_order_are_read(tmp_path):
    x = np.asfortranarray(arrays()["x_train"])
    assert np.array_equal(load(write_npz(tmp_path / "a.npz", x_train=x)).train.x.numpy(), x)


def test_real_targets_are_a_regression(tmp_path):
    y = np.linspace(0, 1, 12)
    data = load(write_npz(tmp_path / "a.npz", y_train=y, y_test=y))
    assert (data.task, data.train.y.shape, data.train.y.dtype) == ("regression", (12, 1), torch.float32)


def test_a_missing_array_is_named_with_what_is_there(tmp_path):
    np.savez(tmp_path / "a.npz", x_trian=np.zeros(3))
    with refused(MISSING_PART, "`x_train`", "did you mean `x_trian`?"):
        load(tmp_path / "a.npz")


def test_python_objects_are_refused(tmp_path):
    with refused(OBJECTS, "`x_train`"):
        load(write_npz(tmp_path / "a.npz", x_train=np.array([{}, []], dtype=object)))


@pytest.mark.parametrize("values", [np.array(["a", "b"]), np.zeros(3, complex), np.zeros(3, [("a", "u1")])])
def test_what_is_not_numbers_is_refused(tmp_path, values):
    with refused(NOT_NUMBERS, "`x_train`"):
        load(write_npz(tmp_path / "a.npz", x_train=values))


def test_labels_beyond_64_bits_are_refused(tmp_path):
    with refused(NOT_NUMBERS, "2^63"):
        load(write_npz(tmp_path / "a.npz", y_train=np.full(12, 2**64 - 1, np.uint64)))


def test_lengths_that_differ_are_refused(tmp_path):
    with refused(LENGTHS, "12 inputs and 2 targets"):
        load(write_npz(tmp_path / "a.npz", y_train=np.arange(2)))


def test_a_claim_beyond_the_content_is_refused_before_memory_is_taken(tmp_path):
    with refused(TOO_LARGE, "1,125,899,906,842,624 bytes"):
        load(write_entry(tmp_path / "a.npz", header("(1048576, 1073741824)") + bytes(100)))


def test_a_claim_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("dasdsl.data.npz.MAX_BYTES", 100)
    with refused(TOO_LARGE, "more than 100"):
        load(write_npz(tmp_path / "a.npz"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an array",
        header("(2, 2)")[:50],
        header("(-2, 2)") + bytes(4),
        header("(2.5, 2)") + bytes(4),
        header("'(2)'") + bytes(4),
        header("(2, 2), 'more': 1") + bytes(4),
        header("(2, 2)", "'no type'") + bytes(4),
        header("(2, 2)", "[[[") + bytes(4),
        header("(2, 2)", "__import__('os')") + bytes(4),
        b"\x93NUMPY\x03\x00" + header("(2, 2)")[8:],
        b"\x93NUMPY\x09\x00" + header("(2, 2)")[8:],
        b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 2000,
    ],
)
def test_an_array_that_is_none_is_refused(tmp_path, content):
    with refused(UNREADABLE, "not a whole .npz file"):
        load(write_entry(tmp_path / "a.npz", content))


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"hello")
    with refused(UNREADABLE, "a.npz"):
        load(tmp_path / "a.npz")


def whole_file() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays(samples=6, shape=(1, 2, 2)))
    return buffer.getvalue()


WHOLE = whole_file()


def read_bytes(folder, content: bytes) -> Data | None:
    """The data set of a file of these bytes, None where it is refused. Any other exception is a failure."""
    path = folder / "damaged.npz"
    path.write_bytes(content)
    try:
        return load(path)
    except DasError:
        return None


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_a_truncated_file_is_refused(tmp_path, length):
    assert read_bytes(tmp_path, WHOLE[:length]) is None


@given(place=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
@example(place=6, bit=0)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_is_refused_or_harmless(tmp_path, place, bit):
    content = bytearray(WHOLE)
    content[place] ^= 1 << bit
    data = read_bytes(tmp_path, bytes(content))
    assert data is None or torch.equal(data.train.y, torch.arange(6) % 3)
