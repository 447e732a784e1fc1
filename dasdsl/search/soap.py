"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., 2024), for trainings that have few steps.

In small networks it comes as far in a few hundred steps as Adam does in thousands, where Adam comes there at all: what
layers read is correlated, and Adam, which scales each weight alone, crawls along the narrow valleys of such a loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

import torch
from torch import Tensor

from dasdsl.search.adam import Adam

BETAS = 0.9, 0.95
"""Of the means of the gradient and of its square."""
SHAMPOO = 0.9
"""Of the mean of the products of the gradient."""
REFRESHED = 10
"""Steps after which the eigenbasis is looked for again."""
WIDEST = 512
"""A side of a matrix that is larger keeps its axes: its products would cost more than the layer."""
TINY = 1e-8


class Soap:
    """Trains kernels by SOAP, a kernel as a matrix of outputs by all that an output reads; all else by Adam."""

    def __init__(self, parameters: Iterable[Tensor], rate: float) -> None:
        kernels, others = [], []
        for parameter in parameters:
            (kernels if parameter.dim() > 1 else others).append(parameter)
        self.rate = rate
        self.kernels = [_Kernel(one) for one in kernels]
        self.others = Adam(others, lr=rate, betas=BETAS, fused=True) if others else None

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for kernel in self.kernels:
            kernel.weight.grad = None
        if self.others is not None:
            self.others.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """What is known of the kernels' gradients, by name; what `others` knows is its own."""
        return {
            f"soap/{number}/{name}": tensor
            for number, kernel in enumerate(self.kernels)
            for name, tensor in kernel.tensors().items()
        }

    def restore_(self, tensors: Mapping[str, Tensor]) -> None:
        """Know again what `tensors` told of kernels of these sizes."""
        for number, kernel in enumerate(self.kernels):
            start = f"soap/{number}/"
            kernel.restore_({name[len(start) :]: one for name, one in tensors.items() if name.startswith(start)})

    @torch.no_grad()
    def step(self) -> None:
        """Go one step down, at the `rate` of now."""
        for kernel in self.kernels:
            if kernel.weight.grad is not None:
                kernel.step(kernel.weight.grad.flatten(1), self.rate)
        if self.others is not None:
            for group in self.others.param_groups:
                group["lr"] = self.rate
            self.others.step()


class _Side:
    """One side of a matrix: the mean of the products of its gradient, and the basis in which these are a diagonal."""

    def __init__(self, products: Tensor, basis: Tensor) -> None:
        self.products, self.basis = products, basis

    @classmethod
    def of(cls, gradient: Tensor) -> _Side:
        """After the first gradient."""
        products = gradient @ gradient.T
        return cls(products, eigenbasis(products))

    def see(self, gradient: Tensor) -> None:
        self.products.lerp_(gradient @ gradient.T, 1 - SHAMPOO)

    def refreshed(self) -> Tensor:
        """The basis after a step of the power iteration; returns what turns the one of before into it."""
        old = self.basis
        # as a state is read: products of matrices that lie in another order round in another way
        self.basis = torch.linalg.qr(self.products @ old).Q.contiguous()
        return old.T @ self.basis


def eigenbasis(products: Tensor) -> Tensor:
    """The eigenvectors of a symmetric matrix as columns, the largest first, as the power iteration keeps them.

    LAPACK gives up on some matrices of low rank in float32, not in float64; the axes stand in where there are none.
    """
    if bool(torch.isfinite(products).all()):
        for matrix in (products, products.double()):
            with suppress(torch.linalg.LinAlgError):  # pyright: ignore[reportPrivateImportUsage] - it is documented
                return torch.linalg.eigh(matrix).eigenvectors.flip(1).to(products.dtype).contiguous()
    return torch.eye(len(products), dtype=products.dtype, device=products.device)


class _Kernel:
    """A kernel and what is known of its gradients, the means of them in the basis of its sides."""

    def __init__(self, weight: Tensor) -> None:
        self.weight = weight
        self.steps = 0
        self.sides: tuple[_Side | None, _Side | None] = None, None
        self.mean = self.square = torch.zeros_like(weight).flatten(1)

    def tensors(self) -> dict[str, Tensor]:
        """All of it, on the processor; nothing before the first step."""
        if not self.steps:
            return {}
        out = {"steps": torch.tensor(self.steps), "mean": self.mean, "square": self.square}
        for number, side in enumerate(self.sides):
            if side is not None:
                out |= {f"products{number}": side.products, f"basis{number}": side.basis}
        return {name: tensor.to("cpu", copy=True).contiguous() for name, tensor in out.items()}

    def restore_(self, tensors: Mapping[str, Tensor]) -> None:
        """Be as it was."""
        if not tensors:
            return
        known = {name: tensor.to(self.weight.device) for name, tensor in tensors.items()}
        self.steps, self.mean, self.square = int(known["steps"]), known["mean"], known["square"]
        first, second = (
            _Side(known[f"products{number}"], known[f"basis{number}"]) if f"basis{number}" in known else None
            for number in (0, 1)
        )
        self.sides = first, second

    def step(self, gradient: Tensor, rate: float) -> None:
        """One step; the first only looks, since it knows nothing of the directions its gradient does not have."""
        if not self.steps:
            rows, columns = gradient.shape
            self.sides = (
                _Side.of(gradient) if rows <= WIDEST else None,
                _Side.of(gradient.T) if columns <= WIDEST else None,
            )
            self.mean, self.square = torch.zeros_like(gradient), torch.zeros_like(gradient)
            self.steps = 1
            return
        first, second = BETAS
        turned = self._turned(gradient)
        self.mean.lerp_(turned, 1 - first)
        self.square.mul_(second).addcmul_(turned, turned, value=1 - second)
        deviation = (self.square / (1 - second**self.steps)).sqrt_().add_(TINY)
        change = self._turned_back(self.mean / deviation)
        self.weight.add_(change.view_as(self.weight), alpha=-rate / (1 - first**self.steps))
        self._see(gradient)
        self.steps += 1

    def _turned(self, matrix: Tensor) -> Tensor:
        left, right = self.sides
        matrix = matrix if left is None else left.basis.T @ matrix
        return matrix if right is None else matrix @ right.basis

    def _turned_back(self, matrix: Tensor) -> Tensor:
        left, right = self.sides
        matrix = matrix if left is None else left.basis @ matrix
        return matrix if right is None else matrix @ right.basis.T

    def _see(self, gradient: Tensor) -> None:
        left, right = self.sides
        if left is not None:
            left.see(gradient)
        if right is not None:
            right.see(gradient.T)
        if self.steps % REFRESHED == 0:
            if left is not None:
                self.mean = left.refreshed().T @ self.mean
            if right is not None:
                self.mean = self.mean @ right.refreshed()
