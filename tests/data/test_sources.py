"""What a source is taken for."""

import os
import subprocess
import sys

import numpy as np
import pytest

import dasdsl.data
from dasdsl.data import load, shipped
from dasdsl.data.problems import KINDS, MISSING, UNKNOWN_FORMAT, UNKNOWN_NAME, UNREADABLE
from tests.data.helpers import arrays, refused, write_npz


def test_a_near_name_is_suggested():
    with refused(UNKNOWN_NAME, "`digit`", "did you mean `digits`?"):
        load("digit")


def test_an_unknown_name_lists_what_ships():
    with refused(UNKNOWN_NAME, "`digits`"):
        load("imagenet")


@pytest.mark.parametrize("path", ["nowhere/data", "nowhere.npz", "./digits"])
def test_a_missing_path_is_named(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with refused(MISSING, path):
        load(path)


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b/c"])
def test_an_impossible_path_is_refused(path):
    with pytest.raises(dasdsl.diagnostics.DasError):
        load(path)


def test_an_unknown_kind_of_file_lists_the_known(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"")
    with refused(UNKNOWN_FORMAT, "`.pt`", ".npz"):
        load(tmp_path / "a.pt")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_an_unreadable_file_says_so(tmp_path):
    path = write_npz(tmp_path / "a.npz")
    path.chmod(0)
    with refused(UNREADABLE, "permission denied"):
        load(path)


def test_a_folder_with_the_name_of_a_file_is_refused(tmp_path):
    (tmp_path / "a.npz").mkdir()
    with refused(UNKNOWN_FORMAT):
        load(tmp_path / "a.npz")


def test_a_shipped_name_wins_over_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    assert load("digits").outputs == 10


def test_data_passes_through():
    data = load("digits")
    assert load(data) is data


def test_grey_images_without_a_channel_get_the_one_of_the_input(tmp_path):
    x = arrays(shape=(5, 4))["x_train"]
    path = write_npz(tmp_path / "a.npz", x_train=x, x_test=x)
    assert load(path).input_shape == (5, 4)
    data = load(path, input_shape=(1, 5, 4))
    assert data.input_shape == (1, 5, 4)
    assert np.isclose(float(data.scale.mean), x.mean() / 255)


def test_digits_are_the_digits():
    data = load("digits")
    assert (data.name, data.input_shape, data.outputs, data.task) == ("digits", (1, 8, 8), 10, "classification")
    assert (len(data.train), len(data.test)) == (1442, 355)
    assert data.train.x.max() == 16
    assert min(data.train.y.bincount()) > 135
    assert min(data.test.y.bincount()) > 30


def test_every_shipped_data_set_has_its_licence_beside_it():
    for file in shipped().values():
        assert "licen" in file.with_suffix(".txt").read_text().lower()


def test_options_and_codes_are_had_without_torch():
    code = (
        "import sys, dasdsl.data.problems, dasdsl.data as d; d.DataOptions; d.shipped(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_public_names_are_all_there():
    assert all(getattr(dasdsl.data, name) is not None for name in dasdsl.data.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = dasdsl.data.nothing


def test_codes_are_one_each_and_explained():
    assert list(KINDS) == [f"D{number}" for number in range(201, 201 + len(KINDS))]
    assert all(kind.title and kind.meaning for kind in KINDS.values())
