// Tokenises texts with the grammar as Visual Studio Code does: JSON [texts] on stdin, JSON [[[text, scopes], …], …] out.
"use strict";

const { readFileSync } = require("fs");
const { join } = require("path");

const extension = process.argv[2];
const modules = join(extension, "node_modules");
const oniguruma = require(join(modules, "vscode-oniguruma"));
const { Registry, INITIAL, parseRawGrammar } = require(join(modules, "vscode-textmate"));

// What stands for the YAML grammar that comes with the editor: one scope for everything.
const YAML = { scopeName: "source.yaml", patterns: [{ match: "[^\\s{}]+", name: "string.yaml" }] };

function grammarOf(scopeName) {
  if (scopeName === "source.yaml") {
    return parseRawGrammar(JSON.stringify(YAML), "yaml.json");
  }
  const path = join(extension, "syntaxes", "dasdsl.tmLanguage.json");
  return parseRawGrammar(readFileSync(path, "utf8"), path);
}

async function main() {
  await oniguruma.loadWASM(readFileSync(join(modules, "vscode-oniguruma", "release", "onig.wasm")).buffer);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scopeName) => grammarOf(scopeName),
  });
  const grammar = await registry.loadGrammar("source.dasdsl");
  const found = JSON.parse(readFileSync(0, "utf8")).map((text) => {
    let state = INITIAL;
    return text.split("\n").flatMap((line) => {
      const result = grammar.tokenizeLine(line, state);
      state = result.ruleStack;
      return result.tokens.map((token) => [line.slice(token.startIndex, token.endIndex), token.scopes.slice(1)]);
    });
  });
  process.stdout.write(JSON.stringify(found));
}

main();
