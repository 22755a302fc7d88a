import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { CodeAction, Diagnostic } from "vscode-languageserver/node";
import type { InitializationOptions } from "../../core/src/protocol.ts";
import { applyEdit } from "./applyEdit.ts";
import { shadowRule, startClient, type TestClient, toUri } from "./client.ts";
import { flakeOf, sshFlake, writeFiles } from "./flakes.ts";

const text = sshFlake["persistence.nix"];
const wholeFile = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

test("the preferred quick fix leaves the document without the finding", async (t) => {
  const { client, file } = await openSshFlake(t);
  const { actions, diagnostic } = await actionsOnFinding(client, file);
  const [first, ...others] = actions;
  assert.equal(first?.kind, "quickfix");
  assert.equal(first?.isPreferred, true);
  assert.deepEqual(first?.diagnostics, [diagnostic]);
  assert.ok(others.every(({ isPreferred }) => !isPreferred));
  assert.deepEqual(
    diagnostic.data.fixes,
    actions.slice(0, diagnostic.data.fixes.length).map(({ title }) => title),
  );

  const fixed = applyEdit(first?.edit, file, text);
  assert.doesNotMatch(fixed, /"\/etc\/ssh"/u);
  client.change(file, fixed);
  assert.deepEqual(codes(await client.diagnostics(file)), []);
});

test("edits name the version of the open document, so that a client refuses them after another edit", async (t) => {
  const { client, file } = await openSshFlake(t);
  client.change(file, `\n${text}`);
  const { actions } = await actionsOnFinding(client, file);
  const change = actions[0]?.edit?.documentChanges?.[0];
  assert.deepEqual(change && "textDocument" in change && change.textDocument, { uri: toUri(file), version: 2 });
});

test("a client without document changes gets plain changes", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root], capabilities: { textDocument: { diagnostic: {} } } });
  t.after(() => client.kill());
  const { actions } = await actionsOnFinding(client, file);
  assert.deepEqual(Object.keys(actions[0]?.edit ?? {}), ["changes"]);
  assert.notEqual(applyEdit(actions[0]?.edit, file, text), text);
});

for (const where of ["on this line", "in this file"]) {
  test(`suppressing ${where} silences the finding and nothing else`, async (t) => {
    const { client, file } = await openSshFlake(t);
    const { actions } = await actionsOnFinding(client, file);
    const suppress = actions.find(({ title }) => title === `Suppress ${shadowRule} ${where}`);
    assert.equal(suppress?.isPreferred, undefined);
    const suppressed = applyEdit(suppress?.edit, file, text);
    assert.match(suppressed, /# nixos-vps: ignore(-file)? persist-dir-shadows-etc\n/u);
    client.change(file, suppressed);
    assert.deepEqual(await client.diagnostics(file), []);
  });
}

test("documentation is opened by the command of our own client, and offered to no other", async (t) => {
  const ours = await openSshFlake(t, { explainCommand: true });
  const { actions } = await actionsOnFinding(ours.client, ours.file);
  const action = actions.find(({ title }) => title === `Open documentation of ${shadowRule}`);
  assert.deepEqual(action?.command, {
    title: "Open documentation",
    command: "nixosVps.explainRule",
    arguments: [shadowRule],
  });

  const other = await openSshFlake(t);
  const { actions: otherActions } = await actionsOnFinding(other.client, other.file);
  assert.ok(otherActions.every(({ command }) => command === undefined));
});

test("what is not asked for is not answered: other kinds, other places, other diagnostics", async (t) => {
  const { client, file } = await openSshFlake(t);
  const { diagnostic } = await actionsOnFinding(client, file);
  const { range } = diagnostic;
  const kinds = async (only: string[]): Promise<unknown[]> =>
    [
      ...new Set((await client.codeActions(file, range, { diagnostics: [diagnostic], only })).map(({ kind }) => kind)),
    ].sort();
  assert.deepEqual(await kinds(["quickfix"]), ["quickfix"]);
  assert.deepEqual(await kinds(["source.fixAll"]), ["source.fixAll.nixosVps"]);
  assert.deepEqual(await kinds(["source"]), ["source.fixAll.nixosVps"]);
  assert.deepEqual(await kinds(["source.fixAll.eslint", "refactor", "source.fix"]), []);
  assert.deepEqual(await kinds([""]), ["quickfix", "source.fixAll.nixosVps"]);

  const elsewhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
  const quickFixes = { diagnostics: [], only: ["quickfix"] };
  assert.deepEqual(await client.codeActions(file, elsewhere, quickFixes), []);
  assert.notDeepEqual(await client.codeActions(file, range, quickFixes), []);
  const foreign: Diagnostic = { ...diagnostic, source: "nil" };
  assert.deepEqual(await client.codeActions(file, range, { diagnostics: [foreign], only: ["quickfix"] }), []);
});

test("fix-all repairs every finding that is safe to repair", async (t) => {
  const source = `{
  environment.persistence."/persist".directories = [ "/var/lib" "/etc/ssh" ];
  environment.persistence."/backup" = {
    directories = [
      "/etc/ssh" # the keys
      "/home"
    ];
  };
}
`;
  const root = writeFiles(t, { "flake.nix": flakeOf("./persistence.nix"), "persistence.nix": source });
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(file, source);
  assert.deepEqual(codes(await client.diagnostics(file)), [shadowRule, shadowRule]);
  const actions = await client.codeActions(file, wholeFile, { diagnostics: [], only: ["source.fixAll"] });
  assert.equal(actions.length, 1);
  client.change(file, applyEdit(actions[0]?.edit, file, source));
  assert.deepEqual(codes(await client.diagnostics(file)), []);
  assert.deepEqual(await client.codeActions(file, wholeFile, { diagnostics: [], only: ["source.fixAll"] }), []);
});

async function openSshFlake(
  t: test.TestContext,
  initializationOptions: InitializationOptions = {},
): Promise<{ client: TestClient; file: string }> {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root], initializationOptions });
  t.after(() => client.kill());
  client.open(file, text);
  return { client, file };
}

async function actionsOnFinding(
  client: TestClient,
  file: string,
): Promise<{ actions: CodeAction[]; diagnostic: Diagnostic }> {
  const [diagnostic] = await client.diagnostics(file);
  assert.ok(diagnostic);
  return { diagnostic, actions: await client.codeActions(file, diagnostic.range, { diagnostics: [diagnostic] }) };
}

function codes(diagnostics: readonly Diagnostic[]): unknown[] {
  return diagnostics.map(({ code }) => code).filter((code) => code === shadowRule);
}
