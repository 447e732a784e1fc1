"""From a resolved `conv` or `linear` to its module: plain where it is closed, gated where something is open."""

from __future__ import annotations

from dataclasses import replace
from math import gcd
from typing import TYPE_CHECKING

from torch import nn

from dasdsl.layers.convolution import Geometry, make_kernel
from dasdsl.layers.gated import GatedKernel, Plan, ReadGate
from dasdsl.layers.patterns import Constant, PatternKernel
from dasdsl.operations.core.values import Options

if TYPE_CHECKING:
    from dasdsl.operations.conv_depthwise import ConvDepthwise
    from dasdsl.operations.core.axes import Site
    from dasdsl.operations.core.kernel import Kernel
    from dasdsl.operations.core.values import Pattern
    from dasdsl.operations.core.windowed import Sliding


def kernel(op: Kernel, site: Site, sliding: Sliding | None) -> nn.Module:
    """The module of a layer that produces channels; `sliding` is None for one without space."""
    geometry = geometry_of(sliding)
    plan = _plan(op, site)
    patterns = op.patterns(site)
    groups = _groups(op, geometry)
    if groups is not None:
        bias = op.bias == "on"
        if plan is not None:
            return GatedKernel(op.outputs, geometry, plan, bias=bias, groups=groups)
        inputs = sum(site.axis.spreads)
        return make_kernel(inputs, op.outputs, geometry, groups=groups, bias=bias, features=None)
    if len(patterns) == 1 and patterns[0].inputs:
        return _part(op, site, geometry, plan, patterns[0])
    parts = [_part(op, site, geometry, plan, pattern) for pattern in patterns]
    features = [site.axis.features(pattern.inputs) for pattern in patterns]
    return PatternKernel(parts, features, [pattern.outputs for pattern in patterns])


def _groups(op: Kernel, geometry: Geometry) -> int | None:
    """The groups of one call of PyTorch's that holds every number of groups there may be; None where none does."""
    match op.groups:
        case Options(values=values):
            # linear layers have no groups in PyTorch
            return gcd(*values) if geometry.window else 1
        case int() as number if number > 1 and geometry.window:
            return number
        case _:
            return None


def geometry_of(sliding: Sliding | None) -> Geometry:
    """How the module's filter slides."""
    if sliding is None:
        return Geometry()
    return Geometry(sliding.window, sliding.stride, sliding.dilation, sliding.pads)


def _part(op: Kernel, site: Site, geometry: Geometry, plan: Plan | None, pattern: Pattern) -> nn.Module:
    """The layer of one pattern; it selects the features that it reads itself."""
    bias, outputs = op.bias == "on", len(pattern.outputs)
    if not pattern.inputs:
        return Constant(outputs, bias=bias)
    everything = len(pattern.inputs) == len(site.axis)
    features = None if everything else site.axis.features(pattern.inputs)
    if plan is not None:
        return GatedKernel(outputs, geometry, _narrowed(plan, pattern.inputs), bias=bias, features=features)
    inputs = sum(site.axis.spreads) if features is None else len(features)
    return make_kernel(inputs, outputs, geometry, groups=1, bias=bias, features=features)


def _narrowed(plan: Plan, positions: tuple[int, ...]) -> Plan:
    """The plan of a layer that reads these positions only, numbered anew."""
    if len(positions) == len(plan.spreads):
        return plan
    new = {old: index for index, old in enumerate(positions)}
    reads: list[ReadGate] = []
    for gate in plan.reads:
        kept = [k for k, position in enumerate(gate.positions) if position in new]
        rows = gate.matrix or tuple(
            tuple(float(i == k) for k in range(len(gate.positions))) for i in range(len(gate.positions))
        )
        matrix = tuple(tuple(row[k] for k in kept) for row in rows)
        reads.append(ReadGate(gate.key, tuple(new[gate.positions[k]] for k in kept), matrix))
    return replace(plan, reads=tuple(reads), spreads=tuple(plan.spreads[position] for position in positions))


def _plan(op: Kernel, site: Site) -> Plan | None:
    """What is gated about the layer, or None where nothing is."""
    from dasdsl.operations.core.decisions import Assignment, OneOf, Subset

    decisions = op.decisions(site)
    window = op.filter_gate(site)
    reads = [
        ReadGate(
            part.decision,
            part.positions,
            tuple(tuple(float(count > channel) for channel in part.channels) for count in part.options),
        )
        for part in site.counted
    ]
    reads += [ReadGate(decision.name, decision.positions) for decision in decisions if isinstance(decision, Subset)]
    assign = next((decision.name for decision in decisions if isinstance(decision, Assignment)), None)
    choice = next((d for d in decisions if isinstance(d, OneOf) and d.role == "groups"), None)
    if window is None and not reads and assign is None and choice is None:
        return None
    return Plan(
        filter_key=None if window is None else window.key,
        options=() if window is None else window.options,
        reads=tuple(reads),
        spreads=site.axis.spreads,
        assign_key=assign,
        groups_key=None if choice is None else choice.name,
        group_options=op.groups.values if choice is not None and isinstance(op.groups, Options) else (),
    )


def depthwise(op: ConvDepthwise, site: Site, sliding: Sliding) -> nn.Module:
    """The module of a depthwise convolution."""
    channels, bias = site.shape[0], op.bias == "on"
    gate = op.filter_gate(site)
    if gate is None:
        return make_kernel(channels, channels, geometry_of(sliding), groups=channels, bias=bias, features=None)
    plan = Plan(filter_key=gate.key, options=gate.options, reads=(), spreads=(1,) * channels)
    return GatedKernel(channels, geometry_of(sliding), plan, bias=bias, groups=channels)
