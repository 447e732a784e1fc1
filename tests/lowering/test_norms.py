import torch
from torch import Tensor

from dasdsl.lowering.gates.norms import connectivity_penalty, exclusive_lasso, group_lasso, l1


def test_by_hand() -> None:
    x = torch.tensor([[3.0, -4.0], [0.0, 2.0]])
    assert l1(x) == 9
    assert exclusive_lasso(x, dim=1) == 49 + 4
    assert exclusive_lasso(x, dim=0) == 9 + 36
    assert group_lasso(x, dim=1) == 5 + 2
    torch.testing.assert_close(group_lasso(x, dim=0), torch.tensor(3 + 20**0.5))


def test_connectivity_is_the_sum_of_its_terms() -> None:
    torch.manual_seed(0)
    p, s = torch.randn(5, 3), torch.randn(3, 4)
    by_row = (p.abs().sum(1) ** 2).sum() + (p.abs().sum(0) ** 2).sum() + p.norm(dim=1).sum()
    by_column = (s.abs().sum(0) ** 2).sum() + s.norm(dim=1).sum()
    torch.testing.assert_close(connectivity_penalty(p, s), by_row + by_column)


def test_gradients_are_finite_at_zero() -> None:
    p, s = (torch.zeros(3, 2, requires_grad=True), torch.zeros(2, 3, requires_grad=True))
    connectivity_penalty(p, s).backward()
    for tensor in (p, s):
        assert tensor.grad is not None
        assert (tensor.grad == 0).all()


def test_group_lasso_gradient_is_right() -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)

    def rows(x: Tensor) -> Tensor:
        return group_lasso(x, dim=1)

    assert torch.autograd.gradcheck(rows, (x,))
