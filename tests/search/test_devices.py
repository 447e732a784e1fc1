"""Where networks are trained, and in which precision."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
import torch

from dasdsl.cli import main
from dasdsl.diagnostics import DasError
from dasdsl.inverse.slim import Slim
from dasdsl.ir.narrowing import narrowed
from dasdsl.search import ranks
from dasdsl.search.checksums import with_checksum
from dasdsl.search.devices import device_named, device_of, outputs, placed
from dasdsl.search.loop import Phase, Schedule
from dasdsl.search.polishing.polish import polish_
from tests.forks import Forked
from tests.lowering.texts import EVERYTHING, composite, inputs
from tests.search.runs import QUICK, contents, report_of, stop_within, tiny
from tests.search.test_loop import network, trainer

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
BRANCHES = """conv filters <1..3>x3 channels<=4
norm batch
choose:
    path: relu
    path: identity
flatten
linear channels 3"""


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "CPU", "", "cuda:1:2"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(DasError) as caught:
        device_named(name)
    assert caught.value.diagnostics[0].code == "E510"


def test_a_gpu_that_is_not_there_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    space, data = tiny(tmp_path)
    assert main(["search", str(space), "--data", str(data), "--out", str(tmp_path / "run"), "--device", "cuda"]) == 1
    assert "`device` is `cuda`, but PyTorch finds no GPU here" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_each_rank_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_named("cuda") == torch.device("cuda", 0)
    assert device_named("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(DasError, match="finds 2 GPUs here"):
        device_named("cuda:2")
    monkeypatch.setattr(ranks, "launched", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert device_named("cuda") == torch.device("cuda", 1)


def test_a_network_is_back_where_it_was() -> None:
    model = composite("conv filters 3x3 channels<=4\nflatten\nlinear channels 2")
    with pytest.raises(RuntimeError, match="stop"), placed(model, torch.device("cpu")):
        raise RuntimeError("stop")
    assert device_of(model) == torch.device("cpu")
    assert device_of(torch.nn.ReLU()) == torch.device("cpu")


@pytest.mark.parametrize("body", [EVERYTHING, BRANCHES])
def test_a_step_is_on_one_device(body: str) -> None:
    """No tensor that is made on the way stays on the processor: `meta` is a device without values, which shows it."""
    model = composite(body)
    outcomes = model.bank.narrowed({})
    model.to("meta").train()
    model.progress(0.8)
    x = inputs(model).to("meta")
    optimizer = torch.optim.Adam(model.parameter_groups(1e-3))
    for module in (model, *([] if outcomes is None else [Slim(model, narrowed(model.program, outcomes))])):
        loss = module(x).square().mean() + model.penalty(1e-2, 1e-2)
        assert loss.device.type == "meta"
        optimizer.zero_grad()
        loss.backward()
        model.step_(optimizer)


def test_products_of_half_precision() -> None:
    model = composite("conv filters 3x3 channels<=4\nrelu\nflatten\nlinear channels 2")
    seen: list[torch.dtype] = []
    model.layer("conv1").register_forward_hook(lambda *args: seen.append(args[-1].dtype))
    x = inputs(model)
    assert outputs(model, x, "float32").dtype == outputs(model, x, "bfloat16").dtype == torch.float32
    assert seen == [torch.float32, torch.bfloat16]
    torch.testing.assert_close(outputs(model, x, "bfloat16"), outputs(model, x, "float32"), rtol=0.1, atol=0.05)


def test_a_search_in_half_precision(tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    quick = ("--epochs", "3", "--finetune", "1", "--elimination", "0.5", "--precision", "bfloat16")
    assert main(["search", str(space), "--data", str(data), "--out", str(tmp_path / "run"), *quick]) == 0
    report = report_of(tmp_path / "run")
    assert report["settings"]["precision"] == "bfloat16"
    assert report["certificate"]["max_abs_error"] < 1e-5


# ---- where there is one ----------------------------------------------------------------------------------------------


@GPU
def test_trainings_on_a_gpu(tmp_path: Path) -> None:
    of = trainer(tmp_path, device="cuda", precision="bfloat16")
    model = network()
    facts = of.fit(model, Phase("search", 2, Schedule(), 1e-2, states=tmp_path / "states", shrink=True))
    assert facts["epoch"] == 2
    assert polish_(of, model, "polish", 5, 1e-2) == 5
    assert device_of(model) == torch.device("cpu")


@GPU
def test_a_search_on_a_gpu_goes_on_where_it_was(tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    long = ("--epochs", "15", "--finetune", "4", "--elimination", "0.2", "--batch", "4", "--device", "cuda")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main(["search", str(space), "--data", str(data), "--out", str(whole), *long]) == 0
    import signal

    process = Forked("search", space, "--data", data, "--out", parts, *long)
    code, errors = stop_within(process, parts, "search", signal.SIGINT)
    assert code == 130, errors
    assert main(["search", "--resume", str(parts)]) == 0
    assert contents(parts)[0] == contents(whole)[0]


CLOSED = """---
das: 1
space: closed
input: 1x6x6
---
conv filters 3x3 channels 4
relu
flatten
linear channels 3
"""


def elsewhere(folder: Path) -> None:
    """Let a run have begun on a GPU, as far as it has written that down."""
    told = json.loads((folder / "run.json").read_text())
    told["settings"]["device"] = "cuda"
    told["environment"]["device"] = "NVIDIA H100"
    (folder / "run.json").write_bytes(with_checksum(told))


@pytest.mark.parametrize("command", ["search", "train"])
def test_a_run_goes_on_without_the_gpu_that_it_began_on(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    space, data = tiny(tmp_path)
    if command == "train":
        space.write_text(CLOSED)
    whole, folder = tmp_path / "whole", tmp_path / "run"
    assert main([command, str(space), "--data", str(data), "--out", str(whole), *QUICK]) == 0
    process = Forked(command, space, "--data", data, "--out", folder, *QUICK)
    assert stop_within(process, folder, command, signal.SIGINT)[0] == 130
    elsewhere(folder)
    capsys.readouterr()
    assert main([command, "--resume", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "`device` is `cuda`, but PyTorch finds no GPU here" in said
    assert "`--device cpu` trains on the processor" in said
    assert main([command, "--resume", str(folder), "--device", "cpu"]) == 0
    said = capsys.readouterr().err
    assert "this run began with device NVIDIA H100 and goes on with cpu: its kernels round in another way" in said
    # all of it was on the processor in truth
    assert (folder / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()
    assert (folder / "log.jsonl").read_bytes() == (whole / "log.jsonl").read_bytes()


def test_a_limit_of_a_search_on_a_gpu_is_met_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    space, data = tiny(tmp_path)
    folder = tmp_path / "run"
    assert main(["search", str(space), "--data", str(data), "--out", str(folder), *QUICK]) == 0
    elsewhere(folder)
    capsys.readouterr()
    assert main(["discover", str(folder), "--limit", "params=60%", "--out", str(tmp_path / "smaller")]) == 0
    # nothing is trained, so nothing of it is less exact
    assert "NVIDIA" not in capsys.readouterr().err
