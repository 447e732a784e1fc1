"""What layers can read of what is left, measured: means and covariances of features, over samples and space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from dasdsl.frozen import frozen
from dasdsl.inverse.cutting import Cut

PLACES = 20_000
"""Places in space, of all samples together, that are looked at; evenly spread."""
WIDEST = 512
"""Of layers that read more features only variances are taken."""


@frozen(slots=True)
class Moment:
    """What a layer could read: the numbers of the features in the whole network, their mean (F,) and covariance (F, F).

    Of wide layers it is their variances (F,).
    """

    features: tuple[int, ...]
    mean: Tensor
    covariance: Tensor

    @property
    def variance(self) -> Tensor:
        """Of each feature."""
        return self.covariance if self.covariance.dim() == 1 else self.covariance.diagonal()

    def only(self, wanted: Tensor) -> Moment:
        """Of the features alone that are wanted, (all features of the whole network,) of truth values."""
        left = [place for place, feature in enumerate(self.features) if bool(wanted[feature])]
        covariance = self.covariance[left]
        features = tuple(self.features[place] for place in left)
        return Moment(features, self.mean[left], covariance if covariance.dim() == 1 else covariance[:, left])

    def places(self, wanted: Sequence[int]) -> list[int] | None:
        """Where features of the whole network stand here; None where one of them does not."""
        index = {feature: place for place, feature in enumerate(self.features)}
        found = [index[feature] for feature in wanted if feature in index]
        return found if len(found) == len(wanted) else None


Moments = Mapping[str, Moment]
"""Of every layer with a kernel that is left, by its name in the whole network."""


@torch.no_grad()
def moments(cut: Cut, inputs: Sequence[Tensor]) -> dict[str, Moment]:
    """Measured on the cut network over these inputs (N, *input)."""
    sums: dict[str, _Sums] = {}
    handles = []
    for name, layer in cut.closing.layers.items():
        if name not in cut.names:
            continue
        sums[name] = _Sums(tuple(cut.closing.program[name].site.axis.features(layer.inputs)))
        handles.append(cut.model.layer(cut.names[name]).register_forward_pre_hook(sums[name]))
    try:
        for x in inputs:
            cut.model(x)
    finally:
        for handle in handles:
            handle.remove()
    return {name: found.moment() for name, found in sums.items()}


class _Sums:
    """Sums that grow with every call of a module."""

    def __init__(self, features: tuple[int, ...]) -> None:
        self.features = features
        self.count = 0
        self.first: Tensor | float = 0.0
        self.second: Tensor | float = 0.0

    def __call__(self, module: nn.Module, args: tuple[Tensor, ...]) -> None:
        x = args[0].transpose(0, 1).flatten(1)
        x = x[:, :: -(-x.shape[1] // PLACES)].double()
        self.first = self.first + x.sum(dim=1)
        self.second = self.second + (x @ x.T if len(x) <= WIDEST else x.square().sum(dim=1))
        self.count += x.shape[1]

    def moment(self) -> Moment:
        mean = torch.as_tensor(self.first) / self.count
        second = torch.as_tensor(self.second) / self.count
        if second.dim() == 1:
            return Moment(self.features, mean, second - mean.square())
        return Moment(self.features, mean, second - torch.outer(mean, mean))
