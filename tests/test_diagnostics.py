"""The form of a problem."""

import pickle

from dasdsl.diagnostics import DasError, Diagnostic, problem


def test_a_place_stands_before_the_message_and_the_help_below():
    found = Diagnostic(
        "E103", "error", "rank 1 is not rank 2", help="write both sides", path="a.das", line=9, column=14
    )
    assert str(found) == "a.das:9:14: error[E103]: rank 1 is not rank 2\n  help: write both sides"


def test_without_a_place_the_message_stands_alone():
    assert str(Diagnostic("W1", "warning", "unused", notes=("seen once",))) == "warning[W1]: unused\n  note: seen once"


def test_an_error_prints_all_its_diagnostics():
    error = DasError([Diagnostic("E1", "error", "first"), Diagnostic("E2", "error", "second")])
    assert str(error) == "error[E1]: first\nerror[E2]: second"
    assert [diagnostic.code for diagnostic in error.diagnostics] == ["E1", "E2"]


def test_a_problem_is_an_error_of_one_diagnostic():
    error = problem("D201", "no such file", help="look again", path="x.npz")
    assert str(error) == "x.npz: error[D201]: no such file\n  help: look again"


def test_an_error_survives_pickling():
    error = pickle.loads(pickle.dumps(problem("D201", "no such file")))  # noqa: S301 - our own bytes
    assert str(error) == "error[D201]: no such file"
