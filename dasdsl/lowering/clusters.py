"""Connectivity patterns read off the effective kernel (method: groups)."""

from __future__ import annotations

import torch
from torch import Tensor


def pattern_sets(strengths: Tensor, most: int, threshold: float) -> Tensor:
    """Which inputs each output reads, with at most `most` different sets: a mask (C_out, positions).

    Outputs with alike profiles are put together, bottom-up, until at most `most` clusters are left and merging two more
    would add connections that matter; a cluster reads every input whose strength in it is at least τ times the most.
    Shapes: `strengths` is ‖W_eff[o, i]‖·rms(x_i), (C_out, positions).
    """
    unit = strengths / strengths.amax(dim=1, keepdim=True).clamp_min(torch.finfo(strengths.dtype).tiny)
    clusters = [[output] for output in range(len(unit))]
    profiles = unit.clone()
    while len(clusters) > 1:
        distance = torch.cdist(profiles, profiles)
        sizes = profiles.new_tensor([float(len(cluster)) for cluster in clusters])
        # Ward's criterion: what merging adds to the squared distance from the clusters' means
        distance = distance.square() * (sizes[:, None] * sizes) / (sizes[:, None] + sizes)
        distance.fill_diagonal_(float("inf"))
        first, second = divmod(int(distance.argmin()), len(clusters))
        merged = clusters[first] + clusters[second]
        if len(clusters) <= most and not _alike(unit, clusters[first], clusters[second], threshold):
            break
        profiles[first] = unit[merged].mean(dim=0)
        keep = [index for index in range(len(clusters)) if index != second]
        profiles = profiles[keep]
        clusters[first] = merged
        del clusters[second]
    mask = torch.zeros_like(strengths, dtype=torch.bool)
    for cluster in clusters:
        mask[cluster] = _set(strengths, cluster, threshold)
    return mask


def _set(strengths: Tensor, cluster: list[int], threshold: float) -> Tensor:
    """The inputs that a cluster of outputs reads."""
    together = strengths[cluster].square().mean(dim=0).sqrt()
    return (together >= threshold * together.max()) & (together > 0)


def _alike(unit: Tensor, first: list[int], second: list[int], threshold: float) -> bool:
    return bool((_set(unit, first, threshold) == _set(unit, second, threshold)).all())
