// Starts `dasdsl lsp` and lets the editor talk to it; everything that is known about the language is there.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function activate() {
  const [command, ...args] = vscode.workspace.getConfiguration("dasdsl").get("command");
  client = new LanguageClient(
    "dasdsl",
    "dasdsl",
    { command, args },
    { documentSelector: [{ language: "dasdsl" }] },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    vscode.window.showErrorMessage(
      `dasdsl: \`${[command, ...args].join(" ")}\` does not start: ${error.message}. ` +
        "Install it with `pip install 'dasdsl[lsp]'`, or set `dasdsl.command`.",
    );
  }
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
