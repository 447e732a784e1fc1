"""`dasdsl export`."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import torch

from dasdsl.cli import main
from dasdsl.cli.support import extras
from dasdsl.search.weights import write_weights
from tests.exports.networks import SEVERAL, network, program
from tests.search.runs import QUICK, tiny


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs" / "several-1"
    folder.mkdir(parents=True)
    (folder / "architecture.das").write_text(SEVERAL, encoding="utf-8")
    write_weights(folder / "weights.safetensors", network(program(SEVERAL)))
    return folder


@pytest.mark.usefixtures("run")
def test_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "runs/several-1", "--to", "python"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"it computes what the network computes within \S+ on 4 random inputs\n", out)
    assert err == "wrote several.py\nwrote several.safetensors\n"
    assert (tmp_path / "several.py").exists()


@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_a_file_with_its_weights(form: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = run.parent / "w.safetensors"
    (run / "weights.safetensors").rename(weights)
    command = ["export", "runs/several-1/architecture.das", "--weights", str(weights), "--to", form, "-o", "net"]
    assert main([*command, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts.pop("max_abs_error") < 1e-5
    assert facts == {"to": form, "files": ["net"], "params": 710, "macs": 9792, "samples": 4}


@pytest.mark.usefixtures("run")
def test_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "runs/several-1", "--to", "tflite"]) == 2
    assert main(["export", "runs/several-1", "--to", "torch", "--opset", "18"]) == 2
    assert main(["export", "runs/several-1", "--weights", "no.safetensors", "--to", "python"]) == 1
    assert main(["export", "runs/several-1/weights.safetensors", "--to", "python"]) == 1
    Path("several.py").touch()
    assert main(["export", "runs/several-1", "--to", "python"]) == 1
    err = capsys.readouterr().err
    assert "error[E604]: the weights of the architecture are not here\n  no.safetensors\n" in err
    assert "with `--weights W`, or give the folder of a run" in err
    assert "error[E603]: this file is there already\n  several.py\n" in err
    assert "Traceback" not in err


def test_what_reads_raw_data_is_as_good_as_the_report_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    space, data = tiny(tmp_path)
    assert main(["search", str(space), "--data", str(data), "--out", "run", *QUICK]) == 0
    assert main(["export", "run", "--to", "python", "--raw"]) == 0
    spec = spec_from_file_location("tiny_exported", "tiny.py")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    arrays = np.load(data)
    x, y = torch.tensor(arrays["x_test"]).float(), torch.tensor(arrays["y_test"])
    accuracy = float((made.load()(x).argmax(1) == y).float().mean())
    report = json.loads(Path("run/report.json").read_text(encoding="utf-8"))
    assert accuracy == pytest.approx(report["finetuned"]["metric"])
    for odd in ("{}", "5", "[", '{"normalisation": null}'):
        Path("run/report.json").write_text(odd, encoding="utf-8")
        assert main(["export", "run", "--to", "python", "--raw", "-o", "b.py"]) == 1
    Path("run/report.json").unlink()
    assert main(["export", "run", "--to", "python", "--raw", "-o", "b.py"]) == 1
    err = capsys.readouterr().err
    assert "error[E606]: this report does not say how inputs are normalised\n  run/report.json\n" in err
    assert "error[E606]: there is no report of a search\n  run/report.json\n" in err


@pytest.mark.usefixtures("run")
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "onnxruntime" else find_spec(name))
    assert main(["export", "runs/several-1", "--to", "onnx"]) == 1
    err = capsys.readouterr().err
    assert "`export --to onnx` needs packages that are not installed: onnxruntime" in err
    assert "pip install 'dasdsl[onnx]'" in err
