import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dasdsl.lowering.gates.sparsemax import sparsemax

vectors = st.lists(st.floats(-5, 5), min_size=1, max_size=9)


@given(vectors)
def test_is_the_nearest_point_of_the_simplex(values: list[float]) -> None:
    z = torch.tensor(values, dtype=torch.float64)
    p = sparsemax(z)
    assert (p >= 0).all()
    torch.testing.assert_close(p.sum(), torch.ones((), dtype=torch.float64))
    # the conditions of Karush, Kuhn and Tucker: z - p is the same on the support, and no larger elsewhere
    gap = z - p
    on = gap[p > 0]
    assert (on.max() - on.min()).abs() < 1e-9
    assert (gap[p == 0] <= on.max() + 1e-9).all()


def test_gradient_is_right() -> None:
    torch.manual_seed(0)
    z = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(sparsemax, (z,))
    assert torch.autograd.gradgradcheck(sparsemax, (z,))


def test_far_apart_scores_give_an_exact_one() -> None:
    assert sparsemax(torch.tensor([3.0, 0.0, -1.0])).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_stays_none(value: float) -> None:
    """A training that diverges is to be told by its loss."""
    z = torch.tensor([[0.0, value, 1.0], [0.0, 1.0, 2.0]], requires_grad=True)
    p = sparsemax(z)
    assert p[0].isnan().any()
    assert p[1].tolist() == [0.0, 0.0, 1.0]
    p.sum().backward()
