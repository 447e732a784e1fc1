"""A client of the language server: a real process, JSON-RPC over its stdin and stdout."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 60.0
"""Seconds to wait for an answer: machines are busy."""
URI = "file:///a.das"


@dataclass
class Client:
    """Speaks to a server. Every message that is no answer is kept."""

    process: subprocess.Popen[bytes]
    told: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0
    version: int = 0
    arrived: queue.Queue[dict[str, Any] | None] = field(default_factory=queue.Queue)

    def listen(self) -> None:
        """Read messages until there are no more."""
        out = self.process.stdout
        assert out is not None
        while header := out.readline():
            length = int(header.partition(b":")[2])
            while out.readline().strip():
                pass
            self.arrived.put(json.loads(out.read(length)))
        self.arrived.put(None)

    def send(self, content: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **content}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def message(self) -> dict[str, Any]:
        found = self.arrived.get(timeout=PATIENCE)
        if found is None:
            self.arrived.put(None)
            assert self.process.stderr is not None
            raise AssertionError(f"the server is gone: {self.process.stderr.read().decode()}")
        return found

    def ask(self, method: str, params: Any = None) -> dict[str, Any]:
        """The whole answer: with `result` or `error`."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while (found := self.message()).get("id") != self.number:
            self.told.append(found)
        return found

    def result(self, method: str, **params: Any) -> Any:
        """The result of a request about the text."""
        answer = self.ask(f"textDocument/{method}", {"textDocument": {"uri": URI}, **params})
        assert "error" not in answer, answer
        return answer["result"]

    def at(self, method: str, line: int, character: int, **params: Any) -> Any:
        """The result of a request about a position."""
        return self.result(method, position={"line": line, "character": character}, **params)

    def tell(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def open(self, text: str) -> list[dict[str, Any]]:
        """Open the text; what is wrong with it."""
        document = {"uri": URI, "languageId": "das", "version": self.version, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self.diagnostics()

    def change(self, text: str) -> None:
        """Change the whole text."""
        self.version += 1
        document = {"uri": URI, "version": self.version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def diagnostics(self) -> list[dict[str, Any]]:
        """The problems of the text as it is now, as soon as they are told."""
        while True:
            for index, one in enumerate(self.told):
                if one.get("method") == "textDocument/publishDiagnostics":
                    del self.told[index]
                    if one["params"].get("version") == self.version:
                        return one["params"]["diagnostics"]
                    break
            else:
                self.told.append(self.message())


@contextmanager
def server(capabilities: dict[str, Any] | None = None, *, greeted: bool = True) -> Iterator[Client]:
    """A server that has been greeted; it is told to stop at the end, and must."""
    command = [sys.executable, "-m", "dasdsl", "lsp", "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        client = Client(process)
        threading.Thread(target=client.listen, daemon=True).start()
        try:
            if greeted:
                client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities or {}})
                client.tell("initialized", {})
            yield client
            if process.poll() is None and greeted:
                assert client.ask("shutdown")["result"] is None
                client.tell("exit", None)
                assert process.wait(PATIENCE) == 0
                assert process.stderr is not None
                assert process.stderr.read() == b""
        finally:
            process.kill()
