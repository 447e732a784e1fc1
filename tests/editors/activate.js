// Runs the extension with stand-ins for the editor and the client; prints as JSON what it did.
"use strict";

const Module = require("module");

const [, , extension, fails] = process.argv;
const done = { shown: [], stopped: false };

class LanguageClient {
  constructor(id, name, server, options) {
    Object.assign(done, { server, selector: options.documentSelector });
  }
  async start() {
    if (fails) {
      throw new Error("spawn das ENOENT");
    }
  }
  async stop() {
    done.stopped = true;
  }
}

const vscode = {
  workspace: { getConfiguration: () => ({ get: () => ["das", "lsp"] }) },
  window: { showErrorMessage: (message) => done.shown.push(message) },
};
const standIns = { vscode, "vscode-languageclient/node": { LanguageClient } };
const load = Module._load;
Module._load = (request, ...rest) => standIns[request] ?? load(request, ...rest);

async function main() {
  const { activate, deactivate } = require(extension);
  await activate();
  await deactivate();
  process.stdout.write(JSON.stringify(done));
}

main();
