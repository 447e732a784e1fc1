"""The server as an editor meets it: a process, messages on its stdin and stdout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from dasdsl.cli import main
from dasdsl.lsp.protocol import errors_page
from tests.cli.commands import dasdsl
from tests.lsp.client import PATIENCE, URI, Client, server
from tests.lsp.texts import BRANCHES, HEAD

SNIPPETS = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}


@pytest.fixture(scope="module")
def editor() -> Iterator[Client]:
    with server(SNIPPETS) as client:
        client.open(BRANCHES)
        yield client


@pytest.fixture
def branches(editor: Client) -> Client:
    """The editor with a sound text in it."""
    editor.change(BRANCHES)
    assert editor.diagnostics() == []
    return editor


def span(line: int, start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def test_what_it_can() -> None:
    with server({"textDocument": {"rename": {"prepareSupport": True}}}, greeted=False) as client:
        given = client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["result"]
        assert given["serverInfo"]["name"] == "dasdsl"
        can = given["capabilities"]
        assert can["positionEncoding"] == "utf-16"
        assert can["textDocumentSync"]["change"] == 1
        named = ("hover", "definition", "references", "documentSymbol", "documentFormatting", "rename", "completion")
        assert [name for name in named if not can[f"{name}Provider"]] == []


def test_problems_as_one_types(branches: Client) -> None:
    branches.change(BRANCHES.replace("norm batch", "norm btach  # 🙂").replace("flatten", "flaten"))
    first, second = branches.diagnostics()
    assert first["code"] == "E051"
    assert first["range"] == span(7, 5, 10)
    assert first["severity"] == 1
    assert first["source"] == "dasdsl"
    assert "help: did you mean `batch`?" in first["message"]
    assert first["codeDescription"]["href"] == f"{errors_page()}#e051"
    assert second["range"] == span(11, 0, 6)
    branches.change(BRANCHES)
    assert branches.diagnostics() == []


def test_problems_of_the_network_and_warnings(branches: Client) -> None:
    branches.change(HEAD + "linear channels 4\n")
    assert [(one["code"], one["severity"]) for one in branches.diagnostics()] == [("E104", 1)]
    branches.change(HEAD + "conv filters 3x3 channels w\nflatten\nlinear channels<=4 # p is unused\n")
    assert {(one["code"], one["severity"]) for one in branches.diagnostics()} == {("W043", 2), ("W301", 2)}


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 25), ("utf-16", 23), ("utf-32", 22)])
def test_columns_are_counted_in_units_of_the_editor(encoding: str, column: int) -> None:
    with server({"general": {"positionEncodings": [encoding]}}) as client:
        (problem,) = client.open("# 🙂\n---\ndas: 1\nspace: a\ninput: 4x8x8\nfound: {'🙂': 1, rmse: x}\n---\nrelu\n")
        assert problem["range"] == span(5, column, column + 1)
        assert client.at("hover", 5, column)["range"] == span(5, column, column + 1)


def test_line_ends_of_all_kinds(branches: Client) -> None:
    branches.change((HEAD + "relu\nrleu\n").replace("\n", "\r\n"))
    assert [one["range"] for one in branches.diagnostics()] == [span(7, 0, 4)]


def test_hover(branches: Client) -> None:
    found = branches.at("hover", 6, 8)
    assert found["contents"]["kind"] == "markdown"
    assert found["contents"]["value"].startswith("**conv**")
    assert "3x8x8 → 16x8x8" in found["contents"]["value"]
    assert found["range"] == span(6, 7, 11)
    assert branches.at("hover", 100, 0) is None


def test_completion(branches: Client) -> None:
    branches.change(BRANCHES.replace("norm batch", "norm ba"))
    items = branches.at("completion", 7, 7)["items"]
    batch = next(item for item in items if item["label"] == "batch")
    assert batch["textEdit"] == {"range": span(7, 5, 7), "newText": "batch"}
    assert batch["documentation"]["value"].startswith("**norm batch**")
    items = branches.at("completion", 7, 0)["items"]
    assert any(item.get("insertTextFormat") == 2 and "${1:" in item["textEdit"]["newText"] for item in items)


def test_an_editor_without_snippets_gets_none() -> None:
    with server() as client:
        client.open(HEAD)
        items = client.at("completion", 6, 0)["items"]
        assert items
        assert [item for item in items if item["insertTextFormat"] != 1] == []


def test_formatting(branches: Client) -> None:
    options = {"tabSize": 2, "insertSpaces": True}
    assert branches.result("formatting", options=options) == []
    branches.change(HEAD + "conv   channels 4 filters 3 x 3\nrelu")
    (edit,) = branches.result("formatting", options=options)
    assert edit["newText"] == HEAD + "conv filters 3x3 channels 4\nrelu\n"
    assert edit["range"] == {"start": {"line": 0, "character": 0}, "end": {"line": 7, "character": 4}}
    branches.change(HEAD + "rleu")
    assert branches.result("formatting", options=options) is None


def test_outline(branches: Client) -> None:
    found = branches.result("documentSymbol")
    assert [one["name"] for one in found] == ["a", "stem", "norm batch", "add", "flatten", "linear"]
    assert [one["name"] for one in found[0]["children"]] == ["p", "w"]
    assert found[1]["selectionRange"] == span(6, 0, 4)


def test_definition_and_references(branches: Client) -> None:
    assert branches.at("definition", 9, 16) == {"uri": URI, "range": span(6, 0, 4)}
    assert branches.at("definition", 7, 1) is None
    both = [{"uri": URI, "range": span(6, 0, 4)}, {"uri": URI, "range": span(9, 14, 18)}]
    assert branches.at("references", 6, 2, context={"includeDeclaration": True}) == both
    assert branches.at("references", 6, 2, context={"includeDeclaration": False}) == both[1:]
    assert branches.at("references", 7, 2, context={"includeDeclaration": False}) is None


def test_rename(branches: Client) -> None:
    assert branches.at("prepareRename", 9, 16) == span(9, 14, 18)
    assert branches.at("prepareRename", 7, 1) is None
    edits = branches.at("rename", 9, 16, newName="trunk")["changes"][URI]
    assert edits == [{"range": span(6, 0, 4), "newText": "trunk"}, {"range": span(9, 14, 18), "newText": "trunk"}]
    params = {"textDocument": {"uri": URI}, "position": {"line": 9, "character": 16}, "newName": "conv"}
    error = branches.ask("textDocument/rename", params)["error"]
    assert (error["code"], error["message"]) == (-32803, "`conv` is a word of the language")


def test_a_text_that_is_closed_has_no_problems_and_no_answers() -> None:
    with server() as client:
        assert client.open("rleu\n")
        client.tell("textDocument/didClose", {"textDocument": {"uri": URI}})
        assert client.at("hover", 0, 0) is None
        cleared = [one for one in client.told if one.get("method") == "textDocument/publishDiagnostics"]
        assert [one["params"]["diagnostics"] for one in cleared] == [[]]


METHODS = ["hover", "completion", "definition", "documentSymbol", "formatting", "prepareRename", "rename", "references"]


@pytest.mark.parametrize("method", METHODS)
def test_a_text_that_was_never_opened(method: str, branches: Client) -> None:
    position = {"line": 0, "character": 0}
    extra = {"newName": "a", "options": {"tabSize": 4, "insertSpaces": True}}
    context = {"context": {"includeDeclaration": True}} if method == "references" else {}
    params = {"textDocument": {"uri": "file:///no.das"}, "position": position, **extra, **context}
    assert branches.ask(f"textDocument/{method}", params)["result"] is None


def test_garbage_does_not_stop_it(branches: Client) -> None:
    for body in (
        b"hello",
        b"[]",
        b"null",
        b"{}",
        b'{"jsonrpc": "2.0"}',
        b'{"jsonrpc": "2.0", "method": 3}',
        b"\xff\xfe",
    ):
        branches.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    branches.raw(b"nonsense: 3\r\n\r\n")
    assert branches.ask("no/such", {})["error"]["code"] == -32601
    assert branches.at("hover", 6, 8) is not None
    for text in ("\ud800", "\x00" * 1000, "---\n" * 1000, HEAD + "((((" * 1000):
        branches.change(text)
        assert branches.diagnostics()
    assert branches.at("hover", 3, 1) is not None


def test_a_request_before_the_greeting_is_refused() -> None:
    with server(greeted=False) as client:
        params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
        assert client.ask("textDocument/hover", params)["error"]["code"] == -32002


def test_an_editor_that_just_goes() -> None:
    with server(greeted=False) as client:
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 1


def test_without_its_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("dasdsl.cli.support.extras.find_spec", lambda _: None)
    assert main(["lsp"]) == 1
    assert capsys.readouterr().err == (
        "error[E096]: `dasdsl lsp` needs packages that are not installed: pygls, lsprotocol\n"
        "  help: pip install 'dasdsl[lsp]'\n\n"
    )


def test_it_loads_neither_torch_nor_networkx() -> None:
    heavy = ("torch", "networkx", "numpy", "rich")
    code = f"import dasdsl.lsp.server; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"import sys; {code}"], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_checking_does_not_load_it() -> None:
    code = "print([name for name in ('pygls', 'lsprotocol', 'shtab', 'pygments', 'jsonschema') if name in sys.modules])"
    assert dasdsl("check", "-", text=HEAD + "relu\n", code=code).stdout.endswith("[]\n")
