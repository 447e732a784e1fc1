"""Options of data, from a header or from flags."""

import pytest
from pydantic import ValidationError

from dasdsl.data import DataOptions
from dasdsl.data.problems import BAD_OPTION
from tests.data.helpers import refused


def test_texts_of_a_header_or_flag_are_typed():
    options = DataOptions.of(
        {
            "from": "drive",
            "task": "regression",
            "cameras": "center, left=0.2, right=-0.2",
            "target": "steering, speed",
            "crop": "60..135",
            "block": "50",
            "every": "4",
            "test": "0.25",
            "seed": "7",
        }
    )
    assert options.source == "drive"
    assert options.cameras == (("center", 0), ("left", 0.2), ("right", -0.2))
    assert options.target == ("steering", "speed")
    assert (options.crop, options.block, options.every) == ((60, 135), 50, 4)
    assert (options.test, options.seed) == (0.25, 7)


@pytest.mark.parametrize("cameras", [{"a": "0", "b": "0.2"}, [["a", 0], ["b", 0.2]], "a,b=0.2"])
def test_cameras_may_be_a_mapping_pairs_or_text(cameras):
    assert DataOptions.of({"cameras": cameras}).cameras == (("a", 0), ("b", 0.2))


def test_cameras_may_be_a_list_of_columns():
    assert DataOptions.of({"cameras": ["a", "b"]}).cameras == (("a", 0), ("b", 0))


def test_a_misspelt_option_is_refused_with_a_suggestion():
    with refused(BAD_OPTION, "`blok`", "did you mean `block`?", "`from`"):
        DataOptions.of({"blok": "50"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crop", "60"),
        ("crop", "135..60"),
        ("crop", "-1..5"),
        ("crop", "a..b"),
        ("crop", [1, 2, 3]),
        ("block", "0"),
        ("block", "many"),
        ("every", "1"),
        ("test", "1"),
        ("test", "nan"),
        ("seed", "-1"),
        ("task", "sorting"),
        ("cameras", "left=far"),
        ("cameras", "left=inf"),
        ("cameras", ["a", 3]),
        ("cameras", ""),
        ("cameras", 3),
        ("target", ""),
        ("from", ""),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(name, value):
    with refused(BAD_OPTION, f"`{name}`"):
        DataOptions.of({name: value})


def test_every_value_that_does_not_fit_is_reported():
    with refused(BAD_OPTION, "`block`", "`every`") as caught:
        DataOptions.of({"block": "0", "every": "0"})
    assert len(caught.value.diagnostics) == 2


def test_given_options_stand_over_defaults():
    merged = DataOptions(block=3, test=0.5).over(DataOptions(block=50, crop=(60, 135)))
    assert (merged.block, merged.crop, merged.test) == (3, (60, 135), 0.5)


def test_options_can_not_be_changed():
    with pytest.raises(ValidationError):
        DataOptions().block = 3


def test_every_option_is_described():
    assert all(field.description for field in DataOptions.model_fields.values())
