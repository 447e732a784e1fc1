"""CSV files of image paths and targets."""

import pytest
import torch

from dasdsl.data import DataOptions, load
from dasdsl.data.problems import (
    BAD_IMAGE,
    BAD_OPTION,
    EMPTY,
    LENGTHS,
    MISSING_PART,
    NO_SPLIT,
    NOT_NUMBERS,
    UNREADABLE,
)
from tests.data.helpers import refused, write_image


def write_table(folder, targets, columns="path,target"):
    """A table of one camera; the red of each image is the number of its row."""
    rows = [columns]
    for number, target in enumerate(targets):
        write_image(folder / f"{number}.png", (number, 0, 0))
        rows.append(f"{number}.png,{target}")
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    return folder / "table.csv"


def write_drive(folder, moments=20, *, header=True, prefix="IMG/"):
    """A driving log whose images tell moment (red) and camera (green)."""
    rows = ["center,left,right,steering,throttle,brake,speed"] if header else []
    for moment in range(moments):
        for number, camera in enumerate(("center", "left", "right")):
            write_image(folder / "IMG" / f"{camera}_{moment}.png", (moment, number, 0), size=(8, 140))
        cells = ", ".join(f"{prefix}{camera}_{moment}.png" for camera in ("center", "left", "right"))
        rows.append(f"{cells},{moment / 100},0,0,30.1")
    (folder / "driving_log.csv").write_text("\n".join(rows))
    return folder


def test_the_first_column_is_the_path_and_the_last_the_target(tmp_path):
    data = load(write_table(tmp_path, [0.5 + n for n in range(10)]))
    assert (data.name, data.task, data.metric_name) == ("table", "regression", "rmse")
    for split in (data.train, data.test):
        assert torch.equal(split.x[:, 0, 0, 0] + 0.5, split.y[:, 0])
    assert (len(data.train), len(data.test)) == (8, 2)


def test_words_are_classes(tmp_path):
    data = load(write_table(tmp_path, ["dog", "cat"] * 5))
    assert (data.task, data.classes) == ("classification", ("cat", "dog"))
    assert torch.equal(data.train.x[:, 0, 0, 0] % 2, (1 - data.train.y))


def test_whole_numbers_are_classes_unless_regression_is_asked_for(tmp_path):
    path = write_table(tmp_path, [0, 1] * 5)
    assert load(path).task == "classification"
    assert load(path, options=DataOptions(task="regression")).task == "regression"


def test_several_targets_and_chosen_columns(tmp_path):
    write_image(tmp_path / "a.png")
    (tmp_path / "t.csv").write_text("n,file,u,v\n" + "".join(f"{n},a.png,{n}.5,{n}\n" for n in range(10)))
    data = load(tmp_path / "t.csv", options=DataOptions.of({"cameras": "file", "target": "u,v"}))
    assert data.train.y.shape == (8, 2)
    assert torch.equal(data.train.y[:, 0] - data.train.y[:, 1], torch.full((8,), 0.5))


def test_a_driving_log_is_known_by_its_columns(tmp_path):
    options = DataOptions(block=2)
    data = load(write_drive(tmp_path), options=options, input_shape=(3, 10, 8))
    assert (data.task, data.input_shape, data.name) == ("regression", (3, 10, 8), tmp_path.name)
    assert (len(data.train), len(data.test)) == (48, 12)
    offsets = torch.tensor([0, 0.2, -0.2])
    for split in (data.train, data.test):
        moment, camera = split.x[:, 0, 0, 0].long(), split.x[:, 1, 0, 0].long()
        assert torch.allclose(split.y[:, 0], moment / 100 + offsets[camera])
        assert split.groups is not None
        assert torch.equal(split.groups, moment // 2)
    assert data.test.groups is not None
    assert data.test.groups.unique().tolist() == [4, 9]


def test_a_driving_log_is_cropped_and_split_as_agreed(tmp_path):
    data = load(write_drive(tmp_path, moments=251))
    assert data.input_shape == (3, 75, 8)
    assert data.test.x[:, 0, 0, 0].unique().tolist() == list(range(200, 250))


def test_options_change_how_a_driving_log_is_read(tmp_path):
    options = DataOptions.of({"crop": "0..20", "cameras": "center", "block": "1", "every": "4"})
    data = load(write_drive(tmp_path) / "driving_log.csv", options=options)
    assert (data.input_shape, len(data.train), len(data.test)) == ((3, 20, 8), 15, 5)


def test_a_log_without_names_of_columns_is_known(tmp_path):
    assert len(load(write_drive(tmp_path, header=False), options=DataOptions(block=2)).train) == 48


@pytest.mark.parametrize("prefix", ["/nowhere/IMG/", "C:\\drive\\IMG\\"])
def test_absolute_paths_of_another_machine_are_found_beside_the_log(tmp_path, prefix):
    assert len(load(write_drive(tmp_path, prefix=prefix), options=DataOptions(block=2)).train) == 48


def test_cameras_of_one_row_stay_together_without_blocks(tmp_path):
    path = write_table(tmp_path, [0.5] * 10)
    path.write_text(path.read_text().replace(".png,", ".png,0.png,").replace("path,", "path,side,"))
    data = load(path, options=DataOptions.of({"cameras": {"path": 0, "side": 1}}))
    assert data.train.groups is not None
    assert data.train.groups.bincount().max() == data.train.groups.bincount()[data.train.groups].min() == 2


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = write_table(tmp_path, [0.5] * 10)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(load(path, options=DataOptions.of({"cameras": "path"})).train) == 8


def test_a_missing_column_is_named(tmp_path):
    with refused(MISSING_PART, "table.csv:1:1", "`targte`", "did you mean `target`?"):
        load(write_table(tmp_path, [1.5, 2.5]), options=DataOptions(target=("targte",)))


def test_a_cell_that_is_no_number_has_its_line(tmp_path):
    with refused(NOT_NUMBERS, "table.csv:4", "`fast`"):
        load(write_table(tmp_path, [0.5, 1.5, "fast"]), options=DataOptions(task="regression"))


def test_a_short_row_has_its_line(tmp_path):
    path = write_table(tmp_path, [0.5, 1.5])
    path.write_text(path.read_text() + "2.png\n")
    with refused(LENGTHS, "table.csv:4", "1 cells"):
        load(path)


@pytest.mark.parametrize("text", ["", "\n\n", "path,target\n"])
def test_a_table_without_rows_is_refused(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with refused(EMPTY):
        load(tmp_path / "t.csv")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'a,b\n"open', b"a,b\n" + b"x" * 200_000])
def test_what_is_no_table_is_refused(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with refused(UNREADABLE, "t.csv"):
        load(tmp_path / "t.csv")


def test_a_missing_image_is_named(tmp_path):
    path = write_table(tmp_path, [0.5] * 10)
    (tmp_path / "7.png").unlink()
    with refused(BAD_IMAGE, "7.png"):
        load(path)


@pytest.mark.parametrize("targets", [["cat", "dog"] * 5, [0, 1] * 5])
def test_nothing_is_added_to_classes(tmp_path, targets):
    with refused(BAD_OPTION, "cameras"):
        load(write_table(tmp_path, targets), options=DataOptions.of({"cameras": "path=0.2"}))


def test_too_few_blocks_for_a_test_are_refused(tmp_path):
    with refused(NO_SPLIT, "2 blocks"):
        load(write_table(tmp_path, [0.5] * 10), options=DataOptions(block=5))
