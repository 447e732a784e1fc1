"""Decoding images."""

import struct
import sys
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from dasdsl.data.images import decode_all
from dasdsl.data.problems import BAD_IMAGE, BAD_OPTION, NO_PILLOW, TOO_LARGE, WRONG_SHAPE
from tests.data.helpers import refused, write_image


def test_images_are_channels_first_bytes_in_the_order_of_their_paths(tmp_path):
    paths = [write_image(tmp_path / f"{n}.png", (n, 2 * n, 255)) for n in range(20)]
    images = decode_all(paths, (3, 6, 8), None)
    assert images.dtype == torch.uint8
    assert images.shape == (20, 3, 6, 8)
    assert images[:, :, 3, 3].tolist() == [[n, 2 * n, 255] for n in range(20)]


def test_images_are_resized_to_the_input(tmp_path):
    assert decode_all([write_image(tmp_path / "a.png", size=(30, 20))], (3, 4, 5), None).shape == (1, 3, 4, 5)


def test_one_channel_is_grey(tmp_path):
    images = decode_all([write_image(tmp_path / "a.png", (200, 200, 200))], (1, 6, 8), None)
    assert images.unique().tolist() == [200]


def test_four_channels_keep_transparency(tmp_path):
    path = write_image(tmp_path / "a.png", (1, 2, 3, 4), mode="RGBA")
    assert decode_all([path], (4, 6, 8), None)[0, :, 0, 0].tolist() == [1, 2, 3, 4]


def test_rows_are_cropped_from_the_first_up_to_the_last(tmp_path):
    rows = np.arange(6, dtype=np.uint8)[:, None].repeat(8, axis=1)
    Image.fromarray(rows).save(tmp_path / "a.png")
    assert decode_all([tmp_path / "a.png"], (1, 3, 8), (2, 5))[0, 0, :, 0].tolist() == [2, 3, 4]


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("P", 3), ("RGB", 3), ("LA", 4), ("RGBA", 4)])
def test_without_a_shape_the_first_image_gives_it(tmp_path, mode, channels):
    path = tmp_path / "a.png"
    Image.new(mode, (8, 6)).save(path)
    assert decode_all([path], None, None).shape == (1, channels, 6, 8)
    assert decode_all([path], None, (1, 3)).shape == (1, channels, 2, 8)


def test_every_broken_image_is_named(tmp_path):
    good = write_image(tmp_path / "good.jpg")
    (tmp_path / "short.jpg").write_bytes(good.read_bytes()[:-40])
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "empty.png").write_bytes(b"")
    names = ["short.jpg", "text.jpg", "empty.png", "absent.png"]
    with refused(BAD_IMAGE, *names) as caught:
        decode_all([good, *(tmp_path / name for name in names)], (3, 6, 8), None)
    assert len(caught.value.diagnostics) == 4


def test_of_many_broken_images_the_first_are_named(tmp_path):
    with refused(BAD_IMAGE) as caught:
        decode_all([tmp_path / f"{n}.png" for n in range(30)], (3, 6, 8), None)
    assert len(caught.value.diagnostics) == 10


def test_the_first_image_may_be_broken_where_it_gives_the_shape(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with refused(BAD_IMAGE, "a.png"):
        decode_all([tmp_path / "a.png"], None, None)


@pytest.mark.parametrize("side", [10_000, 50_000])
def test_a_small_file_of_a_huge_image_is_refused(tmp_path, side):
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    size = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(content)
    with refused(BAD_IMAGE, "bomb.png", "bomb"):
        decode_all([tmp_path / "bomb.png"], (3, 6, 8), None)


def test_more_than_8_bits_are_refused(tmp_path):
    Image.new("I;16", (8, 6)).save(tmp_path / "a.png")
    with refused(BAD_IMAGE, "more than 8 bits"):
        decode_all([tmp_path / "a.png"], (1, 6, 8), None)


def test_a_crop_beyond_the_image_names_it(tmp_path):
    with refused(BAD_OPTION, "a.png", "60..135", "6 rows"):
        decode_all([write_image(tmp_path / "a.png")], (3, 66, 200), (60, 135))


@pytest.mark.parametrize("shape", [(16,), (2, 6, 8), (3, 6, 8, 2)])
def test_images_need_an_input_of_images(tmp_path, shape):
    with refused(WRONG_SHAPE, "images can't be read as"):
        decode_all([write_image(tmp_path / "a.png")], shape, None)


def test_more_images_than_memory_are_refused(tmp_path):
    with refused(TOO_LARGE):
        decode_all([write_image(tmp_path / "a.png")], (3, 60_000, 60_000), None)


def test_without_pillow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with refused(NO_PILLOW, "pip install 'dasdsl[images]'"):
        decode_all([tmp_path / "a.png"], (3, 6, 8), None)
